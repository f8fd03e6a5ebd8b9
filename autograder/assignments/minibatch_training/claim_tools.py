"""What claims are made with, beside ``judge.diagnosis.claims``.

A claim is a function of what an answer's code defines (``a.softmax``). It says what a person would check, not the
formula; what the answer raises in it makes it false.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import Claim, alike, finite, unless_raised

Claims = dict[tuple[str, str], Claim]  # by question and slug


def by_question(**questions: dict[str, Claim]) -> Claims:
    """Return the claims of several questions, each a dictionary by slug, as one."""
    return {
        (question, slug): unless_raised(claim)
        for question, claims in questions.items()
        for slug, claim in claims.items()
    }


def near(one: Any, other: Any, off: float = 1e-6) -> bool:
    """Return whether two values are finite and the same, relative to the largest number."""
    return finite(other) and alike(one, other, off, off * 1e-3)


def fails(trial: Callable[[], Any], kind: type[BaseException] = Exception) -> bool:
    """Return whether a trial raises an exception of a kind."""
    try:
        trial()
    except kind:
        return True
    except Exception:
        return False
    return False


def has_gradient(function: Callable[..., Any], x: Tensor, *more: Any) -> bool:
    """Return whether autograd can go through a function of x."""
    with torch.enable_grad():
        given = x.clone().requires_grad_()
        value = function(given, *more)
        return (
            isinstance(value, Tensor)
            and value.requires_grad
            and torch.autograd.grad(value.sum(), given, allow_unused=True)[0] is not None
        )


def right_gradient(function: Callable[..., Any], right: Callable[..., Tensor], x: Tensor, *more: Any) -> bool:
    """Return whether autograd gives the gradient of another function, of what comes back times different numbers."""
    found = []
    for one in (function, right):
        with torch.enable_grad():
            given = x.clone().requires_grad_()
            value = one(given, *more)
            weights = torch.arange(1.0, value.numel() + 1, dtype=value.dtype).reshape(value.shape)
            if not value.requires_grad:
                return False
            found.append(torch.autograd.grad(value, given, weights)[0])
    return near(found[0], found[1])


def breaks_where(function: Callable[[Tensor], Tensor], small: Tensor, large: Tensor) -> bool:
    """Return whether a function is finite for one input and not for another."""
    return finite(function(small.clone())) and not finite(function(large.clone()))
