"""How the optimisers are trained with, and where right ones go in the first steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from autograder.judge.training.recipe import FirstSteps, Part, Recipe, Steps
from autograder.judge.training.training_data import MNIST_OR_DIGITS

from . import drivers, reference, tolerances

BETA, BETA_1, BETA_2, EPSILON = 0.9, 0.9, 0.999, 1e-8
EPOCHS = {"MNIST": 10, "digits": 30}


def sgd_momentum(first: FirstSteps) -> Steps:
    """Yield torch.optim.SGD's w and m in float64 after each step from w = 0, and how far right ones may be from them.

    The gradients are those that the student's step was given: only the rounding of the steps adds up, which each step's
    tolerance bounds, and what has gone into m stays there, fading by beta.
    """
    w, m = first.start["w"].double(), first.start["m"].double()
    off_w, off_m = torch.zeros_like(w), torch.zeros_like(w)
    for grad, eta in zip(first.told, first.rates, strict=True):
        single = w.float(), m.float(), grad
        off_w = off_w + tolerances.sgd_weights(*single, eta, BETA) + eta * BETA * off_m
        off_m = BETA * off_m + tolerances.momentum(m.float(), grad, BETA)
        w, m = reference.sgd_momentum_step(w, m, grad.double(), eta, BETA)
        yield {"w": (w, off_w), "m": (m, off_m)}


def adam(first: FirstSteps) -> Steps:
    """Yield torch.optim.Adam's w, m and v, and tolerances, in the same way.

    1 − beta_2 in float32 is wrong by 5e-5 of its value in every step, so the error of m is one of the gradients' mean
    absolute value, which takes the place of m; that of v is one of v itself.
    """
    w, m, v = (first.start[name].double() for name in ("w", "m", "v"))
    reach, off_w, off_m, off_v = (torch.zeros_like(w) for _ in range(4))
    for t, (grad, eta) in enumerate(zip(first.told, first.rates, strict=True), start=1):
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
_GRADIENT = Part("grad_func", "grad_func", stand_in="", told=True)
_W = (784, 10)


def _logits(weights: Mapping[str, Tensor], X: Tensor) -> Tensor:
    return (weights["w"].t().contiguous() @ X.t()).t()  # with so few classes X @ w takes twice as long


def _right_gradient(X: Tensor, ystar: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    """Return what ``reference.grad_func`` does, up to rounding in float64: X^T (softmax(X w) - ystar) / N.

    The judge is asked for it in each of thousands of steps, and never twice for the same: autograd takes twice as
    long, and remembering would push out what other tests ask for again.
    """
    X64 = X.double()
    p = torch.softmax(weights["w"].double().t().contiguous() @ X64.t(), 0)
    return ((p - ystar.double().t()) @ X64).t() / len(X)


def _gradient_tolerance(X: Tensor, ystar: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    return tolerances.gradient(X, ystar, weights["w"])


_SAME: Any = {
    "data": MNIST_OR_DIGITS,
    "epochs": EPOCHS,
    "one_hot": True,
    "logits": _logits,
    "helped": _right_gradient,
    "tolerance": _gradient_tolerance,
}

# By question.
RECIPES = {
    "converge_sgd_momentum": Recipe(
        "sgd_momentum",
        "sgd_momentum",
        drivers.sgd_momentum,
        {"gradient": _GRADIENT, "step": Part("sgd_momentum_step", "sgd_momentum")},
        etas=(0.1,),
        decay=0.9,
        zeros={"w": _W, "m": _W},
        state=("m",),
        trajectory=sgd_momentum,
        rivals=_SGD_RIVALS,
        **_SAME,
    ),
    "converge_adam": Recipe(
        "adam",
        "adam",
        drivers.adam,
        {"gradient": _GRADIENT, "step": Part("adam_step", "adam")},
        etas=(1e-3,),
        zeros={"w": _W, "m": _W, "v": _W},
        state=("m", "v"),
        trajectory=adam,
        rivals=_ADAM_RIVALS,
        **_SAME,
    ),
    "converge_other": Recipe(
        "other",
        "other_optimiser",
        drivers.other,
        {"gradient": _GRADIENT, "step": Part("other_step", "other_optimiser")},
        etas=(1e-3, 1e-2, 1e-1),
        zeros={"w": _W},
        baseline=_PLAIN,
        **_SAME,
    ),
}
