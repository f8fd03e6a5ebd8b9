"""Hypothesis strategies for examples and their order, for the optimiser, and for what fit trains."""

from __future__ import annotations

import functools
import random
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from .strategies import DTYPES, QUARTERS, labels, laid_out, numbers

Examples = tuple[Tensor, Tensor]
SIZES = st.integers(1, 7)  # of a batch


@functools.cache
@st.composite
def examples(draw: st.DrawFn, least: int = 1, most: int = 6) -> Examples:
    """Draw examples (n, d) or (n, 1, 2, 2), and their labels."""
    n, dtype = draw(st.integers(least, most)), draw(st.sampled_from(DTYPES))
    shape = draw(st.sampled_from([(1,), (3,), (1, 2, 2)]))
    x = numbers(draw, QUARTERS, n, *shape).to(dtype)
    return x + torch.arange(n, dtype=dtype).reshape(n, *(1 for _ in shape)), labels(draw, n, 10)


@functools.cache
@st.composite
def at_index(draw: st.DrawFn) -> tuple[Tensor, Tensor, int]:
    """Draw examples and an index of one, negative ones included."""
    x, y = draw(examples())
    return x, y, draw(st.integers(-len(x), len(x) - 1))


@functools.cache
@st.composite
def at_list(draw: st.DrawFn) -> tuple[Tensor, Tensor, list[int]]:
    """Draw examples and a list of indices."""
    x, y = draw(examples())
    return x, y, draw(st.lists(st.integers(-len(x), len(x) - 1), min_size=1, max_size=4))


@functools.cache
@st.composite
def at_slice(draw: st.DrawFn) -> tuple[Any, ...]:
    """Draw examples and a slice that isn't empty: start, stop, step."""
    x, y = draw(examples())
    ends = st.sampled_from([None, 0, 1, 2, -1, 9])
    start, stop, step = draw(st.tuples(ends, ends, st.sampled_from([None, 1, 2])).filter(lambda s: len(x[slice(*s)])))
    return x, y, start, stop, step


@functools.cache
@st.composite
def outside(draw: st.DrawFn) -> tuple[Tensor, Tensor, int]:
    """Draw examples and an index that is outside."""
    x, y = draw(examples())
    return x, y, draw(st.sampled_from([len(x), len(x) + 1, len(x) + 5, -len(x) - 1, -len(x) - 3]))


INDICES = st.lists(st.integers(0, 50), min_size=1, max_size=9)
# The size of a batch divides the number of examples, or it doesn't, or it is larger.
NUMBERS = st.sampled_from(
    [(3, 2), (1, 1), (4, 2), (2, 2), (2, 5), (1, 3), (5, 2), (6, 3), (7, 3), (10, 4), (10, 5), (9, 10), (10, 1)]
)


# One number more than full batches: a hundredth of a batch is one, too.
COUNTS = NUMBERS | st.sampled_from([(201, 200), (400, 200), (151, 50)])


@functools.cache
@st.composite
def indices_and_size(draw: st.DrawFn) -> tuple[list[int], int]:
    """Draw what a sampler gives, and the size of a batch."""
    n, size = draw(NUMBERS)
    return draw(st.lists(st.integers(0, 50), min_size=n, max_size=n)), size


@functools.cache
@st.composite
def two_passes(draw: st.DrawFn) -> tuple[list[list[int]], int]:
    """Draw what a sampler gives in two passes, in another order each time, and the size of a batch."""
    n, size = draw(NUMBERS.filter(lambda pair: pair[0] > 1))
    start = draw(st.integers(0, 20))
    first = list(range(start, start + n))
    return [first, first[::-1]], size


@functools.cache
@st.composite
def loads(draw: st.DrawFn, passes: int = 1) -> tuple[Tensor, Tensor, list[list[list[int]]]]:
    """Draw examples, and the batches of indices that a batch sampler gives in each pass."""
    x, y = draw(examples(least=2))
    batch = st.lists(st.integers(0, len(x) - 1), min_size=1, max_size=3)
    number = draw(st.integers(1, 3))
    return x, y, [draw(st.lists(batch, min_size=number, max_size=number)) for _ in range(passes)]


@functools.cache
@st.composite
def steps(draw: st.DrawFn, count: int = 1, missing: bool = False) -> tuple[list[Tensor], list[list[Tensor | None]]]:
    """Draw parameters, and gradients for some steps; ``missing``: some parameters have none."""
    dtype, some = draw(st.sampled_from(DTYPES)), draw(st.integers(1 + missing, 3))
    layout = draw(st.sampled_from(["contiguous", "transposed"]))
    dice, scale = random.Random(draw(st.integers(0, 10_000))), draw(st.sampled_from([1.0, 1.0, 64.0]))
    shapes = [dice.choice([(), (3,), (1, 2), (2, 3), (3, 1)]) for _ in range(some)]
    table = tuple(value for value in QUARTERS if value)
    values = [laid_out(numbers(draw, QUARTERS, *shape).to(dtype), layout) for shape in shapes]
    gradients: list[list[Tensor | None]] = []
    for _ in range(count):
        gradients.append([numbers(draw, table, *shape).to(dtype) * scale for shape in shapes])
        if missing:
            gradients[-1][draw(st.integers(0, some - 1))] = None
    return values, gradients


RATES = st.sampled_from([0.5, 0.1, 0.25, 1.0, 0.01])
ONCE = st.sampled_from(["generator", "iterator"])
GIVEN_AS = st.sampled_from(["list", "generator", "tuple", "iterator"])
LOSSES = st.sampled_from(["cross-entropy", "squared"])


@functools.cache
@st.composite
def trainings(
    draw: st.DrawFn, train: tuple[int, ...] = (2, 2, 1), valid: tuple[int, ...] = (3, 1), least: int = 1
) -> tuple[dict[str, Tensor], list[list[Tensor]], list[list[Tensor]]]:
    """Draw a linear model's weights, training batches and validation batches, in float64.

    ``train`` and ``valid`` are the sizes of the most batches; as many are taken as are drawn, ``least`` at least. The
    first number of each batch is another one.
    """
    dice = random.Random(draw(st.integers(0, 10_000)))
    features, classes = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    counts = [draw(st.integers(min(least, len(sizes)), len(sizes))) for sizes in (train, valid)]

    def tensor(*shape: int) -> Tensor:
        count = int(torch.tensor(shape).prod())
        return torch.tensor([dice.randint(-8, 8) / 4 for _ in range(count)], dtype=torch.float64).reshape(shape)

    def batches(sizes: tuple[int, ...], sign: int) -> list[list[Tensor]]:
        found = []
        for number, n in enumerate(sizes, start=1):
            X = tensor(n, features)
            X[0, 0] = sign * (number / 4 + 0.125)
            found.append([X, torch.tensor([dice.randrange(classes) for _ in range(n)], dtype=torch.int64)])
        return found

    weights = {"weight": tensor(classes, features), "bias": tensor(classes) + torch.arange(classes) / 16}
    return weights, batches(train[len(train) - counts[0] :], 1), batches(valid[len(valid) - counts[1] :], -1)
