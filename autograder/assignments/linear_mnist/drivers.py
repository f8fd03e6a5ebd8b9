"""How the optimisers train: with your gradient and your step, one mini-batch after another, from w = 0.

This runs beside a student's functions, as it stands here. ``batches`` gives the mini-batches of an epoch each time one
goes through it: X (N, 784), one-hot ystar (N, 10). Where the right gradient takes the place of the student's,
``gradient`` is None, and the grader is asked for it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch

Steps = Generator[Any, Any, None]


def sgd_momentum(gradient: Any, step: Any, start: dict[str, Any], settings: dict[str, Any], batches: Any) -> Steps:
    """Train with ``sgd_momentum_step(w, m, grad, eta, 0.9)``."""
    w, m = start["w"], start["m"]
    for eta in settings["etas"]:
        for X, ystar in batches:
            grad = yield from _gradient(gradient, X, ystar, w)
            w, m = _several(step(w, m, grad, eta, 0.9), "w", "m")
            w = _single(w)
            yield {"w": w, "m": m}


def adam(gradient: Any, step: Any, start: dict[str, Any], settings: dict[str, Any], batches: Any) -> Steps:
    """Train with ``adam_step(w, m, v, grad, t, eta)``; t counts the steps from 1."""
    w, m, v, t = start["w"], start["m"], start["v"], 0
    for eta in settings["etas"]:
        for X, ystar in batches:
            t += 1
            grad = yield from _gradient(gradient, X, ystar, w)
            w, m, v = _several(step(w, m, v, grad, t, eta), "w", "m", "v")
            w = _single(w)
            yield {"w": w, "m": m, "v": v}


def other(gradient: Any, step: Any, start: dict[str, Any], settings: dict[str, Any], batches: Any) -> Steps:
    """Train with ``other_step(w, state, grad, eta)``; the state is None at first, then what the step makes of it."""
    w, state = start["w"], None
    for eta in settings["etas"]:
        for X, ystar in batches:
            grad = yield from _gradient(gradient, X, ystar, w)
            w, state = _several(step(w, state, grad, eta), "w", "state")
            w = _single(w)
            yield {"w": w}


def _gradient(gradient: Any, X: Any, ystar: Any, w: Any) -> Generator[Any, Any, Any]:
    """Return ``grad_func(X, ystar, w)``, or the right gradient."""
    if gradient is None:
        return (yield "gradient", {"w": w})
    grad = gradient(X, ystar, w)
    if not isinstance(grad, torch.Tensor):
        raise TypeError(f"it returned {_kind(grad)}, not a tensor")
    return grad


def _several(back: Any, *names: str) -> Any:
    """Check that a step gave back a tuple or list of as many values."""
    if not isinstance(back, tuple | list) or len(back) != len(names):
        raise TypeError(f"it returned {_kind(back)}, not ({', '.join(names)})")
    return back


def _single(w: Any) -> Any:
    """Return w in float32, as each step is given it."""
    if isinstance(w, torch.Tensor) and w.is_floating_point() and w.dtype is not torch.float32:
        return w.float()
    return w


def _kind(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        size = "×".join(map(str, value.shape)) or "0-dimensional"
        return f"a {size} {str(value.dtype).removeprefix('torch.')} tensor"
    if isinstance(value, tuple | list):
        return f"{len(value)} values"
    return "nothing (None)" if value is None else f"an object of type {type(value).__name__}"
