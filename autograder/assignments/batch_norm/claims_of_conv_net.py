"""Claims of what is wrong with conv_net."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.judge.diagnosis.claims import alike

from .claim_tools import claim

IMAGES = torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(5))
Q = "conv_net"


class _Noting(nn.Module):
    """A norm that notes what goes into it."""

    def __init__(self, features: int, seen: list[Any]) -> None:
        super().__init__()
        self.features, self.seen = features, seen

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append((self.features, tuple(x.shape), float(x.min())))
        return x


def _asked(a: Any, channels: tuple[int, ...] = (2, 3, 5)) -> list[int]:
    """What norm is called with."""
    found: list[int] = []

    def norm(features: int) -> nn.Module:
        found.append(features)
        return nn.Identity()

    a.conv_net(list(channels), norm)
    return found


def _seen(a: Any, images: Tensor = IMAGES) -> list[Any]:
    """What goes into the norms."""
    found: list[Any] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        a.conv_net([4, 4], lambda features: _Noting(features, found))(images)
    return found


def _filled(network: Any, value: float) -> Any:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(value)
    return network


def _drawn(a: Any, channels: tuple[int, ...] = (4, 4)) -> Any:
    """A network whose linear layer only adds up."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = a.conv_net(list(channels))
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 2:
                parameter.fill_(1.0)
            elif parameter.shape == (10,):
                parameter.fill_(0.0)
    return network


def _vectors(a: Any, norm: Any = None) -> int:
    """The number of parameters that are vectors, the linear layer's bias apart."""
    return sum(p.dim() == 1 and p.shape != (10,) for p in a.conv_net([2, 3], norm).parameters())


@claim(Q, "no-last-relu")
def _no_last_relu(a: Any) -> bool:
    return any(bool((_drawn(a, (c, c))(10 * IMAGES) < 0).any()) for c in (3, 4, 5, 6, 7))


@claim(Q, "no-relu")
def _no_relu(a: Any) -> bool:
    network = _drawn(a)
    zero = network(0 * IMAGES)
    return alike(network(10 * IMAGES) - zero, 10 * (network(IMAGES) - zero), 1e-4) and _no_last_relu(a)


@claim(Q, "norm-after-relu")
def _norm_after_relu(a: Any) -> bool:
    seen = _seen(a)
    return bool(seen) and all(least >= 0 for _, _, least in seen)


@claim(Q, "always-bias")
def _always_bias(a: Any) -> bool:
    return _vectors(a, lambda features: nn.Identity()) > 0


@claim(Q, "never-bias")
def _never_bias(a: Any) -> bool:
    return _vectors(a) == 0


@claim(Q, "bias-inverted")
def _bias_inverted(a: Any) -> bool:
    return _always_bias(a) and _never_bias(a)


@claim(Q, "norm-ignored")
def _norm_ignored(a: Any) -> bool:
    return _asked(a) == []


@claim(Q, "norm-of-inputs")
def _norm_of_inputs(a: Any) -> bool:
    return _asked(a) == [1, 2, 3]


@claim(Q, "norm-first-block")
def _norm_first_block(a: Any) -> bool:
    return 0 < len(_asked(a)) < 3


@claim(Q, "norm-not-last")
def _norm_not_last(a: Any) -> bool:
    return 5 not in _asked(a)


@claim(Q, "norm-before-convolution")
def _norm_before_convolution(a: Any) -> bool:
    return 1 in _asked(a)


@claim(Q, "norm-on-logits")
def _norm_on_logits(a: Any) -> bool:
    return len(_asked(a)) > 3


def _height(a: Any) -> int:
    """The height of the first convolution's output for images of 8×8 pixels."""
    return int(_seen(a)[0][1][2])


@claim(Q, "stride-one")
def _stride_one(a: Any) -> bool:
    return _height(a) > 5


@claim(Q, "no-padding")
def _no_padding(a: Any) -> bool:
    return _height(a) < 4


@claim(Q, "padding-two")
def _padding_two(a: Any) -> bool:
    return _height(a) == 5


@claim(Q, "kernel-five")
def _kernel_five(a: Any) -> bool:
    sizes = [p.shape[2:] for p in a.conv_net([2, 3]).parameters() if p.dim() == 4]
    return bool(sizes) and (3, 3) not in sizes


@claim(Q, "largest-pixel")
def _largest_pixel(a: Any) -> bool:
    network, one = _filled(a.conv_net([1]), 1.0), torch.zeros(1, 1, 8, 8)
    one[0, 0, 0, 0] = 5.0
    two = one.clone()
    two[0, 0, 7, 7] = 1.0
    return alike(network(one), network(two))


