"""The intake: a submission folder in whatever state becomes a clean copy that nbgrader can grade.

The copy holds the restored notebook (restore.py), the student's other files and the timestamp. The submission itself is
only read. What was odd about it is noted in the copy's ``metadata["autograder"]``:

    notes       list of sentences for the student and the instructor
    time_notes  those of them that say why the time of submission isn't known
    unanswered  grade_ids of answer cells that are still as they were handed out
    state       "readable", "nothing" (nothing was handed in) or "unreadable"
    problem     why it is not readable, and what to do next
    submission  digest of the files that were handed in, but for the time of submission
"""

from __future__ import annotations

import contextlib
import copy
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from nbformat.notebooknode import NotebookNode

from autograder.course.intake.cell_restoring import with_metadata
from autograder.course.intake.file_copies import DEEPEST, FileLimits, copy_files, digest, regular_files
from autograder.course.intake.handed_in_outputs import Kept
from autograder.course.intake.handed_out_files import without_handed_out
from autograder.course.intake.inert_files import note_on
from autograder.course.intake.limited_reading import read_limited
from autograder.course.intake.notebook_choice import (
    NoNotebookError,
    NothingHandedInError,
    beside_the_notebook,
    choose_notebook,
)
from autograder.course.intake.notebook_decoding import MEBIBYTE, UnreadableNotebookError
from autograder.course.intake.submission_time import TIMESTAMP, copy_timestamp
from autograder.course.notebooks.typed_nbformat import keep
from autograder.report.text import capitalised, listed, one_line

NOTHING = "nothing was handed in"
_MOST_NOTES = 40
NO_FOLDER = "a file was handed in where a folder with the notebook should be. It has to be handed in again"


KeepOutputs = Callable[[str, dict[int, Kept]], None]


class State(StrEnum):
    """What the intake made of a submitted notebook."""

    READABLE = "readable"
    NOTHING = "nothing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class IntakeLimits:
    """What the intake accepts. Sizes in bytes."""

    files: FileLimits = field(default_factory=FileLimits)
    notebook_size: int = 512 * MEBIBYTE


