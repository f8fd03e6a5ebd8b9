"""`nbgrader export` that tells a zero from a score that isn't there."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
    "needs_manual_grade",
)


class HonestCsvExportPlugin(ExportPlugin):  # type: ignore[misc]
    """nbgrader's CSV columns and `needs_manual_grade`.

    The score is empty where there is no submission and where a test cell could not be judged and no human has given it
    points. Text that waits for manual grading counts as 0 so far, as in nbgrader, and is said in `needs_manual_grade`.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the grades to ``self.to`` ("grades.csv" if that is empty)."""
        target = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", target)
        with target.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            for assignment in gradebook.assignments:
                if self.assignment and assignment.name not in [str(name) for name in self.assignment]:
                    continue
                for student in gradebook.students:
                    if not self.student or student.id in [str(name) for name in self.student]:
                        writer.writerow(_row(gradebook, assignment, student))


def _row(gradebook: Gradebook, assignment: Any, student: Any) -> dict[str, object]:
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "max_score": assignment.max_score,
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return row
    row |= {"timestamp": submission.timestamp, "needs_manual_grade": submission.needs_manual_grade}
    if not any(_lacks_scores(notebook) for notebook in submission.notebooks):
        penalty = submission.late_submission_penalty
        row |= {"raw_score": submission.score, "late_submission_penalty": penalty}
        row["score"] = max(0.0, submission.score - penalty)
    return row


def _lacks_scores(notebook: Any) -> bool:
    """Whether a test cell has no score. Cells that are graded by humans anyway may wait."""
    released = notebook.notebook
    by_hand = {cell.name for cell in [*released.solution_cells, *released.task_cells]}
    return any(
        grade.auto_score is None and grade.manual_score is None
        for grade in notebook.grades
        if grade.name not in by_hand
    )
