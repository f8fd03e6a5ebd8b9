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

from autograder.course.intake.cell_restoring import restore, with_metadata
from autograder.course.intake.file_copies import FileLimits, copy_files, digest, regular_files
from autograder.course.intake.handed_in_outputs import Keeper, Kept, take_out
from autograder.course.intake.handed_out_files import without_handed_out
from autograder.course.intake.inert_files import note_on
from autograder.course.intake.notebook_choice import (
    NoNotebookError,
    NothingHandedInError,
    beside_the_notebook,
    choose_notebook,
)
from autograder.course.intake.notebook_decoding import MEBIBYTE, UnreadableNotebookError, read_notebook
from autograder.course.intake.submission_time import TIMESTAMP, copy_timestamp
from autograder.course.notebooks.typed_nbformat import keep
from autograder.report.text import capitalised, listed, one_line

NOTHING = "nothing was handed in"
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
    OSError when ``folder`` can't be read or ``staged`` can't be written: that is no fault of the student's.
    """
    no_folder = folder.exists() and not folder.is_dir()
    files, odd = ([], []) if no_folder else regular_files(folder, limits.files.ignore)
    if staged.exists():
        shutil.rmtree(staged)
    staged.mkdir(parents=True)
    time_notes: list[str] = []
    common = [f"Links and devices are not copied: {one_line(', '.join(odd))}."] if odd else []
    timestamp = Path(TIMESTAMP)
    if timestamp in files:
        files.remove(timestamp)
        time_notes = copy_timestamp(folder / timestamp, staged / timestamp)
        common += time_notes
    handed_in = digest(folder, files)
    others = [path for path in files if path.suffix.lower() != ".ipynb"]
    places, replaced = beside_the_notebook(others, _folders_of_notebooks(release, files, odd))
    others = [path for path in others if path not in replaced]
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
        notebook, more = _clean_notebook(name, folder, files, odd, handed_out, len(release) == 1, limits)
        keep_outputs(name, take_out(notebook))
        facts = {"notes": [*more, *common], "time_notes": time_notes, "submission": handed_in}
        notebook.metadata["autograder"] |= facts
        keep(notebook, staged / name)
        notes += [type(note)(f"{name}: {note}") for note in more]
    return notes


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
) -> tuple[NotebookNode, list[str]]:
    notes: list[str] = []
    if folder.exists() and not folder.is_dir():
        return _in_place_of_submission(release, State.UNREADABLE, NO_FOLDER)
    try:
        path, notes = choose_notebook(name, files, odd, only_one)
        submission, more = read_notebook(folder / path, limits.notebook_size, Keeper())
    except NothingHandedInError:
        return _in_place_of_submission(release, State.NOTHING, NOTHING)
    except NoNotebookError as error:
        return _in_place_of_submission(release, State.UNREADABLE, str(error))
    except UnreadableNotebookError as error:
        problem = f"the file {name} is not a readable notebook: {error}. It has to be handed in again"
        return _in_place_of_submission(release, State.UNREADABLE, problem)
    notebook, changes = restore(submission, release)
    notebook.metadata["autograder"] |= {"state": State.READABLE.value, "problem": ""}
    return notebook, notes + more + changes


def _in_place_of_submission(release: NotebookNode, state: State, problem: str) -> tuple[NotebookNode, list[str]]:
    """Return the released notebook as a stand-in: it gives the gradebook a cell for every grade that is missing."""
    notebook = with_metadata(copy.deepcopy(release.cells), release, unanswered=[], state=state.value, problem=problem)
    return notebook, [f"{capitalised(problem)}."]
