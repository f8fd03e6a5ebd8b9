"""The class as it was graded last, read back from the course's own folders."""

from __future__ import annotations

from pathlib import Path

from autograder.course.autograde_command import JudgedAutograde
from autograder.course.gradebook.class_results import UNJUDGED, class_rows, entry_rows, is_unjudged
from autograder.course.gradebook.gradebook_queries import CourseError
from autograder.course.gradebook.gradebook_snapshot import held_by_gradebook
from autograder.course.intake.submitted_entries import find_entries
from autograder.course.release.released_notebooks import released
from autograder.grading.errors import GradingError
from autograder.report.class_rows import Row


def reported_rows(converter: JudgedAutograde) -> list[Row]:
    """Return a row for each student who has handed in or was graded.

    Raises FileNotFoundError where nobody is graded yet, GradingError where that was done without autograder.
    """
    course, assignment = converter.coursedir, converter.coursedir.assignment_id
    graded = find_entries(course, course.autograded_directory, assignment)
    if not graded.students:
        raise FileNotFoundError(f"nothing is graded yet in {course.root}: run `nbgrader autograde` there first")
    handed_in = find_entries(course, course.submitted_directory, assignment)  # one that failed has no graded copy
    held = held_by_gradebook(course.db_url, course.course_id, assignment)
    # One whose submission is gone may still have a grade.
    students = sorted({*graded.students, *handed_in.students, *held.submissions})
    folders = {name: _folder(converter, course.autograded_directory, name) for name in students}
    names = _notebooks(converter)
    if all(is_unjudged(folders[name], names) for name in graded.students):
        raise GradingError(f"{assignment} was {UNJUDGED}. `autograder doctor --course {course.root}` says what to do")
    rows = class_rows(folders, names, held, {}, assignment)
    return rows + entry_rows(handed_in.left_out)


def feedback_pages(converter: JudgedAutograde) -> str:
    """Return where the feedback lies, with <student> for a student's name; "" if there is none."""
    course = converter.coursedir
    students = find_entries(course, course.feedback_directory, course.assignment_id).students
    pages = (_folder(converter, course.feedback_directory, name).glob("*.html") for name in students)
    if not any(page for found in pages for page in found):
        return ""
    return str(_folder(converter, course.feedback_directory, "<student>") / f"{course.assignment_id}.html")


def _notebooks(converter: JudgedAutograde) -> list[str]:
    try:
        return list(released(converter.coursedir, converter.coursedir.assignment_id))
    except CourseError:
        return [f"{converter.coursedir.assignment_id}.ipynb"]


def _folder(converter: JudgedAutograde, step: str, student: str) -> Path:
    return Path(converter.coursedir.format_path(step, student, converter.coursedir.assignment_id))
