"""Which of a student's files may lie beside the graded notebook, where the instructor opens it.

Python, IPython and Jupyter load modules and settings of many names from a working directory, and the formgrader serves
pages from there. So it isn't asked what a file could do: data of a few kinds may lie there, and all else stays where it
was handed in.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from autograder.report.text import listed

_KINDS = (
    *(".txt", ".csv", ".tsv", ".md", ".png", ".jpg", ".jpeg", ".gif", ".webp"),
    *(".npy", ".npz", ".pt", ".safetensors"),
)


def is_inert(path: Path) -> bool:
    """Whether a file (relative to the notebook's folder) is data, by its name, and in no hidden folder."""
    return path.suffix.lower() in _KINDS and not any(part.startswith(".") for part in path.parts)


def copy_inert(source: Path, target: Path) -> None:
    """Copy the files that are data from one folder to another."""
    for path in source.rglob("*"):
        name = path.relative_to(source)
        if is_inert(name) and path.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / name, follow_symlinks=False)


def note_on(files: list[Path]) -> list[str]:
    """Return a note on those of a student's files that won't lie beside the graded notebook."""
    others = [str(path) for path in files if not is_inert(path)]
    if not others:
        return []
    counted = "It counts" if len(others) == 1 else "They count"
    return [
        f"Not beside the graded notebook, where opening it could run them: {listed(others)}. {counted} in grading, and "
        f"{'lies' if len(others) == 1 else 'lie'} where the work was handed in."
    ]
