"""A mistake in one question costs nothing in another that needs its answer: a right one takes its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autograder.assignments.minibatch_training.misconceptions import WRONG
from autograder.judge.evidence import Outcome, QuestionResult
from tests.assignments.conftest import KNOWN, cells, read, worth

CANONICAL = KNOWN["minibatch_training"].canonical_answer
Judge = Callable[..., QuestionResult]
NEEDS = {"log_softmax": "cross_entropy", "module": "sequential", "accuracy": "fit"}
MISTAKES = [
    ("log_softmax", "wrong-axis"), ("log_softmax", "log-of-softmax"), ("log_softmax", "input-overwritten"),
    ("log_softmax", "ready-made"), ("module", "layers-not-found"), ("module", "shared-by-all"),
    ("module", "training-missing"), ("module", "modes-not-passed-on"), ("module", "no-call"), ("module", "of-torch"),
    ("accuracy", "count"), ("accuracy", "wrong-axis"), ("accuracy", "no-mean"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "slug"), MISTAKES)
def test_a_mistake_costs_its_own_question_alone(question: str, slug: str, judge_answer: Judge) -> None:
    entry = next(entry for entry in WRONG if (entry.question, entry.slug) == (question, slug))
    wrong, other = next(entry.variants(CANONICAL(question))), NEEDS[question]
    found = judge_answer("minibatch_training", other, wrong + CANONICAL(other))
    assert [test.message for test in found.tests if test.outcome is not Outcome.PASSED] == []


@pytest.mark.parametrize("question", NEEDS)
def test_a_question_left_open_costs_its_own_points_alone(question: str, judge_answer: Judge) -> None:
    stub = "".join(cells(read("minibatch_training", "release"))[question]["source"])
    other = NEEDS[question]
    assert judge_answer("minibatch_training", other, f"{stub}\n{CANONICAL(other)}").points == worth(
        "minibatch_training", other
    )


def test_what_is_forbidden_is_found_though_another_answer_is_replaced(judge_answer: Judge) -> None:
    own = "class Base(nn.Module):\n    pass\n\n" + CANONICAL("sequential").replace("(Module)", "(Base)")
    found = judge_answer("minibatch_training", "sequential", own)
    assert found.points == 0 and "torch.nn.Module" in found.tests[0].message
