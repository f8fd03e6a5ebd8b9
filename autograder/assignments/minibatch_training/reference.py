"""The right answers (the test oracle): torch's own, with the names and parameters of the students'.

Functions of tensors compute in float64, whatever the dtype of their inputs: how far a right answer in that dtype may be
from them is said in ``tolerances``. The classes are tried out by the same probes as the students'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.sgd import sgd
from torch.utils.data import default_collate

from autograder.judge.memo import remembered


@remembered
def softmax(x: Tensor) -> Tensor:
    """Return the softmax of each row: (N, C)."""
    return torch.softmax(x.double(), 1)


@remembered
def logsumexp(x: Tensor) -> Tensor:
    """Return the logarithm of each row's sum of exponentials: (N, 1)."""
    return torch.logsumexp(x.double(), 1, keepdim=True)


@remembered
def log_softmax(x: Tensor) -> Tensor:
    """Return the logarithm of the softmax of each row: (N, C)."""
    return torch.log_softmax(x.double(), 1)


@remembered
def nll(log_p: Tensor, y: Tensor) -> Tensor:
    """Return the mean over the rows of minus the logarithm of the label's probability, 0-dim."""
    return F.nll_loss(log_p.double(), y)


@remembered
def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
    """Return the mean cross-entropy, 0-dim."""
    return F.cross_entropy(logits.double(), y)


@remembered
def accuracy(logits: Tensor, y: Tensor) -> Tensor:
    """Return the fraction of rows whose largest logit is the label's, 0-dim."""
    return (logits.argmax(1) == y).double().mean()


@remembered
def gradient(function: str, x: Tensor, *others: Tensor) -> Tensor:
    """Return the gradient by autograd, in float64, with respect to the first argument of one of the functions above.

    Of a function of x alone what comes back is multiplied with ``others[0]``, entry by entry, and added up.
    """
    formulas: dict[str, Callable[..., Tensor]] = {
        "softmax": lambda x, weights: (torch.softmax(x, 1) * weights).sum(),
        "logsumexp": lambda x, weights: (torch.logsumexp(x, 1, keepdim=True) * weights).sum(),
        "log_softmax": lambda x, weights: (torch.log_softmax(x, 1) * weights).sum(),
        "nll": F.nll_loss,
        "cross_entropy": F.cross_entropy,
    }
    x = x.double().detach().requires_grad_()
    with torch.enable_grad():
        value = formulas[function](x, *others)
    return torch.autograd.grad(value, x)[0]


class Module(nn.Module):
    """Torch's own."""


class Sequential(Module):
    """Layers and functions, one after another."""

    def __init__(self, *layers: Any) -> None:
        super().__init__()
        self.layers = layers
        self.held = nn.ModuleList([layer for layer in layers if isinstance(layer, nn.Module)])

    def forward(self, x: Any) -> Any:
        """Return what the layers make of x."""
        for layer in self.layers:
            x = layer(x)
        return x

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, i: int) -> Any:
        return self.layers[i]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)


class SGD:
    """Gradient descent, by the function that torch.optim.SGD calls (a class would import torch's compiler)."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float = 0.1) -> None:
        self.parameters, self.lr = list(parameters), lr

    def step(self) -> None:
        """Take a step."""
        known = [one for one in self.parameters if one.grad is not None]
        gradients = [one.grad for one in known if one.grad is not None]
        with torch.no_grad():
            sgd(
                list(known), gradients, [None for _ in known], lr=self.lr,
                foreach=False, weight_decay=0, momentum=0, dampening=0, nesterov=False, maximize=False,
            )  # fmt: skip

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for one in self.parameters:
            one.grad = None


class Dataset(torch.utils.data.Dataset[Any]):
    """Examples and their labels."""

    def __init__(self, x: Tensor, y: Tensor) -> None:
        self.x, self.y = x, y

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: Any) -> Any:
        return self.x[i], self.y[i]


class Sampler:
    """Torch's SequentialSampler or RandomSampler."""

    def __init__(self, dataset: Any, shuffle: bool = False) -> None:
        kinds = torch.utils.data.SequentialSampler, torch.utils.data.RandomSampler
        self.own: Any = kinds[shuffle](dataset)

    def __len__(self) -> int:
        return len(self.own)

    def __iter__(self) -> Iterator[int]:
        return iter(self.own)


class BatchSampler(torch.utils.data.BatchSampler):
    """Torch's own, with a default."""

    def __init__(self, sampler: Any, batch_size: int, drop_last: bool = False) -> None:
        super().__init__(sampler, batch_size, drop_last)


def collate(samples: Iterable[tuple[Tensor, Any]]) -> Any:
    """Return what torch's default_collate makes of the samples."""
    return tuple(default_collate(list(samples)))


class DataLoader:
    """The samples of each batch, put together."""

    def __init__(self, dataset: Any, batch_sampler: Any, collate_fn: Callable[..., Any] = collate) -> None:
        self.dataset, self.batch_sampler, self.collate_fn = dataset, batch_sampler, collate_fn

    def __len__(self) -> int:
        return len(self.batch_sampler)

    def __iter__(self) -> Iterator[Any]:
        for indices in self.batch_sampler:
            yield self.collate_fn([self.dataset[i] for i in indices])


def fit(
    epochs: int,
    model: Any,
    loss_func: Callable[..., Tensor],
    optimizer: Any,
    train_loader: Iterable[tuple[Tensor, Tensor]],
    valid_loader: Iterable[tuple[Tensor, Tensor]],
) -> list[tuple[float, float]]:
    """Train, and return mean loss and accuracy over all validation examples after each epoch."""
    history = []
    for _ in range(epochs):
        model.train()
        for X, y in train_loader:
            optimizer.zero_grad()
            loss_func(model(X), y).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        model.eval()
        with torch.no_grad():
            parts = [(model(X), y) for X, y in valid_loader]
            logits, labels = torch.cat([some for some, _ in parts]), torch.cat([y for _, y in parts])
            history.append((float(loss_func(logits, labels)), float(accuracy(logits, labels))))
    return history
