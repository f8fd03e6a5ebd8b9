"""Claims of what doesn't fit together in conv_net."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .claim_tools import claim

Q = "conv_net"


def _error(a: Any) -> str:
    """What making or calling a network with norms raises: type and message, or nothing."""
    try:
        a.conv_net([2, 3], lambda features: nn.Identity())(torch.zeros(1, 1, 8, 8))
    except (RuntimeError, TypeError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


@claim(Q, "function-for-layer")
def _function_for_layer(a: Any) -> bool:
    return "is not a Module subclass" in _error(a)


@claim(Q, "channels-dont-fit")
def _channels_dont_fit(a: Any) -> bool:
    return "channels, but got" in _error(a)


@claim(Q, "convolution-for-linear")
def _convolution_for_linear(a: Any) -> bool:
    sizes = [tuple(w.shape) for w in a.conv_net([2, 3]).parameters()]
    return all(len(size) != 2 for size in sizes) and any(len(size) == 4 and size[0] == 10 for size in sizes)


@claim(Q, "linear-inputs-fixed")
def _linear_inputs_fixed(a: Any) -> bool:
    sizes = {w.shape[1] for c in (2, 3, 5) for w in a.conv_net([c]).parameters() if w.dim() == 2 and len(w) == 10}
    return len(sizes) == 1


@claim(Q, "norms-not-registered")
def _norms_not_registered(a: Any) -> bool:
    made: list[nn.Module] = []

    def norm(features: int) -> nn.Module:
        made.append(nn.BatchNorm2d(features))
        return made[-1]

    network = a.conv_net([2, 3], norm).eval()
    known = {id(parameter) for parameter in network.parameters()}
    return all(one.training and id(one.weight) not in known for one in made)


@claim(Q, "list-only")
def _list_only(a: Any) -> bool:
    fails = []
    for channels in ([2, 3], (2, 3)):
        try:
            a.conv_net(channels)
        except TypeError:
            fails.append(type(channels))
    return len(fails) == 1


@claim(Q, "layers-kept")
def _layers_kept(a: Any) -> bool:
    first, second = (len(list(a.conv_net([2, 3]).parameters())) for _ in range(2))
    return first < second


@claim(Q, "batch-squeezed")
def _batch_squeezed(a: Any) -> bool:
    return bool(a.conv_net([2, 3])(torch.zeros(1, 1, 8, 8)).dim() == 1)


@claim(Q, "changes-channels")
def _changes_channels(a: Any) -> bool:
    channels = [2, 3]
    a.conv_net(channels)
    return channels != [2, 3]
