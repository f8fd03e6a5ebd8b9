"""The files that students get beside their notebook, made when an assignment is released: self-check and helpers.

A notebook that imports one of our helpers (`mnist`) gets it; an assignment with a `checks.py` gets a `selfcheck.py`.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from autograder import handed_out
from autograder.authoring.selfcheck_file import CHECKS, SELFCHECK, ChecksError, is_checks, selfcheck_file
from autograder.course.intake.file_copies import regular_files
from autograder.course.notebooks.typed_nbformat import read
from autograder.handed_out.selfcheck.sums import sum_of
from autograder.judge.defined_names import parsed

_HELPERS = {path.stem: path for path in Path(handed_out.__file__).parent.glob("*.py") if path.stem != "__init__"}
_LOADING = 300  # seconds for a new self-check to be loaded once


def add_handed_out_files(source: Path, made: Path) -> None:
    """Put what belongs beside the notebooks of ``source`` into ``made``, which has the other files of it already.

    Raises ChecksError.
    """
    made.mkdir(parents=True, exist_ok=True)
    notebooks = sorted(source.glob("*.ipynb"))
    for name in sorted(_imported(notebooks)):
        target = made / _HELPERS[name].name
        if not target.exists():  # the author's own goes first
            shutil.copyfile(_HELPERS[name], target)
    if not is_checks(source / CHECKS):
        return
    if (source / SELFCHECK).exists():
        raise ChecksError(f"{source} has a {CHECKS}, of which {SELFCHECK} is made, and a {SELFCHECK}: remove one of them")
    (made / CHECKS).unlink(missing_ok=True)
    names = [path for path in regular_files(made)[0] if path.suffix == ".py"]
    helpers = {path.as_posix(): (made / path).read_bytes() for path in names}
    text = selfcheck_file(source / CHECKS, [path.name for path in notebooks], helpers)
    (made / SELFCHECK).write_text(text, encoding="utf-8")


def try_selfcheck(source: Path, made: Path) -> None:
    """Load a new selfcheck.py once, as students will. Raises ChecksError where it can't be."""
    if not is_checks(source / CHECKS):
        return
    command = [sys.executable, "-I", str((made / SELFCHECK).resolve()), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LOADING, check=False)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise ChecksError(f"the {SELFCHECK} that is made of {source / CHECKS} can't be loaded: {''.join(reason)}")


def is_ingredient(name: Path, source: Path) -> bool:
    """Return whether a file of ``source`` is what others are made of, and isn't handed out itself."""
    return name == Path(CHECKS) and is_checks(source / CHECKS)


def _imported(notebooks: list[Path]) -> set[str]:
    """Return the names of our helpers that notebooks import."""
    found: set[str] = set()
    for path in notebooks:
        try:
            cells = read(path).cells
        except Exception:  # nbgrader says what is wrong with it
            continue
        for cell in cells:
            tree = parsed(cell.source) if cell.cell_type == "code" else None
            for node in ast.walk(tree) if tree else ():
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom):
                    found.add(node.module or "")
    return found & set(_HELPERS)


def earlier_sums(root: Path, assignment: str) -> dict[str, frozenset[str]]:
    """Return sums of what stood in the files that were handed out before, by name: students may have these still."""
    try:
        plain = json.loads(_record(root, assignment).read_text(encoding="utf-8"))
        return {str(name): frozenset(map(str, sums)) for name, sums in plain.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # then nobody knows: what differs is called edited


def note_earlier(root: Path, assignment: str, released: Path) -> None:
    """Note what is handed out until now, before something else takes its place."""
    if not released.is_dir():
        return
    known = earlier_sums(root, assignment)
    files = [path for path in regular_files(released)[0] if path.suffix != ".ipynb"]
    now = {path.as_posix(): sum_of((released / path).read_bytes()) for path in files}
    if all(total in known.get(name, ()) for name, total in now.items()):
        return
    both: Mapping[str, list[str]] = {
        name: sorted({*known.get(name, ()), *([now[name]] if name in now else [])}) for name in sorted({*known, *now})
    }
    record = _record(root, assignment)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(both, indent=1), encoding="utf-8")


def _record(root: Path, assignment: str) -> Path:
    return root / ".autograder" / "released" / f"{assignment}.json"
