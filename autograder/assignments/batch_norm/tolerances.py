"""How far a right answer may be from the reference: rounding of the inputs' dtype, at the scale of the numbers.

Tolerances are absolute, float64, column by column. Where a column's numbers are much larger than their spread, x − μ
has lost digits before anything else is computed, with two passes as well: hence max|x| / √(σ² + ε).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.judge.memo import remembered

from . import probes_networks, reference

DIVISORS = 1e-3  # n or n − 1 in the standard deviation of a few thousand pixels: both are right
_RELATIVE = {torch.float64: 1e-9, torch.float32: 32 * torch.finfo(torch.float32).eps}
RATIO = 1e-3  # three digits
MEASURED = 1e-6  # loss and accuracy may be added up in float32


def standardised(train: Tensor, right: Tensor) -> Tensor:
    """Return the tolerance of standardised pixels ``right``, in their shape."""
    mean, std = train.double().mean(), train.double().std(correction=0)
    return DIVISORS * right.abs() + 1e-5 * (1 + mean.abs() / std)


def _unit(x: Tensor, spread: Tensor) -> Tensor:
    """Return how far a number of size 1 may be off in each column: (d,)."""
    lost = 32 * torch.finfo(x.dtype).eps * x.double().abs().amax(0) / spread
    return _RELATIVE[x.dtype] + lost


def _spread(x: Tensor, eps: float) -> Tensor:
    return (x.double().var(0, correction=0) + eps).sqrt()


def _largest_normalised(x: Tensor, eps: float) -> Tensor:
    return (x.double() - x.double().mean(0)).abs().amax(0) / _spread(x, eps)


@remembered
def output(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-5) -> Tensor:
    """Return the tolerance of a normalised batch (N, d): (d,)."""
    scale = gamma.double().abs() * (1 + _largest_normalised(x, eps))
    return _unit(x, _spread(x, eps)) * scale + _RELATIVE[x.dtype] * beta.double().abs()


@remembered
def gradients(dy: Tensor, x: Tensor, gamma: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor, Tensor]:
    """Return the tolerances of dx, dgamma and dbeta: (d,) each.

    dx is a difference of terms of the size of |γ·dy|/σ, and may be 0: for two examples it almost is.
    """
    spread, reach = _spread(x, eps), 1 + _largest_normalised(x, eps)
    largest, added = dy.double().abs().amax(0), dy.double().abs().sum(0)
    off = _unit(x, spread)
    dx = 4 * off * gamma.double().abs() / spread * largest * reach**2
    return dx, 2 * off * added * reach, _RELATIVE[x.dtype] * added


@remembered
def of_call(function: str, dtype: torch.dtype, *arguments: Any) -> Any:
    """Return how far what a right answer gives back may be off when it works in ``dtype``, whatever the inputs are.

    In the form of what it gives back; None for what has no tolerance of its own.
    """
    if function not in _OF_CALLS:
        return None
    inputs = [value.to(dtype) if isinstance(value, Tensor) else value for value in arguments]
    return _OF_CALLS[function](*inputs)


def _of_output(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-5) -> Tensor:
    return output(x, gamma, beta, eps).expand_as(x)


def _of_gradients(dy: Tensor, x: Tensor, gamma: Tensor, eps: float = 1e-5) -> tuple[Tensor, ...]:
    dx, dgamma, dbeta = gradients(dy, x, gamma, eps)
    return dx.expand_as(x), dgamma, dbeta


def _of_backward(x: Tensor, gamma: Tensor, beta: Tensor, eps: float, dy: Tensor) -> dict[str, Tensor]:
    dx, dgamma, dbeta = _of_gradients(dy, x, gamma, eps)
    return {"dx": dx, "dgamma": dgamma, "dbeta": dbeta}


def _of_standardised(train: Tensor, test: Tensor) -> tuple[Tensor, ...]:
    return tuple(standardised(train, right) for right in reference.standardise(train, test))


def _of_measured(w: Tensor, batches: list[list[Tensor]]) -> tuple[float, float]:
    loss, accuracy = probes_networks.measured(reference.evaluate, w.double(), batches)
    return MEASURED * (1 + loss), MEASURED * (1 + accuracy)


_OF_CALLS: dict[str, Callable[..., Any]] = {
    "batch_norm": _of_output,
    "batch_norm_grad": _of_gradients,
    "backward": _of_backward,
    "standardise": _of_standardised,
    "measured": _of_measured,
    "passes": lambda *asked: {"back": _of_measured(*asked)},
}
