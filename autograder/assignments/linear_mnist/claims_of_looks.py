"""What hints say that were seen of all calls: seen once more, with other inputs than the hidden tests have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F

from autograder.judge.diagnosis import claims_of_looks
from autograder.judge.diagnosis.claims import Claim
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.diagnosis.registry import Look

from . import reference, tolerances

Inputs = tuple[Any, ...]
_LIKENESS = Likeness(strict=False, tolerance=tolerances.of_call)


def _batch(seed: int, count: int, sure: float = 0.0) -> Inputs:
    """Return X, ystar, w with logits of size 1, and ``sure`` more for the right class of each example."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(count, 4, generator=generator, dtype=torch.float64)
    ystar = F.one_hot(torch.randint(4, (count,), generator=generator), 4).double()
    return logits + sure * ystar, ystar, torch.eye(4, dtype=torch.float64)


def _state(seed: int, moments: int, size: float = 1.0) -> Inputs:
    """Return w, a moment or two that are no less than 0, and a gradient of that ``size`` with some zeros."""
    generator = torch.Generator().manual_seed(seed)
    w, *others, grad = (torch.randn(3, 4, generator=generator, dtype=torch.float64) for _ in range(2 + moments))
    grad[seed % 3, ::2] = 0
    scaled = (other.abs() * size ** (i + 1) for i, other in enumerate(others))
    return w, *scaled, size * grad


BATCHES = [_batch(seed, count) for seed, count in enumerate((1, 1, 1, 1, 1, 2, 3, 5, 8, 33, 7, 12, 40))]
SURE = [*BATCHES, *(_batch(seed, 6, sure) for seed, sure in enumerate((8.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0)))]
SGD_STATES = [(*_state(i, 1), 0.01 * (i + 1), 0.9 - 0.08 * i) for i in range(10)]
ADAM_STATES = [
    (*_state(i, 2, size), i + 1, 0.01 * (i + 1), 0.9 - 0.05 * i, 0.99 - 0.05 * i, 1e-8)
    for i, size in enumerate((1.0,) * 10 + (1e-7,) * 5)
]


def seen_again(look: Look, function: str, inputs: Sequence[Inputs]) -> Claim:
    """Claim that what is said to be seen of the hidden tests' calls is seen of these as well."""
    return claims_of_looks.seen_again(look, reference, _LIKENESS, [(function, None, one) for one in inputs])
