"""Hypothesis strategies for the inputs: small batches with readable numbers, columns far from 0, images.

Each strategy is made once, and makes few draws: see ``judge.tensor_strategies``.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.tensor_strategies import DTYPES, QUARTERS, filled, formats, laid_out

from . import probes, probes_networks

SCALES = (1.0, 0.5, 2.0, -1.0, 1.5, -0.25, 0.0)
SHIFTS = (0.0, 0.5, -1.0, 2.0, -0.25)
CONSTANTS = (0.0, -0.5, 7.25)  # exact in float32, as is their mean
OTHER_EPS = 2.0  # s + eps is never the root of s² + eps
NO_EPS = 1e-12  # where what is asked isn't about eps


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs of ``batch_norm`` and its gradient: x and dy (N, d), gamma and beta (d,), all of one dtype."""

    x: Tensor
    gamma: Tensor
    beta: Tensor
    dy: Tensor

    @property
    def plain(self) -> tuple[Tensor, Tensor, Tensor]:
        """(x, gamma, beta) that scale and shift nothing."""
        return self.x, torch.ones_like(self.gamma), torch.zeros_like(self.beta)


def _spread_out(x: Tensor) -> Tensor:
    """Return x without constant columns."""
    constant = (x == x[0]).all(0)
    x[0, constant] += 1
    return x


@functools.cache
@st.composite
def batches(draw: st.DrawFn, least: int = 3, dtype: torch.dtype | None = None) -> Batch:
    """Draw a small batch of ``least`` examples or more, without constant columns."""
    n, d = draw(st.integers(least, 6)), draw(st.integers(1, 4))
    *layouts, drawn = draw(formats(2))
    x, dy, gamma, beta = draw(filled((QUARTERS, (n, d)), (QUARTERS, (n, d)), (SCALES, (d,)), (SHIFTS, (d,))))
    x, dy = (laid_out(part.to(dtype or drawn), one) for part, one in zip((_spread_out(x), dy), layouts, strict=True))
    return Batch(x, gamma.to(dtype or drawn), beta.to(dtype or drawn), dy)


@functools.cache
@st.composite
def batches_with_constants(draw: st.DrawFn) -> Batch:
    """Draw a small batch with a constant column in front."""
    batch = draw(batches(2))
    one, n = torch.ones_like(batch.gamma[:1]), len(batch.x)
    x, dy = one.expand(n, 1) * draw(st.sampled_from(CONSTANTS)), torch.arange(n).to(one).view(n, 1)
    return Batch(
        torch.cat([x, batch.x], 1),
        torch.cat([one, batch.gamma]),
        torch.cat([one, batch.beta]),
        torch.cat([dy, batch.dy], 1),
    )


@functools.cache
@st.composite
def far_batches(draw: st.DrawFn) -> Batch:
    """Draw a larger batch, from a seed, whose columns are up to a thousand times their spread away from 0."""
    dtype, seed = draw(st.sampled_from(DTYPES)), draw(st.integers(0, 10_000))
    generator = torch.Generator().manual_seed(seed)
    x, dy = torch.randn(2, 50, 4, generator=generator, dtype=torch.float64)
    offset = torch.tensor([1000.0, -500.0, 300.0, 0.0], dtype=torch.float64)
    ones = torch.ones(4, dtype=dtype)
    return Batch((x + offset).to(dtype), ones, 0 * ones, (dy + 0.5).to(dtype))


@functools.cache
@st.composite
def far_pairs(draw: st.DrawFn) -> Batch:
    """Draw batches of two examples, from a seed, whose columns are a thousand times their spread away from 0."""
    return of_far_pairs(draw(st.integers(0, 10_000)), draw(st.sampled_from(DTYPES)))