@claim(Q, "sum-of-pixels")
def _sum_of_pixels(a: Any) -> bool:
    network, image = _filled(a.conv_net([1]), 1.0), torch.zeros(1, 1, 16, 16)
    return bool((network(image) > 8).all())  # 64 pixels of 1, and the bias


@claim(Q, "no-pooling")
def _no_pooling(a: Any) -> bool:
    network = a.conv_net([2])
    network(IMAGES)
    try:
        network(F.pad(IMAGES, (4, 4, 4, 4)))
    except RuntimeError:
        return True
    return False


@claim(Q, "linear-without-bias")
def _linear_without_bias(a: Any) -> bool:
    return all(p.shape != (10,) for p in a.conv_net([2, 3]).parameters())


@claim(Q, "softmax")
def _softmax(a: Any) -> bool:
    made, ones = a.conv_net([2, 3])(IMAGES), torch.ones(2)
    return alike(made.sum(1), ones, 1e-4) or alike(made.exp().sum(1), ones, 1e-4)


@claim(Q, "relu-on-logits")
def _relu_on_logits(a: Any) -> bool:
    return bool((_filled(a.conv_net([2, 3]), -1.0)(IMAGES) >= 0).all())


@claim(Q, "other-activation")
def _other_activation(a: Any) -> bool:
    return not alike(_filled(a.conv_net([2, 3]), -0.1)(IMAGES), torch.full((2, 10), -0.1), 1e-4)


@claim(Q, "one-network")
def _one_network(a: Any) -> bool:
    first, second = (list(a.conv_net([2, 3]).parameters()) for _ in range(2))
    return any(one is other for one in first for other in second)


@claim(Q, "own-start")
def _own_start(a: Any) -> bool:
    sizes = [float(p.abs().max()) * p[0].numel() ** 0.5 for p in a.conv_net([8, 8]).parameters() if p.dim() > 1]
    biases = [p for p in a.conv_net([8, 8]).parameters() if p.dim() == 1]
    return not all(0.5 < size <= 1.001 for size in sizes) or any(bool((b == b[0]).all()) for b in biases)


@claim(Q, "one-norm-for-all")
def _one_norm_for_all(a: Any) -> bool:
    made = a.conv_net([4, 4], lambda features: nn.Identity()).modules()
    return sum(isinstance(module, nn.Identity) for module in made) == 1


@claim(Q, "not-registered")
def _not_registered(a: Any) -> bool:
    return not any(p.dim() == 4 for p in a.conv_net([2, 3]).parameters())


@claim(Q, "stride-one-somewhere")
def _stride_one_somewhere(a: Any) -> bool:
    return [shape[2] for _, shape, _ in _seen(a)] in ([8, 4], [4, 4])


@claim(Q, "one-image-size")
def _one_image_size(a: Any) -> bool:
    network = a.conv_net([2, 3])
    fits = []
    for size in (1, 4, 20, 28):
        try:
            network(torch.zeros(1, 1, size, size))
        except RuntimeError:
            continue
        fits.append(size)
    return fits in ([28], [1, 4])  # of one size: 28 pixels, or those that leave one pixel


@claim(Q, "linear-bias-like-convolutions")
def _linear_bias_like_convolutions(a: Any) -> bool:
    without, with_norm = a.conv_net([2, 3]), a.conv_net([2, 3], lambda features: nn.Identity())
    return [any(p.shape == (10,) for p in one.parameters()) for one in (without, with_norm)] == [True, False]


@claim(Q, "norm-not-first")
def _norm_not_first(a: Any) -> bool:
    return 2 not in _asked(a) and 5 in _asked(a)


@claim(Q, "block-missing")
def _block_missing(a: Any) -> bool:
    return len([p for p in a.conv_net([2, 3, 5]).parameters() if p.dim() == 4]) < 3


@claim(Q, "same-padding")
def _same_padding(a: Any) -> bool:
    try:
        a.conv_net([2])
    except ValueError as error:
        return "padding='same'" in str(error)
    return False


@claim(Q, "pooled-twice")
def _pooled_twice(a: Any) -> bool:
    return [shape[2] for _, shape, _ in _seen(a, torch.zeros(1, 1, 16, 16))] == [8, 2]


@claim(Q, "hidden-layer")
def _hidden_layer(a: Any) -> bool:
    return len([p for p in a.conv_net([2, 3]).parameters() if p.dim() == 2]) > 1


@claim(Q, "other-classes")
def _other_classes(a: Any) -> bool:
    return bool(a.conv_net([2, 3])(IMAGES).shape[1] != 10)


@claim(Q, "one-norm-at-the-end")
def _one_norm_at_the_end(a: Any) -> bool:
    return _asked(a) == [5]
