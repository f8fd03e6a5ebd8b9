"""What several hidden tests ask of an answer."""

from __future__ import annotations

import torch
from torch import Tensor

from autograder.judge import describe, resemblance
from autograder.judge.answer_checks import Answer


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


def check_finite_gradient(answer: Answer) -> None:
    """Check that a gradient has no NaN and no infinity in it: whether there is one, and a right one, others ask."""
    if not isinstance(answer.value, str):
        answer.finite(answer.value, "The gradient")