def take_in(
    folder: Path,
    staged: Path,
    release: dict[str, NotebookNode],
    limits: IntakeLimits,
    keep_outputs: KeepOutputs = lambda name, outputs: None,
    given: Mapping[str, Path] = MappingProxyType({}),
    earlier: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> list[str]:
    """Make ``staged`` a clean copy of the submission in ``folder`` and return the notes, as log lines.

    ``release`` holds the assignment's notebooks by file name, as released; ``keep_outputs`` is called with each of
    these names and what the student's own machine has shown, by cell. ``given`` are the other files that were handed
    out, by name, and ``earlier`` sums of what these were before: the student's versions of them are not copied. Raises
    OSError when ``folder`` can't be read or ``staged`` can't be written: that is no fault of the student's. Whatever
    else goes wrong is a finding about the submission: it is not readable.
    """
    try:
        return _taken_in(folder, staged, release, limits, keep_outputs, given, earlier)
    except OSError:
        raise
    except Exception as error:
        problem = f"what was handed in can't be taken in ({one_line(repr(error))}). Look at the folder by hand"
        return _unreadable(staged, release, problem, keep_outputs)


def _unreadable(staged: Path, release: dict[str, NotebookNode], problem: str, keep_outputs: KeepOutputs) -> list[str]:
    """Make ``staged`` a stand-in for all of a submission."""
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    for name, handed_out in release.items():
        notebook, notes, outputs = _in_place_of_submission(handed_out, State.UNREADABLE, problem)
        keep_outputs(name, outputs)
        notebook.metadata["autograder"] |= {"notes": notes, "time_notes": []}
        keep(notebook, staged / name)
    return notes


def _not_copied(odd: list[str]) -> list[str]:
    """Return a note on what is no regular file, or lies deeper than anybody's work does."""
    too_deep = any(len(Path(name).parts) > DEEPEST for name in odd)
    what = "Links, devices and what lies too deep" if too_deep else "Links and devices"
    return [f"{what} are not copied: {one_line(', '.join(odd))}."] if odd else []


def _taken_in(
    folder: Path,
    staged: Path,
    release: dict[str, NotebookNode],
    limits: IntakeLimits,
    keep_outputs: KeepOutputs,
    given: Mapping[str, Path],
    earlier: Mapping[str, frozenset[str]],
) -> list[str]:
    no_folder = folder.exists() and not folder.is_dir()
    files, odd = ([], []) if no_folder else regular_files(folder, limits.files.ignore)
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    time_notes: list[str] = []
    common = _not_copied(odd)
    timestamp = Path(TIMESTAMP)
    if timestamp in files:
        files.remove(timestamp)
        time_notes = copy_timestamp(folder / timestamp, staged / timestamp)
        common += time_notes
    handed_in = digest(folder, files)
    others = [path for path in files if path.suffix.lower() != ".ipynb"]
    places, replaced = beside_the_notebook(others, _folders_of_notebooks(release, files, odd))
    given_way = set(replaced)
    others = [path for path in others if path not in given_way]
    others, changes = without_handed_out(folder, others, places, given, earlier)
    common += changes
    common += copy_files(folder, staged, others, limits.files, places)
    common += note_on([places.get(path, path) for path in others])
    if replaced:
        common.append(
            f"Files beside the notebook took the place of others: {listed([str(path) for path in replaced])}."
        )
    notes = list(common)
    for name, handed_out in release.items():
        notebook, more, outputs = _clean_notebook(name, folder, files, odd, handed_out, len(release) == 1, limits)
        keep_outputs(name, outputs)
        facts = {"notes": _first([*more, *common]), "time_notes": time_notes, "submission": handed_in}
        notebook.metadata["autograder"] |= facts
        keep(notebook, staged / name)
        notes += [type(note)(f"{name}: {note}") for note in more]
    return notes


def _first(notes: list[str]) -> list[str]:
    """Return as many notes as anybody reads."""
    more = len(notes) - _MOST_NOTES
    return notes if more <= 0 else [*notes[:_MOST_NOTES], f"There is more of the kind ({more:,} notes)."]


def _folders_of_notebooks(release: dict[str, NotebookNode], files: list[Path], odd: list[str]) -> set[Path]:
    """Return the folders within the submission's in which the notebooks were found."""
    found = set()
    for name in release:
        with contextlib.suppress(NoNotebookError, NothingHandedInError):
            found.add(choose_notebook(name, files, odd, len(release) == 1)[0].parent)
    return found - {Path()}


def _clean_notebook(
    name: str,
    folder: Path,
    files: list[Path],
    odd: list[str],
    release: NotebookNode,
    only_one: bool,
    limits: IntakeLimits,
) -> tuple[NotebookNode, list[str], dict[int, Kept]]:
    if folder.exists() and not folder.is_dir():
        return _in_place_of_submission(release, State.UNREADABLE, NO_FOLDER)
    try:
        path, notes = choose_notebook(name, files, odd, only_one)
        notebook, more, outputs = read_limited(folder / path, release, limits.notebook_size)
    except NothingHandedInError:
        return _in_place_of_submission(release, State.NOTHING, NOTHING)
    except NoNotebookError as error:
        return _in_place_of_submission(release, State.UNREADABLE, str(error))
    except UnreadableNotebookError as error:
        problem = f"the file {name} is not a readable notebook: {error}. It has to be handed in again"
        return _in_place_of_submission(release, State.UNREADABLE, problem)
    notebook.metadata["autograder"] |= {"state": State.READABLE.value, "problem": ""}
    return notebook, notes + more, outputs


def _in_place_of_submission(
    release: NotebookNode, state: State, problem: str
) -> tuple[NotebookNode, list[str], dict[int, Kept]]:
    """Return the released notebook as a stand-in: it gives the gradebook a cell for every grade that is missing."""
    notebook = with_metadata(copy.deepcopy(release.cells), release, unanswered=[], state=state.value, problem=problem)
    return notebook, [f"{capitalised(problem)}."], {}
