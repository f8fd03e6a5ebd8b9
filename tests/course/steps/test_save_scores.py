"""What is written to the gradebook for a cell: the judge's score, and nothing over what a human gave."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from autograder.course.gradebook.verdicts import Verdict
from autograder.course.steps.save_scores import SaveJudgedGrades
from autograder.judge.evidence import Outcome, QuestionResult, TestResult


@pytest.fixture
def step() -> Any:
    made = SaveJudgedGrades()
    made.saved = {}
    return made


@pytest.mark.parametrize(
    ("score", "manual", "waits"),
    [(3.0, None, False), (0.0, None, False), (None, None, True), (3.0, 2.0, True), (3.0, 0.0, True), (None, 2.0, True)],
)
def test_what_has_no_score_waits_and_so_does_what_a_human_has_settled(
    step: Any, score: float | None, manual: float | None, waits: bool
) -> None:
    grade = SimpleNamespace(id="x", auto_score=9.0, manual_score=manual, extra_credit=None, needs_manual_grade=None)
    step._find = lambda find, name: grade
    step.gradebook = SimpleNamespace(find_grade=None)
    step._save("test_a", score)
    assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (score, manual, waits)
    assert step.saved == {"x": (score, None)}


@pytest.mark.parametrize(
    ("manual", "there", "bonus", "extra"),
    [
        (None, None, 1.5, 1.5),
        (None, None, 0.0, 0.0),
        (None, None, None, None),
        (None, 1.0, 1.5, 1.0),
        (None, 0.0, 1.5, 0.0),
        (0.0, None, 1.5, None),
    ],
)
def test_extra_credit_of_a_humans_stays(
    step: Any, manual: float | None, there: float | None, bonus: float | None, extra: float | None
) -> None:
    grade = SimpleNamespace(id="x", auto_score=None, manual_score=manual, extra_credit=there, needs_manual_grade=None)
    step._find = lambda find, name: grade
    step.gradebook = SimpleNamespace(find_grade=None)
    step._save("test_a", 3.0, bonus)
    assert grade.extra_credit == extra and step.saved == {"x": (3.0, extra)}


@pytest.mark.parametrize(("bonus", "most", "given"), [(1.5, 2.0, 1.5), (0.0, 2.0, 0.0), (0.0, 0.0, None)])
def test_where_there_is_no_bonus_extra_credit_is_a_humans_to_give(
    step: Any, bonus: float, most: float, given: float | None
) -> None:
    test = TestResult("t", "It works.", Outcome.PASSED, 4.0, 4.0, bonus=bonus, max_bonus=most)
    verdict = Verdict(QuestionResult("a", "test_a", 4.0, (test,)), 4.0, bonus)
    step.judged = SimpleNamespace(verdicts={"test_a": verdict})
    assert step._bonus("test_a") == given
