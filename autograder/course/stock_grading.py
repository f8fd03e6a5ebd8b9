"""Grades an assignment without hidden tests as stock nbgrader does: in the same gradebook, with the same table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import preprocessors as stock
from nbgrader.apps import AutogradeApp
from nbgrader.converters import NbGraderException
from nbgrader.converters.autograde import Autograde
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.course.gradebook.class_results import GRADED_BY_NBGRADER, class_rows, entry_rows
from autograder.course.gradebook.gradebook_snapshot import held_by_gradebook
from autograder.course.gradebook.late_penalties import NamedLatePenalties
from autograder.course.intake.cell_restoring import METADATA_KEY
from autograder.course.intake.submitted_entries import find_entries
from autograder.course.release.grading_way import STOCK
from autograder.grading.assignment_search import own_assignments
from autograder.report.class_summary import IN_GRADEBOOK, print_class_table
from autograder.report.text import listed, one_line

_IN_ITS_PLACE = {  # steps of ours that need hidden tests, and what stock nbgrader has there
    "autograder.course.steps.judging_step.Judge": stock.Execute,
    "autograder.course.steps.save_scores.SaveJudgedGrades": stock.SaveAutoGrades,
    "autograder.course.gradebook.late_penalties.NotedLatePenalties": NamedLatePenalties,
}


def grade_as_stock(converter: Any) -> None:
    """Grade the submissions of the course that ``converter`` (of ours) has; print the table.

    Raises nbgrader's NbGraderException where one of them could not be graded, when all the others have been.
    """
    course, assignment = converter.coursedir, converter.coursedir.assignment_id
    entries = find_entries(course, course.submitted_directory, assignment)
    left_out = entries.left_out
    if entries.students:  # else nbgrader says what there is instead
        converter.log.warning(STOCK, assignment, own_assignments(converter.config, Path(course.root)) / assignment)
    for name, reason in left_out.items():
        converter.log.error("%s: can't be graded: %s", one_line(name), reason)
    try:
        _stock(converter).start()
    finally:
        if isinstance(converter.parent, AutogradeApp):  # the formgrader shows the log instead
            _print_table(course, assignment, left_out)
    if left_out:
        message = f"Not graded, see the log above for what to do: {listed(list(left_out), 20)}"
        converter.log.error("%s", message)
        raise NbGraderException(message)


def _stock(converter: Any) -> Autograde:
    steps = {
        "sanitize_preprocessors": [_instead(step) for step in converter.sanitize_preprocessors],
        "autograde_preprocessors": [
            *map(_instead, converter.autograde_preprocessors),
            GradedByNbgrader,
        ],
    }
    made = Autograde(coursedir=converter.coursedir, parent=converter.parent, config=converter.config, **steps)
    made.force, made.create_student = converter.force, converter.create_student
    made.exclude_overwriting = converter.exclude_overwriting
    return made


def _instead(step: Any) -> Any:
    name = f"{step.__module__}.{step.__qualname__}" if isinstance(step, type) else str(step)
    return _IN_ITS_PLACE.get(name, step)


class GradedByNbgrader(NbGraderPreprocessor):  # type: ignore[misc]
    """Notes in a graded copy that no hidden test was meant to judge it: its points are nbgrader's."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Put the note into the notebook's metadata."""
        notebook.metadata[METADATA_KEY] = NotebookNode({GRADED_BY_NBGRADER: True})
        return notebook, resources


def _print_table(course: Any, assignment: str, left_out: dict[str, str]) -> None:
    found = find_entries(course, course.submitted_directory, assignment)
    place = course.autograded_directory
    folders = {name: Path(course.root, course.format_path(place, name, assignment)) for name in found.students}
    held = held_by_gradebook(course.db_url, course.course_id, assignment)
    names = [f"{title}.ipynb" for title in held.worth]
    rows = class_rows(folders, names, held, {}, assignment) + entry_rows(left_out)
    print_class_table(rows, f"{assignment}: {IN_GRADEBOOK}, graded by nbgrader alone")
