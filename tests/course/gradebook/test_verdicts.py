"""What the judge says has to add up before it becomes a score: anything that doesn't could not be judged."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from course import Course

from autograder.course.gradebook.verdicts import Verdict, verdicts
from autograder.judge.evidence import Evidence, Outcome, QuestionResult, TestResult

PASSED, FAILED, NOT_JUDGED = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_JUDGED


@pytest.fixture(scope="module")
def release(generated: Any) -> Any:
    return Course(generated).release


def of_adam(release: Any, *tests: tuple[Any, ...], worth: float = 6.0, points: float | None = None) -> Verdict:
    """The verdict on a cell of 6 points for tests: outcome, points, most points, bonus, most bonus."""
    made = []
    for number, (outcome, awarded, most, *bonus) in enumerate(tests):
        got, possible = bonus or (0.0, 0.0)
        made.append(TestResult(f"t{number}", "It works.", outcome, awarded, most, bonus=got, max_bonus=possible))
    question = QuestionResult("adam", "test_adam", worth, tuple(made))
    notebook = copy.deepcopy(release)
    if points is not None:
        cell = next(cell for cell in notebook.cells if cell.get("id") == "test_adam")
        cell.metadata.nbgrader.points = points
    return verdicts(notebook, Evidence("linear_mnist", (question,), ()))["test_adam"]


@pytest.mark.parametrize(
    ("tests", "score"),
    [
        ([(PASSED, 6.0, 6.0)], 6.0),
        ([(PASSED, 2.5, 2.5), (FAILED, 0.0, 3.5)], 2.5),
        ([(FAILED, 0.0, 6.0)], 0.0),
        ([(PASSED, 0.1, 0.1)] * 3 + [(PASSED, 5.7, 5.7)], 6.0),
    ],
)
def test_what_adds_up_is_the_score(release: Any, tests: list[Any], score: float) -> None:
    assert of_adam(release, *tests).score == pytest.approx(score, abs=1e-12)


@pytest.mark.parametrize(
    "tests",
    [
        [(FAILED, 6.0, 6.0)],
        [(PASSED, 3.0, 3.0), (FAILED, 3.0, 3.0)],
        [(PASSED, 6.0, 6.0), (FAILED, 0.0, 0.0, 1.0, 1.0)],
        [(PASSED, 6.5, 6.0)],
        [(PASSED, 4.0, 3.0), (PASSED, 3.0, 3.0)],
        [(PASSED, 7.0, 3.0), (PASSED, -1.0, 3.0)],
        [(PASSED, -1.0, 6.0)],
        [(PASSED, math.nan, 6.0)],
        [(PASSED, math.inf, 6.0)],
        [(PASSED, 6.0, 6.0, 2.5, 2.0)],
        [(PASSED, 6.0, 6.0, -0.5, 2.0)],
        [(PASSED, 6.0, 6.0, math.nan, 2.0)],
        [(PASSED, 6.0, 6.0, 1.0, 0.0)],
        [(PASSED, 6.0, 6.0, math.inf, math.inf)],
        [(PASSED, 3.0, 3.0), (NOT_JUDGED, 0.0, 3.0)],
        [(NOT_JUDGED, 6.0, 6.0)],
        [],
    ],
)
def test_what_does_not_add_up_is_no_score_and_says_what_to_do(release: Any, tests: list[Any]) -> None:
    verdict = of_adam(release, *tests)
    assert (verdict.score, verdict.bonus, verdict.points) == (None, 0.0, None)


@pytest.mark.parametrize(("worth", "points"), [(6.0, 5.0), (5.0, None), (6.0, 7.0), (math.nan, None), (0.0, None)])
def test_a_cell_of_other_points_than_the_question_is_no_score(release: Any, worth: float, points: float | None) -> None:
    verdict = of_adam(release, (FAILED, 0.0, worth), worth=worth, points=points)
    assert verdict.score is None
    assert "don't fit the cell's" in verdict.next_step and "grade again" in verdict.next_step


def test_a_bonus_is_kept_apart_from_the_score(release: Any) -> None:
    verdict = of_adam(release, (PASSED, 6.0, 6.0, 1.5, 2.0))
    assert (verdict.score, verdict.bonus, verdict.points) == (6.0, 1.5, 7.5)


def test_a_question_of_another_cell_gives_this_one_nothing(release: Any) -> None:
    test = TestResult("t", "It works.", PASSED, 6.0, 6.0)
    evidence = Evidence("linear_mnist", (QuestionResult("adam", "test_sgd_momentum", 6.0, (test,)),), ())
    found = verdicts(release, evidence)
    assert {name: verdict.score for name, verdict in found.items()} == dict.fromkeys(found)
    assert "gave no result for this question" in found["test_adam"].next_step
