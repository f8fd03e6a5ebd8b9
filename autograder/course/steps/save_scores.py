"""The judge's scores into the gradebook, checked after the fact."""

from __future__ import annotations

import math
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.api import BaseCell, Grade
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import determine_grade
from sqlalchemy import select

from autograder.course.gradebook.open_gradebook import one_transaction
from autograder.course.intake.submission_intake import State
from autograder.course.notebooks.cell_roles import Role, grade_id, role
from autograder.course.steps.judging_step import Judged


class ScoreMismatchError(Exception):
    """What stands in a cell or in the gradebook is not what the judge found."""


class _InOneTransaction(NbGraderPreprocessor):  # type: ignore[misc]
    """What SaveAutoGrades does to all cells, once it has opened the gradebook."""

    gradebook: Any
    saved: dict[Any, tuple[float | None, float | None]]  # by the grade's id: score and extra credit as they were given

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        self.saved = {}
        with one_transaction(self.gradebook):
            notebook, resources = super().preprocess(notebook, resources)
            self._check()
        return notebook, resources

    def _check(self) -> None:
        """Read the scores back, from the database and not from memory."""
        session = self.gradebook.db
        session.flush()
        columns = Grade.id, BaseCell.name, Grade.auto_score, Grade.extra_credit
        known = select(*columns).join(BaseCell, BaseCell.id == Grade.cell_id)
        for key, name, *held in session.execute(known.where(Grade.id.in_(list(self.saved)))):
            if tuple(held) != self.saved[key]:
                found, given = _shown(*held), _shown(*self.saved[key])
                raise ScoreMismatchError(f"the gradebook holds {found} for the cell {name}, not {given}")


class SaveJudgedGrades(SaveAutoGrades, _InOneTransaction):  # type: ignore[misc]
    """Save the evidence's scores, all or none; nbgrader's reading of the cells' outputs only has to agree with them.

    nbgrader gives full marks for a cell without output, for NaN and for text it can't read, so its reading alone never
    decides. A score a human gave (``manual_score``) is kept, as nbgrader keeps it.
    """

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Write the grades of all cells of ``notebook`` to the gradebook."""
        judged = resources.get("autograder")
        if not isinstance(judged, Judged):
            raise ScoreMismatchError(
                "the notebook was not judged: autograder.course.steps.judging_step.Judge has to run before"
            )
        self.judged = judged
        notebook, resources = super().preprocess(notebook, resources)
        written = {grade_id(cell) for cell in notebook.cells if role(cell) is Role.TEST}
        if missing := set(judged.verdicts) - written:
            raise ScoreMismatchError(f"judged cells are missing from the notebook: {sorted(missing)}")
        return notebook, resources

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        name = grade_id(cell)
        if role(cell) is Role.TEST:
            self._save(name, self._score(name, cell), self._bonus(name))
        elif self.judged.state is State.UNREADABLE:
            self._save(name, None)
        else:
            super()._add_score(cell, resources)

    def _add_comment(self, cell: NotebookNode, resources: Any) -> None:
        super()._add_comment(cell, resources)
        if self.judged.state is State.UNREADABLE:  # the cell is the release's: that is no "No response."
            self._find(self.gradebook.find_comment, grade_id(cell)).auto_comment = "The submission could not be read."

    def _score(self, name: str, cell: NotebookNode) -> float | None:
        verdict = self.judged.verdicts.get(name)
        if verdict is None:
            raise ScoreMismatchError(f"the cell {name} was not judged")
        read, max_points = determine_grade(cell, self.log)
        if not math.isclose(max_points, verdict.question.max_points) or read != (verdict.score or 0.0):
            raise ScoreMismatchError(
                f"nbgrader reads {read} of {max_points} from the cell {name}, "
                f"the judge found {verdict.score} of {verdict.question.max_points}"
            )
        return verdict.score

    def _bonus(self, name: str) -> float | None:
        """Return the extra credit of a cell, None for a cell without any: there it is a human's to give."""
        verdict = self.judged.verdicts[name]
        return verdict.bonus if verdict.question.max_bonus else None

    def _save(self, name: str, score: float | None, bonus: float | None = None) -> None:
        grade = self._find(self.gradebook.find_grade, name)
        grade.auto_score = score
        # What the judge gave before has been taken back (records.withdraw_scores): what is there is a human's.
        if bonus is not None and grade.manual_score is None and grade.extra_credit is None:
            grade.extra_credit = bonus
        grade.needs_manual_grade = score is None or grade.manual_score is not None
        self.saved[grade.id] = score, grade.extra_credit

    def _find(self, find: Any, name: str) -> Any:
        return find(name, self.notebook_id, self.assignment_id, self.student_id)


def _shown(score: float | None, extra: float | None) -> str:
    return f"{score}" if extra is None else f"{score} and {extra} extra"
