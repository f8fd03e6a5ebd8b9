"""How far a right answer may be from the reference: rounding of the inputs' dtype, at the scale of the numbers.

Every tolerance is absolute, float64, and as small as a legitimate way of computing allows: a different order of
summation, ``logsumexp - logit`` for large logits, ``lerp`` with a rounded 1 − β₂.

A number of the student's own is none of these: N + 1e-8 in place of N is a mistake, if a tiny one, and float64 shows
it. That costs points on purpose: N is never zero, and who adds something there "to be safe" adds it where it matters,
too (under a logarithm, under Adam's root).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from autograder.judge.memo import remembered

from . import reference

RELATIVE = {torch.float64: 1e-9, torch.float32: 1e-5}
RELATIVE_STEP = {torch.float64: 1e-9, torch.float32: 2e-6}
RELATIVE_ADAM = {torch.float64: 1e-9, torch.float32: 1e-4}  # 1 − 0.999 in float32 is 5e-5 off


def _eps(like: Tensor) -> float:
    return torch.finfo(like.dtype).eps


def logits(X: Tensor, w: Tensor) -> Tensor:
    """Return how far each row's logits may be off: (N, 1), from 4·eps·max|logit| and the rounding of the sums."""
    X64, w64 = X.double(), w.double()
    largest = (X64 @ w64).abs().amax(1, keepdim=True)
    summed = (X64.abs() @ w64.abs()).amax(1, keepdim=True)
    return _eps(X) * (4 * largest + (4 * math.sqrt(X.shape[1]) + 4) * summed)


@remembered
def ce_loss(X: Tensor, w: Tensor, right: float) -> float:
    """Return the tolerance of the mean cross-entropy ``right``."""
    return RELATIVE[X.dtype] * abs(right) + 16 * _eps(X) + 2 * float(logits(X, w).mean())


@remembered
def gradient(X: Tensor, ystar: Tensor, w: Tensor) -> Tensor:
    """Return the tolerance of each entry of the gradient: (d, C)."""
    X64 = X.double()
    p = torch.softmax(X64 @ w.double(), 1)
    off = 4 * p * (1 - p) * logits(X, w) + 8 * _eps(X)
    terms = X64.abs().T @ (ystar.double() - p).abs()
    return (X64.abs().T @ off + RELATIVE[X.dtype] * terms) / len(X)


@remembered
def momentum(m: Tensor, grad: Tensor, beta: float) -> Tensor:
    """Return the tolerance of the momentum β·m + grad, in the shape of ``m``."""
    # m + (grad − (1 − β)·m) is legitimate, and rounds at the scale of the larger of the two.
    return RELATIVE_STEP[m.dtype] * _reach(m, grad, beta) + 4 * _eps(m) * (m.double().abs() + grad.double().abs())


@remembered
def sgd_weights(w: Tensor, m: Tensor, grad: Tensor, eta: float, beta: float) -> Tensor:
    """Return the tolerance of w − η·(β·m + grad), in the shape of ``w``."""
    return RELATIVE_STEP[w.dtype] * w.double().abs() + eta * momentum(m, grad, beta)


@remembered
def moment(m: Tensor, new: Tensor, beta: float) -> Tensor:
    """Return the tolerance of a moment β·m + (1 − β)·new, in the shape of ``m``."""
    m, new, dtype = m.double().abs(), new.double().abs(), m.dtype
    # m + (1 − β)·(new − m) is legitimate, and rounds at the scale of the larger of the two.
    return RELATIVE_ADAM[dtype] * (beta * m + (1 - beta) * new) + 4 * torch.finfo(dtype).eps * (m + new)


@remembered
def adam_weights(w: Tensor, m: Tensor, v: Tensor, grad: Tensor, t: int, eta: float, beta_1: float, beta_2: float,
                 epsilon: float) -> Tensor:  # fmt: skip
    """Return the tolerance of Adam's new weights, in the shape of ``w``."""
    off = moment(m, grad, beta_1) / (1 - beta_1**t)
    reach = (beta_1 * m.double().abs() + (1 - beta_1) * grad.double().abs()) / (1 - beta_1**t)
    root = ((beta_2 * v.double() + (1 - beta_2) * grad.double() ** 2) / (1 - beta_2**t)).sqrt()
    rounding = 8 * _eps(w) * w.double().abs()
    return eta * (off + RELATIVE_ADAM[w.dtype] * reach) / (root + epsilon) + rounding


def _reach(m: Tensor, grad: Tensor, beta: float) -> Tensor:
    return beta * m.double().abs() + grad.double().abs()


@remembered
def of_call(function: str, dtype: torch.dtype, *arguments: Any) -> Any:
    """Return how far what a right answer gives back may be off when it works in ``dtype``, whatever the inputs are.

    In the form of what it gives back: a number, a tensor or a tuple of tensors. None for what a probe gives back.
    """
    if function not in _OF_CALLS:
        return None
    inputs = [value.to(dtype) if isinstance(value, Tensor) else value for value in arguments]
    given = inspect.signature(getattr(reference, function)).bind(*inputs)
    given.apply_defaults()
    return _OF_CALLS[function](*given.args)


def _of_loss(X: Tensor, ystar: Tensor, w: Tensor) -> float:
    return ce_loss(X, w, reference.CE_loss(X, ystar, w))


def _of_sgd(w: Tensor, m: Tensor, grad: Tensor, eta: float, beta: float) -> tuple[Tensor, ...]:
    return sgd_weights(w, m, grad, eta, beta), momentum(m, grad, beta)


def _of_adam(w: Tensor, m: Tensor, v: Tensor, grad: Tensor, t: int, eta: float, beta_1: float, beta_2: float,
             epsilon: float) -> tuple[Tensor, ...]:  # fmt: skip
    new_w = adam_weights(w, m, v, grad, t, eta, beta_1, beta_2, epsilon)
    return new_w, moment(m, grad, beta_1), moment(v, grad.double() ** 2, beta_2)


_OF_CALLS: dict[str, Callable[..., Any]] = {
    "CE_loss": _of_loss,
    "grad_func": gradient,
    "sgd_momentum_step": _of_sgd,
    "adam_step": _of_adam,
}
