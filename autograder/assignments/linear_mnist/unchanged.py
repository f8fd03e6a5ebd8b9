"""Whether a function has left an input as it was."""

from __future__ import annotations

import torch

from autograder.judge.answer_checks import Answer


def check_unchanged(answer: Answer, name: str, before: torch.Tensor, after: object) -> None:
    """Fail an answer whose call has changed the input of that name."""
    if not (isinstance(after, torch.Tensor) and after.dtype == before.dtype and torch.equal(after, before)):
        message = f"{answer.call.function} changed its input {name}: work on a copy instead."
        raise answer.fail(message, f"{name} as it was", f"a changed {name}")
