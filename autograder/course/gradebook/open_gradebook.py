"""One open gradebook for a whole run: nbgrader opens it ten times a student and asks it cell by cell.

That takes longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import nbgrader.api
import nbgrader.converters.autograde
import nbgrader.preprocessors.getgrades
import nbgrader.preprocessors.latesubmissions
import nbgrader.preprocessors.overwritecells
import nbgrader.preprocessors.overwritekernelspec
import nbgrader.preprocessors.saveautogrades
from nbgrader.api import BaseCell, Comment, Grade, Gradebook, SourceCell

from autograder.course.gradebook import gradebook_queries, gradebook_snapshot
from autograder.course.gradebook.run_state import temporarily

# Each looks the class up in its own module whenever it opens the gradebook; there is no option for another one.
_USERS = (
    nbgrader.converters.autograde,
    nbgrader.preprocessors.getgrades,
    nbgrader.preprocessors.latesubmissions,
    nbgrader.preprocessors.overwritecells,
    nbgrader.preprocessors.overwritekernelspec,
    nbgrader.preprocessors.saveautogrades,
    gradebook_snapshot,
    gradebook_queries,
)


class _OpenGradebook(Gradebook):  # type: ignore[misc]
    """A gradebook whose closing ends the session, as ever, and keeps the connection.

    What nbgrader looks up cell by cell is fetched for the whole notebook at the first cell, and remembered until the
    session ends. What isn't among it is looked up nbgrader's way, which raises MissingEntry.
    """

    def __init__(self, *where: Any) -> None:
        self._known: dict[tuple[str, ...], dict[str, Any]] = {}
        super().__init__(*where)
        self.db.remove()
        self.db.configure(expire_on_commit=False)  # sessions are short: nothing has to be read again within one

    def close(self) -> None:
        """End the session: nothing of it is remembered, locks are given back."""
        self._known.clear()
        self.db.remove()

    def find_source_cell(self, name: str, notebook: str, assignment: str) -> SourceCell:
        """Return a cell as it is in the source notebook."""
        found = self._fetched("source", notebook, assignment, fetch=self._source_cells)
        return found.get(name) or super().find_source_cell(name, notebook, assignment)

    def find_graded_cell(self, name: str, notebook: str, assignment: str) -> BaseCell:
        """Return a cell with points."""
        found = self._fetched("graded", notebook, assignment, fetch=self._graded_cells)
        return found.get(name) or super().find_graded_cell(name, notebook, assignment)

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        """Return a student's grade for a cell."""
        found = self._fetched("grade", notebook, assignment, student, fetch=self._grades)
        return found.get(grade_cell) or super().find_grade(grade_cell, notebook, assignment, student)

    def find_comment(self, solution_cell: str, notebook: str, assignment: str, student: str) -> Comment:
        """Return the comment on a student's cell."""
        found = self._fetched("comment", notebook, assignment, student, fetch=self._comments)
        return found.get(solution_cell) or super().find_comment(solution_cell, notebook, assignment, student)

    def _fetched(self, kind: str, *where: str, fetch: Callable[..., dict[str, Any]]) -> dict[str, Any]:
        key = (kind, *where)
        if key not in self._known:
            self._known[key] = fetch(*where)
        return self._known[key]

    def _source_cells(self, notebook: str, assignment: str) -> dict[str, SourceCell]:
        return {cell.name: cell for cell in self.find_notebook(notebook, assignment).source_cells}

    def _graded_cells(self, notebook: str, assignment: str) -> dict[str, BaseCell]:
        found = self.find_notebook(notebook, assignment)
        return {cell.name: cell for cell in (*found.task_cells, *found.grade_cells)}

    def _grades(self, notebook: str, assignment: str, student: str) -> dict[str, Grade]:
        return self._of_submission(Grade, "GradeCell", notebook, assignment, student)

    def _comments(self, notebook: str, assignment: str, student: str) -> dict[str, Comment]:
        return self._of_submission(Comment, "SolutionCell", notebook, assignment, student)

    def _of_submission(self, kind: Any, preferred: str, *where: str) -> dict[str, Any]:
        """Return all there is of a kind for a submitted notebook, by the cell's name; task cells come second."""
        submitted = self.find_submission_notebook(*where)
        rows = self.db.query(BaseCell.name, BaseCell.type, kind).join(BaseCell, BaseCell.id == kind.cell_id)
        found = rows.filter(kind.notebook_id == submitted.id).all()
        return {name: row for name, _, row in sorted(found, key=lambda one: str(one[1]) == preferred)}


@contextmanager
def one_transaction(gradebook: Gradebook) -> Iterator[None]:
    """Make what nbgrader commits cell by cell one transaction: all of a student's scores, or none."""
    session = gradebook.db()
    commit, session.commit = session.commit, _later
    try:
        yield
    finally:
        session.commit = commit
    session.commit()


def _later() -> None:
    """In place of a commit."""


@contextmanager
def open_gradebooks() -> Iterator[None]:
    """Keep gradebooks open, once they have been, for the time of the context."""
    known: dict[tuple[Any, ...], _OpenGradebook] = {}

    def opened(db_url: str, course_id: str = "default_course", authenticator: Any = None) -> _OpenGradebook:
        key = (db_url, course_id, authenticator)
        if key not in known:
            known[key] = _OpenGradebook(*key)
        return known[key]

    with ExitStack() as stack:
        for module in _USERS:
            stack.enter_context(temporarily(module, Gradebook=opened))
        try:
            yield
        finally:
            for gradebook in known.values():
                Gradebook.close(gradebook)
