"""From evidence to scores: one verdict for each test cell, and nothing counts that doesn't add up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nbformat.notebooknode import NotebookNode

from autograder.course.notebooks.cell_roles import grade_id, judged_cells, marks
from autograder.judge.evidence import Evidence, Outcome, QuestionResult, TestResult

CHECK_THE_TESTS = "Check the hidden tests of this question and grade again."


@dataclass(frozen=True)
class Verdict:
    """What a test cell is worth."""

    question: QuestionResult
    score: float | None  # None: could not be judged
    bonus: float = 0.0  # beyond the cell's points: nbgrader's "extra credit"

    @property
    def points(self) -> float | None:
        """The score and the bonus together."""
        return None if self.score is None else self.score + self.bonus

    @property
    def next_step(self) -> str:
        """Why the question could not be judged and what to do, or ""."""
        reasons = [test.message for test in self.question.tests if test.outcome is Outcome.NOT_JUDGED]
        return next((reason for reason in reasons if reason), "") if self.score is None else ""


def verdicts(notebook: NotebookNode, evidence: Evidence) -> dict[str, Verdict]:
    """Return the verdict for each test cell of ``notebook``, by grade_id.

    A question the evidence doesn't mention, mentions twice, or whose points are not a number from 0 to what the cell is
    worth, could not be judged.
    """
    found: dict[str, list[QuestionResult]] = {}
    for question in evidence.questions:
        found.setdefault(question.grade_id, []).append(question)
    return {grade_id(cell): _verdict(cell, found.get(grade_id(cell), [])) for cell in judged_cells(notebook)}


def _verdict(cell: NotebookNode, questions: list[QuestionResult]) -> Verdict:
    points = float(marks(cell)["points"])
    if len(questions) != 1:
        count = "no result" if not questions else f"{len(questions)} results"
        return _not_judged(grade_id(cell), points, f"The judge gave {count} for this question. {CHECK_THE_TESTS}")
    question = questions[0]
    if not question.tests:
        return _not_judged(grade_id(cell), points, f"No hidden test was run for this question. {CHECK_THE_TESTS}")
    if question.outcome is Outcome.NOT_JUDGED:
        return Verdict(question, None)
    if not _adds_up(question, points):
        reason = f"The judge's points ({question.points} of {question.max_points}) don't fit the cell's {points:g}. "
        return _not_judged(grade_id(cell), points, reason + CHECK_THE_TESTS)
    score = min(float(question.points), points)  # a sum of thirds may be a rounding above
    return Verdict(question, score, float(question.bonus))


def _adds_up(question: QuestionResult, points: float) -> bool:
    awarded = [test.points for test in question.tests]
    bonus = [test.bonus for test in question.tests]
    return (
        all(math.isfinite(value) and value >= 0 for value in (*awarded, *bonus))
        and all(0 <= test.bonus <= test.max_bonus for test in question.tests)
        and math.isclose(question.max_points, points)
        and question.points <= points * (1 + 1e-9)
        and all(test.points == test.bonus == 0 for test in question.tests if test.outcome is not Outcome.PASSED)
    )


def _not_judged(name: str, points: float, reason: str) -> Verdict:
    test = TestResult("judged", "The question was judged.", Outcome.NOT_JUDGED, 0.0, points, reason)
    return Verdict(QuestionResult(name.removeprefix("test_"), name, points, (test,)), None)


def evidence_without_judging(
    notebook: NotebookNode, assignment: str, outcome: Outcome, sentence: str, message: str
) -> Evidence:
    """Return evidence that gives every question the same outcome and no points: nothing was there to be judged."""
    questions = []
    for cell in judged_cells(notebook):
        points = float(marks(cell)["points"])
        test = TestResult("handed_in", sentence, outcome, 0.0, points, message)
        questions.append(QuestionResult(grade_id(cell).removeprefix("test_"), grade_id(cell), points, (test,)))
    return Evidence(assignment, tuple(questions), ())
