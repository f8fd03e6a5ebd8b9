"""What claims are made with. A claim says of an answer what a hint says; it is asked of the author's answers alone.

It is a function of what the answer's code defines (``a.batch_norm``), and returns whether the hint is true of it. What
the answer raises makes a claim false.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import Claim, alike, unless_raised

READY_MADE = r"^(torch\.nn\.functional)?\.(native_)?(batch|layer|group|instance)_norm$"
CLAIMS: dict[tuple[str, str], Claim] = {}  # by question and slug


def claim(question: str, *slugs: str) -> Callable[[Claim], Claim]:
    """Decorate a function that is the claim of misconceptions."""

    def keep(function: Claim) -> Claim:
        CLAIMS.update({(question, slug): unless_raised(function) for slug in slugs})
        return function

    return keep


def twice(x: Tensor) -> Tensor:
    """Return a batch in which each example stands twice."""
    return torch.cat([x, x])


def is_linear_in_eps(inverse: Callable[[float], Tensor]) -> bool:
    """Return whether the inverse of a result grows with eps, and twice as much for twice the eps."""
    none, one, two = inverse(1e-12), inverse(1.0), inverse(2.0)
    return not alike(one, none) and alike(two - none, 2 * (one - none))
