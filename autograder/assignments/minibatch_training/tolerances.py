"""How far a right answer may be from the reference: rounding of the inputs' dtype, at the scale of the numbers.

Every tolerance is absolute. In float32 ``x - logsumexp(x)`` is a right way to the logarithm of the softmax, and loses
the more the larger the logits are.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

RELATIVE = {torch.float64: 1e-9, torch.float32: 1e-6}
ACCURACY = 1e-6
TRAINED = 1e-5  # of the numbers that fit gives, and of the weights that it leaves


def logits(x: Tensor) -> float:
    """Return how far the logarithm of a softmax of x, or of a sum of exponentials, may be off."""
    largest = float(x.double().abs().max())
    return 4 * torch.finfo(x.dtype).eps * (largest + 4) + RELATIVE[x.dtype]


def probabilities(x: Tensor) -> float:
    """Return how far a softmax of x may be off: exp makes relative errors of absolute ones."""
    return 2 * logits(x)


def gradient(x: Tensor, weights: Tensor) -> float:
    """Return how far the gradient of a function of rows of x may be off, whose results are multiplied with weights."""
    return probabilities(x) * (1 + 2 * float(weights.double().abs().sum(1).max()))


def mean_loss(x: Tensor) -> float:
    """Return how far a mean of negative entries of x, or of its log-softmax, may be off."""
    return 2 * logits(x)


def loss_gradient(x: Tensor) -> float:
    """Return how far the gradient of a mean loss may be off."""
    return probabilities(x) / len(x) + torch.finfo(x.dtype).eps


def of_call(function: str, dtype: torch.dtype, *arguments: Any) -> Any:
    """Return how far what a right answer gives back may be off when it works in ``dtype``; None: by the usual rounding.

    ``function`` is the name of the student's function, or of the probe that tried it.
    """
    if function == "history":
        epochs = next(value for value in arguments if type(value) is int)
        return [[TRAINED, TRAINED] for _ in range(epochs)]
    if function == "measured":
        return {"pairs": of_call("history", dtype, *arguments)}
    if function == "accuracy":  # a float, or a tensor of any dtype
        return ACCURACY
    tensors = [value.to(dtype) for value in arguments if isinstance(value, Tensor) and value.is_floating_point()]
    if not tensors or tensors[0].numel() == 0:
        return None
    x = tensors[0]
    if function in ("softmax", "logsumexp", "log_softmax"):
        size = (len(x), 1) if function == "logsumexp" else x.shape
        return torch.full(size, probabilities(x), dtype=torch.float64)
    if function in ("nll", "cross_entropy", "loss"):
        return mean_loss(x)
    if function == "losses":
        return [mean_loss(x)] * len(arguments[-1])
    if function == "loss_and_inputs":
        return {"loss": mean_loss(x)}
    if function == "gradient":
        return torch.full(x.shape, gradient(x, tensors[1]), dtype=torch.float64)
    if function in ("loss_gradient", "logits_gradient"):
        return torch.full(x.shape, loss_gradient(x), dtype=torch.float64)
    return None
