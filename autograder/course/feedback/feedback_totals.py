"""The grades at the head of the feedback: what has no score yet is not shown as a zero."""

from __future__ import annotations

from typing import Any

import jinja2.filters
from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import GetGrades

from autograder.course.notebooks.cell_roles import Role, role

NOT_YET = "not graded yet"


class HonestGrades(GetGrades):  # type: ignore[misc]
    """GetGrades that tells a missing score from a zero: nbgrader's own reads None as 0.0."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Put the scores into the cells, and the sum into ``resources``, unless an automatic score is missing."""
        self.unjudged: list[str] = []
        notebook, resources = super().preprocess(notebook, resources)
        if self.unjudged:
            resources["nbgrader"]["score"] = NOT_YET
        return notebook, resources

    def _get_score(self, cell: NotebookNode, resources: Any) -> None:
        super()._get_score(cell, resources)
        marks = cell.metadata["nbgrader"]
        grade = self.gradebook.find_grade(marks["grade_id"], self.notebook_id, self.assignment_id, self.student_id)
        if grade.auto_score is None and grade.manual_score is None:
            marks["score"] = NOT_YET
            self.unjudged += [marks["grade_id"]] if role(cell) is Role.TEST else []


# nbgrader's templates send every score through Jinja's `float` and `round`, and the formgrader insists on its own
# templates: so the words have to pass these filters.


def float_or_words(value: Any, default: float = 0.0) -> Any:
    """Jinja's ``float``, for all but NOT_YET."""
    return value if value == NOT_YET else jinja2.filters.do_float(value, default)


def rounded_or_words(value: Any, precision: int = 0, method: Any = "common") -> Any:
    """Jinja's ``round``, for all but NOT_YET."""
    return value if value == NOT_YET else jinja2.filters.do_round(value, precision, method)


SCORE_FILTERS = {  # for c.HTMLExporter.filters
    "float": "autograder.course.feedback.feedback_totals.float_or_words",
    "round": "autograder.course.feedback.feedback_totals.rounded_or_words",
}
