"""How the networks are trained, and where right ones go in the first steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.judge.training.recipe import FirstSteps, Part, Recipe, Steps
from autograder.judge.training.training_data import MNIST_OR_DIGITS

from . import drivers, reference

CHANNELS = (8, 16, 32, 64, 64)
WIDE, NARROW = (784, 1200, 1200, 1200), (784, 200, 200, 200)
FIRST = 2  # steps that are followed: in the convnet rounding grows tenfold with each
SEEN = 32  # images whose output in evaluation is compared
WAY = 0.5  # of the way from the start: how far the first steps may lead astray; right ones differ by 0.13


class Network(nn.Module):
    """Layers, each followed by a normalising layer and ReLU; then the mean over pixels, if any, and a linear layer."""

    def __init__(self, layers: Sequence[nn.Module], features: Sequence[int]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norms = nn.ModuleList(reference.BatchNorm(number) for number in features)
        self.linear = nn.Linear(features[-1], 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, 10) of images in [0, 1]."""
        x = (x - drivers.MEAN) / drivers.STD
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = norm(layer(x)).relu()
        y: Tensor = self.linear(x.flatten(2).mean(2) if x.dim() > 2 else x)
        return y


def conv_net() -> Network:
    """Return the convnet."""
    sizes = pairwise((1, *CHANNELS))
    return Network([nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False) for a, b in sizes], CHANNELS)


def wide_mlp() -> Network:
    """Return the MLP as it is trained on a GPU."""
    return _mlp(WIDE)


def narrow_mlp() -> Network:
    """Return the MLP as it is trained on a CPU."""
    return _mlp(NARROW)


def _mlp(widths: Sequence[int]) -> Network:
    return Network([nn.Linear(a, b, bias=False) for a, b in pairwise(widths)], widths[1:])


def first_steps(first: FirstSteps, model: Network, momentum: float) -> Steps:
    """Yield the right numbers after each step, in float64, and how far right ones in float32 may be from them.

    What is told apart here is gross: a layer without its gradient through the statistics, another momentum, no
    statistics in evaluation. Each leads astray by all of the way that some tensor has gone, or by more, in the first
    step. Half of it is allowed: ReLU makes rounding errors large, and which variance it is is another test's business.
    """
    own = dict(model.double().train().state_dict())
    parameters = list(model.parameters())
    model.load_state_dict({name: first.start[name].double() for name in own})
    velocity = [torch.zeros_like(value) for value in parameters]
    for eta, (X, y) in zip(first.rates, first.batches, strict=False):
        with torch.enable_grad():
            loss = F.cross_entropy(model(X.double()), y)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for value, gradient, speed in zip(parameters, gradients, velocity, strict=True):
                value.sub_(speed.mul_(momentum).add_(gradient), alpha=eta)
            seen = model.eval()(X[torch.arange(SEEN) % len(X)].double())
            model.train()
        wanted = {name: value.clone() for name, value in model.state_dict().items()} | {drivers.SEEN: seen}
        yield {name: (value, _allowed(value, first.start[name].double())) for name, value in wanted.items()}


def _allowed(value: Tensor, start: Tensor) -> Tensor:
    return WAY * (value - start).abs().max().expand_as(value) + 1e-6 * (1 + value.abs())


def conv_net_steps(first: FirstSteps) -> Steps:
    """Yield the convnet's first steps."""
    return first_steps(first, conv_net(), 0.0)


def wide_mlp_steps(first: FirstSteps) -> Steps:
    """Yield the first steps of the MLP on a GPU."""
    return first_steps(first, wide_mlp(), 0.6)


def narrow_mlp_steps(first: FirstSteps) -> Steps:
    """Yield the first steps of the MLP on a CPU."""
    return first_steps(first, narrow_mlp(), 0.6)


_RIVALS = ("never-updated", "batch-in-evaluation", "momentum-swapped", "statistics-detached", "not-normalised")
_NORM = Part("BatchNorm", "batch_norm_layer")
_FUNCTION = Part("batch_norm", "batch_norm", stand_in="right_batch_norm")
_SAME: dict[str, Any] = {
    "data": MNIST_OR_DIGITS,
    "zeros": {drivers.SEEN: (SEEN, 10)},
    "state": (drivers.SEEN,),
    "followed": FIRST,
    "rivals": _RIVALS,
}

# By question.
RECIPES = {
    "converge_conv_net": Recipe(
        "conv_net",
        "batch_norm_layer",
        drivers.conv_net,
        {
            "network": Part("conv_net", "conv_net", stand_in="right_conv_net"),
            "norm": _NORM,
            "batch_norm": _FUNCTION,
        },
        etas=(0.05,),
        epochs={"MNIST": 1, "digits": 20},
        model=conv_net,
        batch=64,
        shape=(1, 28, 28),
        settings={"channels": list(CHANNELS), "momentum": 0.0, "first": FIRST},
        trajectory=conv_net_steps,
        on_gpu={"epochs": {"MNIST": 5, "digits": 20}},
        **_SAME,
    ),
    "converge_mlp": Recipe(
        "mlp",
        "batch_norm_layer",
        drivers.mlp,
        {"norm": _NORM, "batch_norm": _FUNCTION},
        etas=(0.1,),
        epochs={"MNIST": 3, "digits": 20},
        model=narrow_mlp,
        batch=128,
        settings={"widths": list(NARROW), "momentum": 0.6, "first": FIRST},
        trajectory=narrow_mlp_steps,
        on_gpu={
            "epochs": {"MNIST": 5, "digits": 20},
            "model": wide_mlp,
            "settings": {"widths": list(WIDE), "momentum": 0.6, "first": FIRST},
            "trajectory": wide_mlp_steps,
        },
        **_SAME,
    ),
}
