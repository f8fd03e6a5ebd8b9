"""What claims ask of batch_norm_grad."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .claims_of_batch_norm import ONE, TINY, X

DY = torch.tensor([[1.0, -0.5, 2.0], [0.5, 1.5, -1.0], [-2.0, 0.0, 1.0], [0.25, 3.0, 0.5], [1.0, -1.0, 0.75]]).double()
Q = "batch_norm_grad"


def gradients(a: Any, dy: Tensor = DY, x: Tensor = X, gamma: Tensor = ONE, eps: float = TINY) -> list[Tensor]:
    """All three gradients, in float64."""
    found = a.batch_norm_grad(dy.clone(), x.clone(), gamma.clone(), eps)
    return [torch.as_tensor(part).double() for part in found]


def dx(a: Any, dy: Tensor = DY, x: Tensor = X, gamma: Tensor = ONE, eps: float = TINY) -> Tensor:
    """The gradient with respect to x: (N, d)."""
    return gradients(a, dy, x, gamma, eps)[0]


def dgamma(a: Any, dy: Tensor = DY, x: Tensor = X, gamma: Tensor = ONE, eps: float = TINY) -> Tensor:
    """The gradient with respect to gamma: (d,)."""
    return gradients(a, dy, x, gamma, eps)[1]


def dbeta(a: Any, dy: Tensor = DY, x: Tensor = X, gamma: Tensor = ONE, eps: float = TINY) -> Tensor:
    """The gradient with respect to beta: (d,)."""
    return gradients(a, dy, x, gamma, eps)[2]
