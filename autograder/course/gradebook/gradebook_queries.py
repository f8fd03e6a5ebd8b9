"""What the course asks of the gradebook and tells it, beside nbgrader's own steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from autograder.course.gradebook.extra_credit import Bonuses
from autograder.course.gradebook.gradebook_rows import complete_submission
from autograder.course.notebooks.cell_roles import Role, grade_id, marks, role
from autograder.grading.errors import GradingError


class CourseError(GradingError):
    """The course isn't ready to be graded; the message says what to do."""


def patient(db_url: str, seconds: float) -> str:
    """Return ``db_url`` with a lock timeout, where it is SQLite's and has none: other programs write there too."""
    try:
        url = make_url(db_url)
    except ArgumentError:
        return db_url  # nbgrader reports it in its own words
    if url.get_backend_name() != "sqlite" or "timeout" in url.query or not url.database:
        return db_url
    return url.update_query_dict({"timeout": str(seconds)}).render_as_string(hide_password=False)


def check_assignment(db_url: str, course: str, assignment: str, release: dict[str, NotebookNode]) -> None:
    """Check that the gradebook knows the assignment as it was released; raise CourseError if not."""
    again = f"run `nbgrader generate_assignment {assignment} --force`"
    with Gradebook(db_url, course) as gradebook:
        try:
            found = gradebook.find_assignment(assignment)
            notebooks = {f"{notebook.name}.ipynb": notebook for notebook in found.notebooks}
        except MissingEntry as error:
            raise CourseError(f"the gradebook doesn't know {assignment}: {again}") from error
        for name, released in release.items():
            if name not in notebooks:
                raise CourseError(f"the gradebook doesn't know {name}: {again}")
            known = {cell.name: float(cell.max_score) for cell in notebooks[name].grade_cells}
            worth = {
                grade_id(cell): float(marks(cell)["points"]) for cell in released.cells if marks(cell).get("grade")
            }
            if known != worth:
                raise CourseError(f"the gradebook and the released {name} disagree on what cells are worth: {again}")
            if any(role(cell) is Role.TEST and cell.cell_type != "code" for cell in released.cells):
                raise CourseError(f"{name} has a test cell that is not a code cell: nothing can be judged there")


def withdraw_scores(
    db_url: str, course: str, assignment: str, student: str, timestamp: datetime | None, bonuses: Bonuses
) -> None:
    """Take back what an earlier grading gave this student: automatic scores, late penalty, time of submission.

    Done before a submission is judged, so that nothing that ends the run, a power cut included, leaves an old score
    standing for new work. Manual scores and comments stay, and so does extra credit that isn't one of ``bonuses``, what
    the judge gave: a human has set it.
    """
    with Gradebook(db_url, course) as gradebook:
        submission = _submission(gradebook, assignment, student)
        complete_submission(gradebook, submission)
        notebooks = select(SubmittedNotebook.id).where(SubmittedNotebook.assignment_id == submission)
        for change in (
            update(SubmittedAssignment).where(SubmittedAssignment.id == submission).values(timestamp=timestamp),
            update(SubmittedNotebook).where(SubmittedNotebook.id.in_(notebooks)).values(late_submission_penalty=None),
            _grades(notebooks).values(auto_score=None, needs_manual_grade=True),
            update(Grade).where(Grade.id.in_(_judges_own(gradebook, submission, bonuses))).values(extra_credit=None),
        ):
            gradebook.db.execute(change, execution_options={"synchronize_session": False})
        gradebook.db.commit()


def _judges_own(gradebook: Gradebook, submission: str, bonuses: Bonuses) -> list[str]:
    """Return the ids of the grades whose extra credit is what the judge gave, and that no human has settled."""
    known = (
        select(Grade.id, Notebook.name, BaseCell.name.label("cell"), Grade.extra_credit)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(
            SubmittedNotebook.assignment_id == submission,
            Grade.manual_score.is_(None),
            Grade.extra_credit.is_not(None),
        )
    )
    rows = gradebook.db.execute(known)
    return [row.id for row in rows if row.extra_credit in bonuses.get((row.name, row.cell), ())]


def _grades(notebooks: Any) -> Any:
    return update(Grade).where(Grade.notebook_id.in_(notebooks))


def _submission(gradebook: Gradebook, assignment: str, student: str) -> str:
    """Return the id of a student's submission, which is put into the gradebook if it isn't there yet."""
    known = select(SubmittedAssignment.id).join(SubmittedAssignment.assignment)
    known = known.where(Assignment.name == assignment, SubmittedAssignment.student_id == student)
    found: str | None = gradebook.db.execute(known).scalar_one_or_none()
    if found is None:
        gradebook.update_or_create_student(student)
        found = str(gradebook.update_or_create_submission(assignment, student).id)
    return found
