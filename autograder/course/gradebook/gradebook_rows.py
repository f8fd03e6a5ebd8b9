"""A submission in the gradebook has a row for each notebook, grade and comment; nbgrader makes them once, at the start.

Where some have gone since, or the assignment was released anew with more cells, its own steps end with MissingEntry.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbgrader.api import BaseCell, Comment, Grade, Gradebook, Notebook, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

_GRADED, _COMMENTED = ("GradeCell", "TaskCell"), ("SolutionCell", "TaskCell")  # kinds of cells, as nbgrader calls them


def complete_submission(gradebook: Gradebook, submission: str) -> None:
    """Add the rows that a submission (its id) lacks; not committed yet. What is there stays as it is."""
    gradebook.db.add_all(list(_missing_notebooks(gradebook, submission)))
    gradebook.db.flush()
    gradebook.db.add_all(list(_missing_rows(gradebook, submission)))
    gradebook.db.flush()


def _missing_notebooks(gradebook: Gradebook, submission: str) -> Iterator[SubmittedNotebook]:
    submitted = select(SubmittedNotebook.notebook_id).where(SubmittedNotebook.assignment_id == submission)
    assignment = select(SubmittedAssignment.assignment_id).where(SubmittedAssignment.id == submission)
    lacking = select(Notebook.id).where(Notebook.assignment_id.in_(assignment), Notebook.id.not_in(submitted))
    for notebook in gradebook.db.execute(lacking).scalars().all():
        yield SubmittedNotebook(notebook_id=notebook, assignment_id=submission)


def _missing_rows(gradebook: Gradebook, submission: str) -> Iterator[Grade | Comment]:
    cell = BaseCell.__table__.c
    there = select(SubmittedNotebook.id).where(SubmittedNotebook.assignment_id == submission)
    known = {
        kind: set(gradebook.db.execute(select(kind.cell_id).where(kind.notebook_id.in_(there))).scalars())
        for kind in (Grade, Comment)
    }
    rows = gradebook.db.execute(
        select(SubmittedNotebook.id, cell.id.label("cell"), cell.type)
        .join(BaseCell.__table__, cell.notebook_id == SubmittedNotebook.notebook_id)
        .where(SubmittedNotebook.assignment_id == submission)
    ).all()
    for notebook, cell_id, kind in rows:
        for row, kinds in ((Grade, _GRADED), (Comment, _COMMENTED)):
            if kind in kinds and cell_id not in known[row]:
                yield row(cell_id=cell_id, notebook_id=notebook)
