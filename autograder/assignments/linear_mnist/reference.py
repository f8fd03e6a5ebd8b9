"""The right answers (the test oracle): torch's own loss, autograd and optimisers, computed in float64.

The functions have the names and parameters of the student's. Whatever the dtype of the inputs, the answers are
float64: how far a right answer in the inputs' dtype may be from them is said in ``tolerances``.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.judge.remembered import remembered


@remembered
def CE_loss(X: Tensor, ystar: Tensor, w: Tensor) -> float:  # noqa: N802 - the assignment's name
    """Return the mean cross-entropy of ``softmax(X w)`` against one-hot ``ystar``.

    X (N, d), ystar (N, C), w (d, C), all of one dtype.
    """
    return float(F.cross_entropy(X.double() @ w.double(), ystar.double()))


@remembered
def grad_func(X: Tensor, ystar: Tensor, w: Tensor) -> Tensor:
    """Return the gradient of ``CE_loss`` with respect to ``w``: (d, C), float64, by autograd."""
    weights = w.double().clone().requires_grad_()
    with torch.enable_grad():
        loss = F.cross_entropy(X.double() @ weights, ystar.double())
    return torch.autograd.grad(loss, weights)[0]


@remembered
def sgd_momentum_step(w: Tensor, m: Tensor, grad: Tensor, eta: float, beta: float) -> tuple[Tensor, Tensor]:
    """Return (w, m) after one step of ``torch.optim.SGD(lr=eta, momentum=beta)`` from momentum ``m``, in float64."""
    weights = _parameter(w, grad)
    optimiser = torch.optim.SGD([weights], lr=eta, momentum=beta, foreach=False)
    optimiser.state[weights]["momentum_buffer"] = m.double().clone()
    optimiser.step()
    # With momentum 0 torch.optim keeps no buffer at all; the formula's 0·m + grad is grad.
    return weights.detach(), optimiser.state[weights]["momentum_buffer"] if beta else grad.double()


@remembered
def adam_step(
    w: Tensor,
    m: Tensor,
    v: Tensor,
    grad: Tensor,
    t: int,
    eta: float = 1e-3,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return (w, m, v) after step number ``t`` (from 1) of ``torch.optim.Adam`` with moments m, v, in float64.

    Kingma & Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1; the moments are uncorrected.
    """
    weights = _parameter(w, grad)
    optimiser = torch.optim.Adam([weights], lr=eta, betas=(beta_1, beta_2), eps=epsilon, foreach=False)
    state = {"step": torch.tensor(float(t - 1)), "exp_avg": m.double().clone(), "exp_avg_sq": v.double().clone()}
    optimiser.state[weights].update(state)
    optimiser.step()
    return weights.detach(), optimiser.state[weights]["exp_avg"], optimiser.state[weights]["exp_avg_sq"]


def _parameter(w: Tensor, grad: Tensor) -> Tensor:
    weights = w.double().clone().requires_grad_()
    weights.grad = grad.double().clone()
    return weights
