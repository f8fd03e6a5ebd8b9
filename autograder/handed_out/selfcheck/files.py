"""The files that were handed out with the notebook"""

from __future__ import annotations

from pathlib import Path

from autograder.handed_out.selfcheck.notebook import HANDED_OUT
from autograder.handed_out.selfcheck.start import HERE
from autograder.handed_out.selfcheck.sums import sum_of


def notes_on_files(folder: Path, said: list[str]) -> list[str]:
    """Return what is to be said of files that are missing beside the notebook, or not as they were handed out.

    A file of which it is said already that it is missing is left out.
    """
    notes = []
    for name, total in HANDED_OUT.items():
        found = next((path for path in (folder / name, HERE.parent / name) if path.is_file()), None)
        if found is None and not any(f"{name} is missing" in note for note in said):
            notes.append(f"{name} is missing: it was handed out with the notebook. Put it beside the notebook.")
        elif found is not None and sum_of(found.read_bytes()) != total:
            notes.append(f"{name} is not as it was handed out: in the grading, what was handed out counts.")
    return notes
