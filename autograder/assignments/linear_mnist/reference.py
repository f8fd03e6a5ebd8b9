"""The right answers (the test oracle): torch's own loss, autograd and optimisers, computed in float64.

The functions have the names and parameters of the student's. Whatever the dtype of the inputs, the answers are
float64: how far a right answer in the inputs' dtype may be from them is said in ``tolerances``.

The optimisers are torch.optim's own functions, which its classes call: a class would import torch's compiler at its
first use, which takes seconds and 80 MB in every process that judges.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from autograder.judge.memo import remembered


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
    w, m, grad = _copies(w, m, grad)
    sgd(
        [w], [grad], [m], lr=eta, momentum=beta,
        foreach=False, weight_decay=0, dampening=0, nesterov=False, maximize=False,
    )  # fmt: skip
    # With momentum 0 torch.optim keeps no buffer at all; the formula's 0·m + grad is grad.
    return w, m if beta else grad


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
    w, m, v, grad = _copies(w, m, v, grad)
    steps = torch.tensor(float(t - 1))
    adam(
        [w], [grad], [m], [v], [], [steps], lr=eta, beta1=beta_1, beta2=beta_2, eps=epsilon,
        foreach=False, weight_decay=0, amsgrad=False, maximize=False,
    )  # fmt: skip
    return w, m, v


def _copies(*tensors: Tensor) -> list[Tensor]:
    """Return float64 copies: torch.optim's functions work in place."""
    return [tensor.double().clone() for tensor in tensors]
