"""What several hidden tests ask of an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.judge import describe, resemblance
from autograder.judge.answer_checks import Answer, StudentFailed, StudentLost


def check_resembles(answer: Answer, right: Tensor, name: str) -> None:
    """Check that numbers vary with the right ones: for a test of something else, where what knows nothing gets nothing.

    ``right`` has numbers enough (about six) not to be met by chance.
    """
    alike = resemblance.correlation(answer.finite(right, name), right.double(), torch.zeros(right.shape))
    if alike is None or abs(alike) < resemblance.ALIKE:
        message = f"{name} is nothing like the right one yet, so this can't be told from it."
        raise answer.fail(message, f"something like {describe.describe(right)}")


def check_gradient(answer: Answer, right: Tensor, tolerance: float) -> None:
    """Check a gradient that a probe has asked for."""
    if isinstance(answer.value, str):
        raise answer.fail(f"There is {answer.value}. Is it a number, or detached, on the way?", "a gradient")
    answer.close(right, tolerance, "The gradient")


def carried(ask: Callable[[Any], Answer], own: Any, right: Any, check: Callable[[Answer], None]) -> None:
    """Check an answer that needs another question's: with the student's own, and where that fails with a right one.

    So a mistake in the other one costs nothing here. ``ask`` is given the other one and returns the answer.
    """
    try:
        check(ask(own))
    except StudentFailed:
        check(ask(right))
    except StudentLost as lost:
        forbidden = lost.cause is not None and lost.cause.is_forbidden_help
        if not forbidden and "is not defined" not in lost.message:
            raise
        check(ask(right))
