"""Is a course fit to be graded? What `autograder doctor --course` says of it, without changing anything."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from autograder.course.autograde_command import JudgedAutograde
from autograder.course.gradebook.gradebook_queries import CourseError, check_assignment
from autograder.course.gradebook.run_state import temporarily
from autograder.course.notebooks.cell_roles import grade_id, judged_cells
from autograder.course.open_course import not_plugged_in
from autograder.course.outdated_release import outdated
from autograder.course.plug_in_check import PLUG_IN, gaps_in_grading, gaps_in_the_rest
from autograder.course.release.grading_way import STOCK, assignment_to_judge
from autograder.course.release.released_notebooks import released
from autograder.grading.assignment_search import own_assignments
from autograder.grading.doctor_finding import Finding, Sign
from autograder.judge.assignment.faults import faults as assignment_faults
from autograder.judge.errors import CannotJudge
from autograder.judge.notebook import Notebook


def checkup(converter: JudgedAutograde, course: Path) -> Iterator[Finding]:
    """Yield what there is to say of the course in a folder, whose configuration ``converter`` has."""
    yield from _plugged_in(converter, course)
    reachable = _gradebook(converter)
    yield reachable
    folder = _folder_of_all(converter, converter.coursedir.release_directory)
    names = _names(folder)
    if not names:
        step = "`nbgrader generate_assignment NAME` makes a release of source/NAME"
        yield Finding("assignments", Sign.NOTE, f"nothing is released yet in {folder}", step)
    for name in names:
        yield from _assignment(converter, name, reachable.sign is Sign.GOOD)


def data_sets(converter: JudgedAutograde) -> dict[str, tuple[str, ...]]:
    """Return the data sets that the course's assignments ask for, with their files, as far as that can be known."""
    course, found = converter.coursedir, dict[str, tuple[str, ...]]()
    places = [_folder_of_all(converter, step) for step in (course.source_directory, course.release_directory)]
    for name in dict.fromkeys(name for place in places for name in _names(place)):
        with contextlib.suppress(CourseError, CannotJudge), temporarily(course, assignment_id=name):
            assignment = assignment_to_judge(course, converter.config)
            found |= assignment.data_sets if assignment is not None else {}
    return found


def _folder_of_all(converter: JudgedAutograde, step: str) -> Path:
    return Path(converter.coursedir.format_path(step, ".", "any")).parent


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*") if path.is_dir())


def _plugged_in(converter: JudgedAutograde, course: Path) -> Iterator[Finding]:
    gaps, rest = gaps_in_grading(converter), gaps_in_the_rest(converter.config)
    files = ", ".join(getattr(converter.parent, "loaded_config_files", []))
    if gaps:
        sentence = f"{not_plugged_in(course)}: {'; '.join(gaps)}. Points would be given unjudged"
        yield Finding("plug-in", Sign.FAULT, sentence, PLUG_IN)
    else:
        yield Finding("plug-in", Sign.GOOD, f"autograde and formgrader judge with autograder ({files})")
    for gap in rest if not gaps else ():
        yield Finding("plug-in", Sign.FAULT, gap, PLUG_IN)
    if not rest and not gaps:
        yield Finding("plug-in", Sign.GOOD, "feedback, formgrader and export tell what could not be judged")


def _gradebook(converter: JudgedAutograde) -> Finding:
    """Return whether the gradebook can be read. One that isn't there is not made: nbgrader would make an empty one."""
    db_url = converter.coursedir.db_url
    try:
        url = make_url(db_url)
    except ArgumentError as error:
        return Finding("gradebook", Sign.FAULT, f"c.CourseDirectory.db_url is no address ({error})", "mend it")
    shown = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).is_file():
        return Finding(
            "gradebook",
            Sign.NOTE,
            f"there is none yet ({url.database})",
            "`nbgrader generate_assignment NAME --force` makes it",
        )
    try:
        check_assignment(db_url, converter.coursedir.course_id, "", {})
    except CourseError:  # it answers: there is no assignment without a name
        return Finding("gradebook", Sign.GOOD, f"can be read ({shown})")
    except (SQLAlchemyError, OSError, ImportError) as error:
        step = "see that it is running and that the address is right; for an old gradebook: `nbgrader db upgrade`"
        return Finding("gradebook", Sign.FAULT, f"can't be read ({shown}): {error}", step)
    return Finding("gradebook", Sign.GOOD, f"can be read ({shown})")


def _assignment(converter: JudgedAutograde, name: str, gradebook: bool) -> Iterator[Finding]:
    """Yield what keeps a released assignment from being judged, or that nothing does."""
    course, points = converter.coursedir, None
    faults: list[Finding] = []
    unguarded: list[Finding] = []
    try:
        release = released(course, name)
        if gradebook:
            check_assignment(course.db_url, course.course_id, name, release)
    except (CourseError, SQLAlchemyError) as error:
        sentence, _, step = str(error).partition(": ")
        faults.append(Finding(name, Sign.FAULT, sentence, step))
    except (OSError, ValueError, nbformat.ValidationError) as error:
        step = f"run `nbgrader generate_assignment {name} --force`"
        faults.append(Finding(name, Sign.FAULT, f"what is released can't be read ({error})", step))
    else:
        faults += outdated(converter, name, release)
        points = {
            question: cell.points for one in release.values() for question, cell in Notebook(one).test_cells.items()
        }
        unguarded = list(_unguarded(name, release))
    try:
        with temporarily(course, assignment_id=name):
            assignment = assignment_to_judge(course, converter.config)
    except (CourseError, CannotJudge) as error:
        sentence, _, step = str(error).partition(". ")
        faults.append(Finding(name, Sign.FAULT, f"released, but {sentence}", step))
    else:
        if assignment is None:
            step = "nothing, if its tests are in its own cells; else put hidden tests there"
            place = own_assignments(converter.config, Path(course.root)) / name
            yield Finding(name, Sign.NOTE, STOCK % (name, place), step)
            yield from faults
            return
        faults += [
            Finding(name, Sign.FAULT, *_sentence_and_step(fault)) for fault in assignment_faults(assignment, points)
        ]
    yield from (*faults, *unguarded)
    if not faults:
        yield Finding(name, Sign.GOOD, "released, with hidden tests; its cells are those of source/")


def _sentence_and_step(fault: str) -> tuple[str, str]:
    sentence, _, step = fault.partition(". ")
    return sentence, step or "mend that"


def _unguarded(name: str, release: dict[str, nbformat.NotebookNode]) -> Iterator[Finding]:
    """Yield which test cells stop nowhere: whatever else grades them gives full marks to anybody."""
    cells = [cell for notebook in release.values() for cell in judged_cells(notebook)]
    silent = [grade_id(cell) for cell in cells if not re.search(r"^\s*(assert|raise)\b", cell.source, re.MULTILINE)]
    if silent:
        yield Finding(
            name,
            Sign.NOTE,
            f"test cells that never stop with an error: {', '.join(silent)}. nbgrader without autograder gives full "
            "marks for these",
            "let them raise an error where anything but the course's grader runs them, as this project's source/ does",
        )