def of_far_pairs(seed: int, dtype: torch.dtype) -> Batch:
    """Return two examples of many features: sums of two are rounded once, and in the same way on every machine.

    So what a sum of squares makes of them is the same noise everywhere, by which it is known again.
    """
    spread, dy = torch.rand(2, 32, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    ones = torch.ones(32, dtype=dtype)
    x = 1000 + (1 + spread) * torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
    return Batch(x.to(dtype), ones, 0 * ones, torch.stack([dy, -dy]).to(dtype))


@functools.cache
@st.composite
def image_sets(draw: st.DrawFn, more_tests: bool = False) -> tuple[Tensor, Tensor]:
    """Draw few images to train on and fewer to test with, or more (``more_tests``), from a seed, some brighter.

    Some are laid out in memory from the last image to the first axis, as a transposed tensor is.
    """
    shape, dtype = draw(st.sampled_from([(784,), (1, 28, 28)])), draw(st.sampled_from(DTYPES))
    n, m, seed = draw(st.integers(4, 8)), draw(st.integers(1, 3)), draw(st.integers(0, 10_000))
    m += n if more_tests else 0
    generator = torch.Generator().manual_seed(seed)
    pixels = torch.rand(n + m, *shape, generator=generator, dtype=torch.float64)
    train, test = of_images(pixels[:n], dtype), (pixels[n:] ** 2).to(dtype)
    if draw(st.booleans()):
        train, test = reversed_in_memory(train, test)
    return train, test


def of_images(pixels: Tensor, dtype: torch.dtype) -> Tensor:
    """Return images to train on, some brighter than others, none of them white: nearly all numbers are unlike.

    An eighth of their pixels is 0, as the background of a digit is.
    """
    brightness = torch.linspace(0.25, 0.75, len(pixels), dtype=torch.float64)
    bright = (pixels.transpose(0, -1) ** 4 * brightness).transpose(0, -1)
    return torch.where(pixels < 1 / 8, 0, bright).to(dtype)


def reversed_in_memory(*sets: Tensor) -> tuple[Tensor, ...]:
    """Return the same numbers, with the first axis last in memory: nothing can be viewed as one long row."""
    return tuple(one.transpose(0, -1).contiguous().transpose(0, -1) for one in sets)


@functools.cache
@st.composite
def maps(draw: st.DrawFn, count: int = 1, least: int = 3) -> list[Tensor]:
    """Draw ``count`` float32 batches (N, features, H, W) with at least ``least`` numbers a feature, none constant."""
    features, found = draw(st.integers(1, 3)), []
    for _ in range(count):
        n, height, width = draw(st.sampled_from([(3, 1, 1), (1, 3, 1), (1, 2, 2), (2, 3, 2), (2, 1, 4)]))
        (numbers,) = draw(filled((QUARTERS, (max(n * height * width, least), features))))
        rows = _spread_out(numbers)[: n * height * width]
        found.append(rows.reshape(n, height, width, features).permute(0, 3, 1, 2).contiguous().float())
    return found


@functools.cache
@st.composite
def rows(draw: st.DrawFn, count: int = 1, least: int = 3, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """Draw ``count`` batches (N, features) of different sizes from ``least`` up, without constant columns."""
    features = draw(st.integers(1, 3))
    sizes = [draw(st.integers(least, 6)) for _ in range(count)]
    parts = draw(filled(*[(QUARTERS, (n, features)) for n in sizes]))
    return [_spread_out(part).to(dtype) for part in parts]


def with_a_constant(batches: list[Tensor]) -> list[Tensor]:
    """Return batches with one more feature in front, which is constant."""
    return [torch.cat([torch.full_like(x[:, :1], 7.25), x], 1) for x in batches]


def anyhow_in_memory(batches: list[Tensor]) -> list[Tensor]:
    """Return the same numbers with the last two axes in the other order in memory: no view makes them one."""
    return [x.transpose(-1, -2).contiguous().transpose(-1, -2) for x in batches]


STATISTICS = ((0.0, 0.5, -1.0, 2.0, 0.25), (1.0, 0.25, 4.0, 2.0, 0.5))  # means, variances


@functools.cache
@st.composite
def in_evaluation(draw: st.DrawFn) -> tuple[Tensor, Tensor, Tensor]:
    """Draw x (N, features) or (N, features, H, W), N from 1 up, and a mean and a variance for each feature."""
    features, shape = draw(st.integers(1, 3)), draw(st.sampled_from([(1,), (2,), (4,), (1, 2, 1), (2, 2, 3)]))
    n, *size = shape
    means, variances = STATISTICS
    shapes = (QUARTERS, (n, features, *size)), (means, (features,)), (variances, (features,))
    x, mean, var = draw(filled(*shapes))
    return x.float(), mean.float(), var.float()


# Three blocks at least: fewer don't tell the first, the last and all blocks apart.
CHANNELS = st.sampled_from([[2, 3, 2], [3, 5, 2], [4, 2, 2], [2, 2, 2, 3]])
SIZES = st.sampled_from([(12, 10), (16, 9), (20, 17)])
OTHER_SIZES = st.sampled_from([(1, 1), (1, 9), (28, 28), (2, 3), (17, 5)])
OTHER_CHANNELS = st.sampled_from([[1], [3], [2, 2], [6, 1, 3], [2, 4, 4, 7], [8, 16, 32, 64, 64]])


@functools.cache
@st.composite
def images(draw: st.DrawFn, sizes: st.SearchStrategy[tuple[int, int]] = SIZES) -> Tensor:
    """Draw images (N, 1, H, W) from a seed, in float64, pixels in [0, 1]."""
    n, size, seed = draw(st.integers(1, 3)), draw(sizes), draw(st.integers(0, 10_000))
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(n, 1, *size, generator=generator, dtype=torch.float64)


APART = ((0.0, 2e-4, 23e-4), (0.0, 5e-4, 24e-4))
Loaded = tuple[Tensor, list[list[Tensor]]]  # w, and batches [X, y]


ANY_SIZES = st.sampled_from([[1, 4, 2], [2, 1, 3], [1, 3], [3, 1, 1]])
ONE_SIZE = st.integers(1, 4).map(lambda size: [size])


@st.composite
def _even(draw: st.DrawFn) -> list[int]:
    return [draw(st.integers(2, 4))] * draw(st.integers(2, 3))


@st.composite
def _last_smaller(draw: st.DrawFn) -> list[int]:
    *others, last = draw(_even())
    return [*others, draw(st.integers(1, last - 1))]


@functools.cache
@st.composite
def loaders(draw: st.DrawFn, batch_sizes: st.SearchStrategy[list[int]]) -> Loaded:
    """Draw a linear model's weights (2, C), and batches of these sizes."""
    sizes, classes = draw(batch_sizes), draw(st.integers(2, 3))
    n = sum(sizes)
    X, w, labels = draw(filled((QUARTERS, (n, 2)), (QUARTERS, (2, classes)), (tuple(range(classes)), (n,))))
    # No two logits are equal (see the test): which is the largest may not depend on rounding.
    X, w = X + 0.125, w + torch.tensor(APART, dtype=torch.float64)[:, :classes]
    ends = list(itertools.accumulate(sizes))
    y = labels.long()
    return w, [[X[end - n : end].clone(), y[end - n : end].clone()] for n, end in zip(sizes, ends, strict=True)]


EVEN, LAST_SMALLER = loaders(_even()), loaders(_last_smaller())
UNEVEN = LAST_SMALLER | loaders(ANY_SIZES)
LOADED = EVEN | LAST_SMALLER
WITH_SINGLE_BATCHES = LOADED | loaders(ONE_SIZE)
ACCURACIES = st.sampled_from([0.5, 0.9, 0.0, 0.75, 0.98, 0.953, 0.9995])


def inputs(question: str) -> Any:
    """Return a strategy for inputs of a question, for mutants: (function or probe, …)."""
    return _INPUTS[question]() if question in _INPUTS else None


def _of_batch_norm() -> Any:
    eps = st.sampled_from([1e-5, 0.5])
    value = batches(2).flatmap(lambda batch: eps.map(lambda e: ("batch_norm", (batch.x, batch.gamma, batch.beta, e))))
    slope = batches(2).map(
        lambda batch: (probes.backward, "batch_norm", (batch.x, batch.gamma, batch.beta, 0.5, batch.dy))
    )
    return value | slope


def _of_gradient() -> Any:
    eps = st.sampled_from([1e-5, 0.5])
    return batches(2).flatmap(lambda batch: eps.map(lambda e: ("batch_norm_grad", (batch.dy, batch.x, batch.gamma, e))))


def _of_layer() -> Any:
    settings = st.sampled_from([[], [0.5], [0.25, 0.5]])
    several = rows(3) | maps(2)

    def of(probe: Any, *more: Any) -> Any:
        return st.tuples(st.just(probe), st.just("BatchNorm"), st.tuples(several, settings, *map(st.just, more)))

    in_use = in_evaluation().map(lambda drawn: (probes.evaluated, "BatchNorm", (*drawn, [0.1, 0.5], False)))
    own = st.just((probes.own_numbers, "BatchNorm", (3,)))
    return of(probes.normalised) | of(probes.running, "mean") | of(probes.running, "var") | in_use | own


def _of_conv_net() -> Any:
    channels = CHANNELS | OTHER_CHANNELS

    def of(probe: Any, *more: Any) -> Any:
        return st.tuples(st.just(probe), st.just("conv_net"), st.tuples(channels, images(), *map(st.just, more)))

    return of(probes_networks.logits, -1.0, True) | of(probes_networks.logits_with_norm, -1.0, -0.25)


def _of_evaluate() -> Any:
    return LOADED.map(lambda loaded: (probes_networks.measured, "evaluate", loaded)) | LOADED.map(
        lambda loaded: (probes_networks.modes, "evaluate", (*loaded, True))
    )


_INPUTS: dict[str, Callable[[], Any]] = {
    "standardise": lambda: image_sets().map(lambda sets: ("standardise", sets)),
    "batch_norm": _of_batch_norm,
    "batch_norm_grad": _of_gradient,
    "batch_norm_layer": _of_layer,
    "conv_net": _of_conv_net,
    "evaluate": _of_evaluate,
    "error_ratio": lambda: st.tuples(ACCURACIES, ACCURACIES).map(lambda both: ("error_ratio", both)),
}
