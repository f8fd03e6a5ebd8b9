"""A class looked at again, without grading: rows of the table that `nbgrader autograde` has printed."""

from __future__ import annotations

import glob
import re
from contextlib import chdir
from pathlib import Path
from typing import Any

from nbgrader.apps import AutogradeApp

from autograder.course.held import held_by_gradebook
from autograder.course.records import CourseError
from autograder.course.release import released
from autograder.course.results import class_rows
from autograder.report.rows import Row


def reported_rows(assignment: str, folder: Path) -> tuple[list[Row], Path | None]:
    """Return the rows of a class, and the folder of its feedback pages with "<student>" in it, if there are any.

    Raises FileNotFoundError when nothing is graded in the course in ``folder``.
    """
    app = AutogradeApp()
    with chdir(folder):
        app.initialize(argv=[assignment])
        course = app.coursedir
        course.assignment_id = assignment
    with chdir(course.root):
        found = {step: _students(course, step, assignment) for step in ("submitted", "autograded", "feedback")}
        if not found["autograded"]:
            raise FileNotFoundError(f"nothing is graded yet in {folder}: run `nbgrader autograde` there first")
        held = held_by_gradebook(course.db_url, course.course_id, assignment)
        # One that failed has no graded copy; one whose submission is gone may still have a grade.
        students = sorted({*found["submitted"], *found["autograded"], *held.submissions})
        folders = {one: _folder(course, "autograded", one, assignment) for one in students}
        rows = class_rows(folders, _notebooks(course, assignment), held, {})
        pages = _folder(course, "feedback", "<student>", assignment)
        return rows, pages.absolute() if found["feedback"] else None


def _folder(course: Any, step: str, student: str, assignment: str) -> Path:
    return Path(course.format_path(getattr(course, f"{step}_directory"), student, assignment))


def _students(course: Any, step: str, assignment: str) -> set[str]:
    """Return the students that have a folder in a step of nbgrader's, wherever the course keeps it."""
    place = getattr(course, f"{step}_directory")
    paths = glob.glob(course.format_path(place, "*", glob.escape(assignment)))  # noqa: PTH207 (may be absolute)
    whole = course.format_path(place, "(?P<student>[^/\\\\]+)", re.escape(assignment), escape=True)
    return {match["student"] for path in paths if (match := re.fullmatch(whole, path))}


def _notebooks(course: Any, assignment: str) -> list[str]:
    try:
        return list(released(course, assignment))
    except CourseError:  # the release may be elsewhere by now
        return [f"{assignment}.ipynb"]
