"""A machine that rounds in another way gives the same points, outcomes and names.

A few answers of each assignment; all of those that AUTOGRADER_ALL_ANSWERS names (`make audit-machines`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from autograder.authoring.audit import Case
from autograder.authoring.imitated_machines import numeric_cases
from autograder.judge.evidence import QuestionResult
from tests.assignments.conftest import JUDGED, KNOWN
from tests.assignments.other_rounding import OtherMachine

# Those whose numbers depend on the rounding most: low precision, sums kept from call to call, cancellation.
FEW = {
    "linear_mnist": (
        "float32-inside", "running-mean", "accumulated", "logsumexp", "mean-of-outer-products", "lerp",
        "moving-average",
    ),
    "minibatch_training": (
        "float32", "epsilon", "log-of-softmax", "differences", "exp-of-logarithm", "numpy-average", "concatenated",
    ),
    "batch_norm": ("one-pass", "float32-inside", "var-mean", "column-by-column", "own-function"),
}  # fmt: skip
ALL = os.environ.get("AUTOGRADER_ALL_ANSWERS", "").split()


def chosen() -> list[Any]:
    """Return the cases to try, each with its assignment, as a test's values."""
    return [
        pytest.param(name, case, id=f"{name}-{case.question}-{case.name}")
        for name in JUDGED
        for case in numeric_cases(KNOWN[name])
        if name in ALL or case.slug in FEW.get(name, ())
    ]


def decided(found: QuestionResult) -> dict[str, Any]:
    return {test.name: (test.outcome, test.points, test.diagnosis) for test in found.tests}


@pytest.mark.parametrize(("assignment", "case"), chosen())
def test_another_rounding_decides_nothing(
    assignment: str, case: Case, judge_answer: Callable[..., QuestionResult]
) -> None:
    there = judge_answer(assignment, case.question, case.code, OtherMachine)
    assert decided(there) == decided(judge_answer(assignment, case.question, case.code))
