"""What the hidden tests try out with students' functions of tensors.

This runs beside a student's code, as it stands here: it calls what they have written and writes down what came of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F


def right_log_softmax(x: Any, *options: Any, **more: Any) -> Any:
    """Torch's own, with the signature of the assignment's."""
    return F.log_softmax(x, 1)


def right_logsumexp(x: Any, *options: Any, **more: Any) -> Any:
    """Torch's own, with the signature of the assignment's."""
    return torch.logsumexp(x, 1, keepdim=True)


def right_softmax(x: Any, *options: Any, **more: Any) -> Any:
    """Torch's own, with the signature of the assignment's."""
    return torch.softmax(x, 1)


@contextmanager
def _finding(answer: Any, log_softmax: Any) -> Iterator[None]:
    """Have an answer find this log_softmax: the student's own, or a right one, then with all that goes with it."""
    others = {"log_softmax": inspect.unwrap(log_softmax)}
    if log_softmax is right_log_softmax:
        others |= {"logsumexp": right_logsumexp, "softmax": right_softmax}
    names = inspect.unwrap(answer).__globals__
    before = {name: names[name] for name in others if name in names}
    names.update(others)
    try:
        yield
    finally:
        for name in others:
            del names[name]
        names.update(before)


def gradient(function: Any, x: Any, weights: Any) -> Any:
    """The gradient of the sum of the entries of what comes back, each times one of the weights, with respect to x."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        value = function(x.clone())  # as logits are: made of something else
        return _gradient(value, x, weights)


def loss_gradient(function: Any, x: Any, y: Any) -> Any:
    """The gradient of the loss with respect to its first argument."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        value = function(x.clone(), y)
        return _gradient(value, x, None)


def _gradient(value: Any, x: Any, weights: Any) -> Any:
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        return "no gradient: what came back is not connected with what was given"
    if weights is None:
        weights = torch.ones_like(value)
    (found,) = torch.autograd.grad(value, x, weights.reshape(value.shape), allow_unused=True)
    return "no gradient: what came back does not depend on what was given" if found is None else found


def loss(cross_entropy: Any, log_softmax: Any, logits: Any, y: Any) -> Any:
    """What it gives for {logits:kind} and {y:len} labels."""
    with _finding(cross_entropy, log_softmax):
        return cross_entropy(logits, y)


def losses(cross_entropy: Any, log_softmax: Any, logits: Any, labels: list[Any]) -> list[Any]:
    """What it gives for {logits:kind}, with one list of labels after another."""
    with _finding(cross_entropy, log_softmax):
        return [cross_entropy(logits.clone(), y) for y in labels]


def loss_and_inputs(cross_entropy: Any, log_softmax: Any, logits: Any, y: Any) -> Any:
    """What it gives, and what its inputs are afterwards."""
    with _finding(cross_entropy, log_softmax):
        return {"loss": cross_entropy(logits, y), "logits": logits, "y": y}


def logits_gradient(cross_entropy: Any, log_softmax: Any, logits: Any, y: Any) -> Any:
    """The gradient of the loss with respect to the logits."""
    with _finding(cross_entropy, log_softmax):
        return loss_gradient(cross_entropy, logits, y)
