"""What the gradebook holds of a class: asked once for everybody, in three queries, not student by student."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


@dataclass(frozen=True)
class HeldGrade:
    """What is held for one cell of one student."""

    auto: float | None  # the judge's score; None: there is none
    manual: float | None  # a human's, which counts instead
    extra: float | None  # extra credit, on top of either
    needs_manual: bool  # whether it waits for a human
    max_points: float
    by_hand: bool  # whether it is for humans to mark: a text, a task, code without tests

    @property
    def points(self) -> float | None:
        """What counts, as nbgrader sums it up; None: no score yet."""
        score = self.auto if self.manual is None else self.manual
        return None if score is None else score + (self.extra or 0.0)


@dataclass(frozen=True)
class HeldSubmission:
    """What is held for one student."""

    notebooks: Mapping[str, Mapping[str, HeldGrade]]  # by notebook (no suffix), by grade_id
    penalties: Mapping[str, float | None]  # by notebook: what was taken off for lateness; None: nothing was
    timestamp: datetime | None  # time of submission, UTC
    duedate: datetime | None  # the student's own, extension included, UTC
    max_points: float  # of the whole assignment, cells without a row included

    @property
    def grades(self) -> list[HeldGrade]:
        """The grades of all cells of all notebooks."""
        return [grade for cells in self.notebooks.values() for grade in cells.values()]

    @property
    def late_penalty(self) -> float:
        """The points taken off for lateness, in all."""
        return sum(penalty or 0.0 for penalty in self.penalties.values())

    @property
    def seconds_late(self) -> float:
        """How late the work was handed in, by the due date as it is now: 0.0 if in time, or if either is unknown."""
        if self.timestamp is None or self.duedate is None:
            return 0.0
        return max(0.0, (self.timestamp - self.duedate).total_seconds())

    @property
    def total(self) -> float:
        """All points less the late penalty; what has no score yet counts 0, as in nbgrader."""
        return max(0.0, sum(grade.points or 0.0 for grade in self.grades) - self.late_penalty)

    @property
    def waits_for_a_human(self) -> bool:
        """Whether any cell is still to be marked."""
        return any(grade.needs_manual for grade in self.grades)


@dataclass(frozen=True)
class Held:
    """What the gradebook holds of an assignment."""

    worth: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # by notebook, by grade_id: points
    submissions: Mapping[str, HeldSubmission] = field(default_factory=dict)  # by student


def held_by_gradebook(db_url: str, course: str, assignment: str) -> Held:
    """Return what the gradebook holds of an assignment; nothing where it doesn't know it or isn't there.

    Raises SQLAlchemy's OperationalError where it can't be read.
    """
    if _is_missing(db_url):  # nbgrader would make an empty one
        return Held()
    with Gradebook(db_url, course) as gradebook:
        cells = _cells(gradebook, assignment)
        graded = {key: cell for key, cell in cells.items() if cell.max_points is not None}
        worth: dict[str, dict[str, float]] = {}
        for (notebook, name), cell in graded.items():
            worth.setdefault(notebook, {})[name] = float(cell.max_points or 0.0)
        grades = _grades(gradebook, assignment, graded)
        found = _submissions(gradebook, assignment, grades, sum(sum(points.values()) for points in worth.values()))
    return Held(worth, found)


@dataclass(frozen=True)
class _Cell:
    max_points: float | None  # None: no points, an answer alone
    by_hand: bool


def _cells(gradebook: Gradebook, assignment: str) -> dict[tuple[str, str], _Cell]:
    """Return the cells of an assignment by notebook and name; an answer may be a graded cell of the same name."""
    grade, task = GradeCell.__table__, TaskCell.__table__
    points = func.coalesce(grade.c.max_score, task.c.max_score)
    rows = gradebook.db.execute(
        select(Notebook.name, BaseCell.__table__.c.name, BaseCell.__table__.c.type, points)
        .select_from(BaseCell.__table__)
        .join(Notebook, Notebook.id == BaseCell.__table__.c.notebook_id)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .outerjoin(grade, grade.c.id == BaseCell.__table__.c.id)
        .outerjoin(task, task.c.id == BaseCell.__table__.c.id)
        .where(Assignment.name == assignment)
    )
    found: dict[tuple[str, str], _Cell] = {}
    for notebook, name, kind, max_points in rows:
        before = found.get((notebook, name), _Cell(None, by_hand=False))
        worth = before.max_points if max_points is None else float(max_points)
        found[notebook, name] = _Cell(worth, before.by_hand or kind in ("SolutionCell", "TaskCell"))
    return found


def _grades(
    gradebook: Gradebook, assignment: str, cells: Mapping[tuple[str, str], _Cell]
) -> dict[str, dict[str, HeldGrade]]:
    """Return the grades by submitted notebook's id and by name of the cell."""
    cell = BaseCell.__table__.c
    rows = gradebook.db.execute(
        select(
            Grade.notebook_id, Notebook.name, cell.name,
            Grade.auto_score, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade,
        )
        .select_from(Grade)
        .join(BaseCell.__table__, cell.id == Grade.cell_id)
        .join(Notebook, Notebook.id == cell.notebook_id)
        .join(Assignment, Assignment.id == Notebook.assignment_id)
        .where(Assignment.name == assignment)
    )  # fmt: skip
    found: dict[str, dict[str, HeldGrade]] = {}
    for submitted, notebook, name, auto, manual, extra, needs_manual in rows:
        known = cells.get((notebook, name), _Cell(0.0, by_hand=False))
        grade = HeldGrade(auto, manual, extra, bool(needs_manual), known.max_points or 0.0, known.by_hand)
        found.setdefault(submitted, {})[name] = grade
    return found


def _submissions(
    gradebook: Gradebook, assignment: str, grades: Mapping[str, Mapping[str, HeldGrade]], max_points: float
) -> dict[str, HeldSubmission]:
    rows = gradebook.db.execute(
        select(
            SubmittedAssignment.student_id, SubmittedAssignment.timestamp, SubmittedAssignment.extension,
            Assignment.duedate, SubmittedNotebook.id, Notebook.name, SubmittedNotebook.late_submission_penalty,
        )
        .select_from(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .outerjoin(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .outerjoin(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .where(Assignment.name == assignment)
    )  # fmt: skip
    by_student: dict[str, list[Any]] = {}
    for row in rows:
        by_student.setdefault(row.student_id, []).append(row)
    found = {}
    for student, parts in by_student.items():
        first = parts[0]
        duedate = first.duedate + first.extension if first.duedate and first.extension else first.duedate
        there = [row for row in parts if row.id is not None]
        notebooks = {row.name: grades.get(row.id, {}) for row in there}
        penalties = {row.name: row.late_submission_penalty for row in there}
        found[student] = HeldSubmission(notebooks, penalties, first.timestamp, duedate, max_points)
    return found


def _is_missing(db_url: str) -> bool:
    try:
        url = make_url(db_url)
    except ArgumentError:
        return False  # nbgrader reports it in its own words
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(str(url.database)).exists()
