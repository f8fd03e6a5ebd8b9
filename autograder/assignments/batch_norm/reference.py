"""The right answers (the test oracle): torch's own normalisation, autograd and layers.

Functions and classes have the names and parameters of the student's. The functions compute in float64, whatever the
dtype of the inputs: how far a right answer in the inputs' dtype may be from them is said in ``tolerances``. The classes
compute in the dtype of what they are given; the hidden tests give them float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.judge.memo import remembered


@remembered
def standardise(train: Tensor, test: Tensor) -> tuple[Tensor, Tensor]:
    """Return both minus the mean of all of ``train``, divided by its standard deviation, in float64."""
    mean, std = train.double().mean(), train.double().std(correction=0)
    return (train.double() - mean) / std, (test.double() - mean) / std


@remembered
def batch_norm(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-5) -> Tensor:
    """Return ``F.batch_norm`` of x (N, d) in training, N ≥ 2, with scale gamma and shift beta (d,), in float64."""
    return F.batch_norm(x.double(), None, None, gamma.double(), beta.double(), training=True, eps=eps)


@remembered
def with_unbiased_variance(x: Tensor, gamma: Tensor, beta: Tensor, eps: float = 1e-5) -> Tensor:
    """Return the same with the variance that divides by N − 1: wrong, and right in all that isn't about that."""
    return _normalised(x.double(), gamma.double(), beta.double(), eps)


def _normalised(x: Tensor, gamma: Tensor, beta: Tensor, eps: float) -> Tensor:
    return gamma * (x - x.mean(0)) / (x.var(0, correction=1) + eps).sqrt() + beta


@remembered
def batch_norm_grad(dy: Tensor, x: Tensor, gamma: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients (dx (N, d), dgamma (d,), dbeta (d,)) of a loss whose gradient with respect to
    ``batch_norm(x, gamma, beta, eps)`` is dy (N, d): by autograd, in float64.
    """  # fmt: skip

    def normalised(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)

    return _gradients(normalised, dy, x, gamma)


@remembered
def grad_with_unbiased_variance(
    dy: Tensor, x: Tensor, gamma: Tensor, eps: float = 1e-5
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the same for the variance that divides by N − 1."""
    return _gradients(lambda x, gamma, beta: _normalised(x, gamma, beta, eps), dy, x, gamma)


def _gradients(
    normalised: Callable[..., Tensor], dy: Tensor, x: Tensor, gamma: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    leaves = [value.double().clone().requires_grad_() for value in (x, gamma, torch.zeros_like(gamma))]
    with torch.enable_grad():
        y = normalised(*leaves)
    dx, dgamma, dbeta = torch.autograd.grad(y, leaves, dy.double())
    return dx, dgamma, dbeta


class BatchNorm(nn.Module):
    """Batch normalisation of (N, features) and (N, features, H, W), with torch's own function."""

    mean: Tensor
    var: Tensor

    def __init__(self, features: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gamma, self.beta = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("var", torch.ones(features))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise with the batch's statistics in training, with the running ones in evaluation."""
        running = self.mean, self.var, self.gamma, self.beta
        return F.batch_norm(x, *running, self.training, self.momentum, self.eps)


class UnbiasedBatchNorm(BatchNorm):
    """The same, but for the variance that a batch is normalised with: it divides by N − 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise with the unbiased variance in training."""
        if not self.training:
            return super().forward(x)
        rows = x.movedim(1, -1)
        y = _normalised(rows.reshape(-1, rows.shape[-1]), self.gamma, self.beta, self.eps)
        return y.reshape(rows.shape).movedim(-1, 1)


def conv_net(channels: Sequence[int], norm: Callable[[int], nn.Module] | None = None) -> nn.Module:
    """Return the convnet: a 3×3 convolution of stride 2, ``norm`` and ReLU for each of the channels; mean; linear."""
    layers: list[nn.Module] = []
    for before, after in zip([1, *channels], channels, strict=False):
        layers.append(nn.Conv2d(before, after, 3, stride=2, padding=1, bias=norm is None))
        layers += [norm(after)] if norm is not None else []
        layers.append(nn.ReLU())
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels[-1], 10))


def evaluate(
    model: nn.Module, loss_func: Callable[[Tensor, Tensor], Tensor], loader: Iterable[tuple[Tensor, Tensor]]
) -> tuple[float, float]:
    """Return mean loss and accuracy over all examples of a loader, in evaluation mode and without a graph."""
    was_training = model.training
    model.eval()
    loss, right, count = 0.0, 0, 0
    with torch.no_grad():
        for X, y in loader:
            logits = model(X)
            loss += float(loss_func(logits, y)) * len(y)
            right += int((logits.argmax(1) == y).sum())
            count += len(y)
    model.train(was_training)
    return loss / count, right / count


def error_ratio(accuracy: float, accuracy_bn: float) -> float:
    """Return the share of the errors that are left with batch normalisation."""
    return (1 - float(accuracy_bn)) / (1 - float(accuracy))
