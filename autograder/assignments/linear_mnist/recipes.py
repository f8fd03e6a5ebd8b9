"""How the optimisers are trained with, and where right ones go in the first steps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from autograder.judge.training.recipe import Recipe, Steps

from . import reference, tolerances

BETA, BETA_1, BETA_2, EPSILON = 0.9, 0.9, 0.999, 1e-8
EPOCHS = {"MNIST": 10, "digits": 30}


def sgd_momentum(gradients: Sequence[Tensor], etas: Sequence[float]) -> Steps:
    """Yield torch.optim.SGD's w and m in float64 after each step from w = 0, and how far right ones may be from them.

    The gradients are those that the student's step was given: only the rounding of the steps adds up, which each step's
    tolerance bounds, and what has gone into m stays there, fading by beta.
    """
    w, m = torch.zeros_like(gradients[0]).double(), torch.zeros_like(gradients[0]).double()
    off_w, off_m = torch.zeros_like(w), torch.zeros_like(w)
    for grad, eta in zip(gradients, etas, strict=True):
        single = w.float(), m.float(), grad
        off_w = off_w + tolerances.sgd_weights(*single, eta, BETA) + eta * BETA * off_m
        off_m = BETA * off_m + tolerances.momentum(m.float(), grad, BETA)
        w, m = reference.sgd_momentum_step(w, m, grad.double(), eta, BETA)
        yield {"w": (w, off_w), "m": (m, off_m)}


def adam(gradients: Sequence[Tensor], etas: Sequence[float]) -> Steps:
    """Yield torch.optim.Adam's w, m and v, and tolerances, in the same way.

    1 − beta_2 in float32 is wrong by 5e-5 of its value in every step, so the error of m is one of the gradients' mean
    absolute value, which takes the place of m; that of v is one of v itself.
    """
    w, m, v = (torch.zeros_like(gradients[0]).double() for _ in range(3))
    reach, off_w, off_m, off_v = (torch.zeros_like(w) for _ in range(4))
    for t, (grad, eta) in enumerate(zip(gradients, etas, strict=True), start=1):
        settings = eta, BETA_1, BETA_2
        off_w = off_w + tolerances.adam_weights(w.float(), reach.float(), v.float(), grad, t, *settings, EPSILON)
        reach = BETA_1 * reach + (1 - BETA_1) * grad.double().abs()
        off_m = BETA_1 * off_m + tolerances.moment(m.float(), grad, BETA_1)
        off_v = BETA_2 * off_v + tolerances.moment(v.float(), grad**2, BETA_2)
        w, m, v = reference.adam_step(w, m, v, grad.double(), t, *settings, EPSILON)
        yield {"w": (w, off_w), "m": (m, off_m), "v": (v, off_v)}


_SGD_RIVALS = ("no-momentum", "ema", "nesterov", "step-first", "rate-inside", "dampening", "weight-decay")
_ADAM_RIVALS = (
    *("no-bias-correction", "m-not-corrected", "v-not-corrected", "t-too-large", "epsilon-inside-root"),
    *("correction-outside-root", "one-beta", "returns-corrected", "weight-decay"),
)
_PLAIN = "def other_step(w, state, grad, eta):\n    return w - eta * grad, None\n"

_SGD = ("w", "m", "grad", "eta", BETA)
_ADAM = ("w", "m", "v", "grad", "t", "eta")

# By question.
RECIPES = {
    "converge_sgd_momentum": Recipe(
        "sgd_momentum", "sgd_momentum", "sgd_momentum_step", _SGD, ("w", "m"), {"m": True},
        (0.1,), 0.9, EPOCHS, sgd_momentum, rivals=_SGD_RIVALS,
    ),
    "converge_adam": Recipe(
        "adam", "adam", "adam_step", _ADAM, ("w", "m", "v"), {"m": True, "v": True}, (1e-3,), 1.0, EPOCHS, adam,
        rivals=_ADAM_RIVALS,
    ),
    "converge_other": Recipe(
        "other", "other_optimiser", "other_step", ("w", "state", "grad", "eta"), ("w", "state"), {"state": False},
        (1e-3, 1e-2, 1e-1), 1.0, EPOCHS, baseline=_PLAIN,
    ),
}  # fmt: skip
