"""What claims try with a layer: what it returns and what it keeps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import alike

from .claims_of_batch_norm import X as ROWS

X = ROWS.float()
OTHER = 2 * X.flip(0) + 1
IMAGES = torch.randn(3, 2, 2, 4, generator=torch.Generator().manual_seed(3))
Q = "batch_norm_layer"
SMALL = 1e-4  # float32


def new(a: Any, features: int = 3, *settings: float) -> Any:
    """A new layer, in training."""
    return a.BatchNorm(features, *settings).train()


def flat(value: Any) -> Tensor:
    """The numbers of a buffer or parameter, whatever its shape: (features,)."""
    numbers: Tensor = value.detach().clone().reshape(-1)
    return numbers


def output(a: Any, x: Tensor = X, *settings: float) -> Tensor:
    """The output of a new layer in training."""
    made: Tensor = new(a, x.shape[1], *settings)(x.clone()).detach()
    return made


def kept(a: Any, name: str, *batches: Tensor, momentum: float = 0.5, eps: float = 1e-5) -> Tensor:
    """What a new layer keeps after some batches in training."""
    layer = new(a, batches[0].shape[1] if batches else 3, momentum, eps)
    for x in batches:
        layer(x.clone())
    return flat(getattr(layer, name))


def fill(layer: Any, **values: float) -> Any:
    """The layer, with all numbers of some of its parameters and buffers set to a value."""
    with torch.no_grad():
        for name, value in values.items():
            getattr(layer, name).fill_(value)
    return layer


def in_use(a: Any, x: Tensor = X, **values: float) -> Tensor:
    """The output of a new layer in evaluation, some of whose numbers are given."""
    made: Tensor = fill(new(a, x.shape[1]).eval(), **values)(x.clone()).detach()
    return made


def filled_output(a: Any, **values: float) -> Tensor:
    """The output of a new layer in training, some of whose numbers are given."""
    made: Tensor = fill(new(a), **values)(X.clone()).detach()
    return made


def spread(y: Tensor) -> Tensor:
    """The standard deviation of each column, with the biased variance."""
    return (y - y.mean(0)).square().mean(0).sqrt()


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors are the same to float32 accuracy."""
    return alike(one, other, SMALL, SMALL)
