"""Which of a student's files is the notebook to be graded."""

from __future__ import annotations

from pathlib import Path

from autograder.course.intake.submission_time import TIMESTAMP
from autograder.report.text import listed, quoted


class NothingHandedInError(Exception):
    """There is nothing in the folder at all."""


class NoNotebookError(Exception):
    """There are files, but it takes a human to say which is the notebook; the message says why and what to do."""


def choose_notebook(name: str, files: list[Path], odd: list[str], only_one: bool) -> tuple[Path, list[str]]:
    """Return the file to grade as ``name`` (such as "intro.ipynb") and notes on the choice.

    ``files`` are the submission's regular files and ``odd`` the names of links and devices, relative to its folder;
    ``only_one`` says that the assignment has a single notebook, so that a single one of any name must be it.
    Raises NothingHandedInError or NoNotebookError.
    """
    notebooks = [path for path in files if path.suffix.lower() == ".ipynb" and not path.name.startswith(".")]
    at_top = [path for path in notebooks if len(path.parts) == 1]
    choice = _by_name(name, at_top) or _by_name(name, notebooks)
    if choice is None and only_one and not _named(name, notebooks):
        choice = next((found[0] for found in (at_top, notebooks) if len(found) == 1), None)
    if choice is not None:
        return choice, _notes(name, choice, [path for path in notebooks if path != choice] if only_one else [])
    if notebooks and only_one:
        raise NoNotebookError(_which(name, notebooks if _named(name, notebooks) else at_top or notebooks))
    if name in odd:
        raise NoNotebookError(
            f"the file {name} is not a regular one (a link, or without read permission). It has to be handed in again"
        )
    if not files and not odd:
        raise NothingHandedInError
    names = listed([str(path) for path in files] + odd)
    if notebooks:
        raise NoNotebookError(
            f"the notebook {name} is not in the folder, which holds {names}. If one of them is it, rename it and grade "
            "this student again; else it has to be handed in again"
        )
    raise NoNotebookError(f"there is no notebook in the folder, only {names}. It has to be handed in again")


def beside_the_notebook(files: list[Path], folders: set[Path]) -> tuple[dict[Path, Path], list[Path]]:
    """Return where files in the notebooks' ``folders`` belong, now that these lie on top, and which give way to them.

    Paths are relative to the submission's folder. A time of submission does not lie in a folder within it.
    """
    places: dict[Path, Path] = {}
    for path in files:
        folder = max(
            (found for found in folders if path.is_relative_to(found)), default=None, key=lambda f: len(f.parts)
        )
        if folder is not None and path.name != TIMESTAMP:
            places[path] = path.relative_to(folder)
    goals = set(places.values())
    above = {parent for goal in goals for parent in goal.parents}  # a file there would have to be a folder
    return places, [
        path
        for path in files
        if path not in places and (path in goals or path in above or any(parent in goals for parent in path.parents))
    ]


def _by_name(name: str, found: list[Path]) -> Path | None:
    """Choose by exact name, else by name regardless of case; None where none or several are called so."""
    for matching in ([path for path in found if path.name == name], _named(name, found)):
        if len(matching) == 1:
            return matching[0]
    return None


def _named(name: str, found: list[Path]) -> list[Path]:
    return [path for path in found if path.name.lower() == name.lower()]


def _which(name: str, found: list[Path]) -> str:
    """Say that it takes a human to choose."""
    named = _named(name, found)
    called = f"{len(named)} are called {name}" if named else f"none is called {name}"
    return (
        f"there are {len(found)} notebooks and {called}: {listed([str(path) for path in found])}. "
        f"Leave the right one in the folder as {name} and grade this student again"
    )


def _notes(name: str, choice: Path, others: list[Path]) -> list[str]:
    notes = []
    if str(choice) != name:
        notes.append(f"The notebook was handed in as {quoted(choice)}; it was graded as {name}.")
    if others:
        notes.append(f"Other notebooks in the folder were not graded: {listed([str(path) for path in others])}.")
    return notes
