"""Hypothesis strategies for the inputs of functions, and what mutants are tried on.

Each strategy is made once (``functools.cache``): Hypothesis validates a new one at its first draw. All numbers of an
example come in one draw: Hypothesis's work on a failing example grows with their number.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

DTYPES = (torch.float64, torch.float32)
# "contiguous" first: Hypothesis shrinks towards it, so a counter-example with another layout needs that layout.
LAYOUTS = ("contiguous", "transposed", "every second column")
# Exact in float32, readable in a counter-example, 0 first: Hypothesis shrinks towards the beginning of a table.
QUARTERS = (0.0, *(sign * n / 4 for n in range(1, 13) for sign in (1, -1)))


def laid_out(values: Tensor, layout: str) -> Tensor:
    """Return the same values in another memory layout."""
    if layout == "transposed" and values.dim() > 1:
        return values.T.contiguous().T
    if layout == "every second column":
        return values.repeat_interleave(2, dim=1)[:, ::2]
    return values.contiguous()


def numbers(draw: st.DrawFn, table: tuple[float, ...], *shape: int) -> Tensor:
    """Draw a tensor of entries of a table, in float64."""
    size = int(torch.tensor(shape).prod())
    codes = draw(st.binary(min_size=size, max_size=size))
    return torch.tensor([table[code % len(table)] for code in codes], dtype=torch.float64).reshape(shape)


def labels(draw: st.DrawFn, n: int, classes: int) -> Tensor:
    """Draw n labels, int64."""
    return torch.tensor([code % classes for code in draw(st.binary(min_size=n, max_size=n))], dtype=torch.int64)


@functools.cache
@st.composite
def matrices(draw: st.DrawFn, least_rows: int = 1, least_columns: int = 1, most: int = 5) -> Tensor:
    """Draw logits (N, C) of any size, layout and dtype; quarters as numbers."""
    n, c = draw(st.integers(least_rows, most)), draw(st.integers(least_columns, most))
    layout, dtype = draw(st.sampled_from([(layout, dtype) for layout in LAYOUTS for dtype in DTYPES]))
    return laid_out(numbers(draw, QUARTERS, n, c).to(dtype), layout)


@functools.cache
@st.composite
def uneven(draw: st.DrawFn, least_rows: int = 1, least_columns: int = 2, most: int = 5) -> Tensor:
    """Draw logits, not all of them equal, whose sums are not 0 by chance."""
    x = draw(matrices(least_rows, least_columns, most))
    return x + (torch.arange(1, x.numel() + 1, dtype=x.dtype) / 256).reshape(x.shape)


@functools.cache
@st.composite
def untied(draw: st.DrawFn) -> Tensor:
    """Draw logits without equal ones in a row: max gives the gradient to one of these and amax to both."""
    x = draw(matrices())
    return x + torch.arange(x.shape[1], dtype=x.dtype) / 32


@functools.cache
@st.composite
def large(draw: st.DrawFn, least_columns: int = 1) -> Tensor:
    """Draw logits of up to ±10,000: rows far from each other, entries far apart, large equal ones."""
    x = draw(matrices(least_columns=least_columns))
    scale = draw(st.sampled_from([6400.0, 256.0, 62.0, 3200.0]))  # 62: up to 93, where float32 has just overflowed
    each = numbers(draw, (1.0, 0.0, -1.0, 1 / 64), len(x), 1)  # the rows' own sizes
    offset = numbers(draw, (0.0, 400.0, -400.0, 2000.0, -2000.0), len(x), 1)
    return laid_out((x.double() * scale * each / 2 + offset).clamp(-10_000, 10_000).to(x.dtype), "contiguous")


@functools.cache
@st.composite
def far(draw: st.DrawFn) -> Tensor:
    """Draw logits of up to ±10,000 without equal ones in a row, for gradients."""
    x = draw(large())
    return (x.double() * 0.999 + torch.arange(x.shape[1]) / 32).to(x.dtype)


@functools.cache
@st.composite
def weighted(draw: st.DrawFn, x: st.SearchStrategy[Tensor], columns: int = 0) -> tuple[Tensor, Tensor]:
    """Draw logits, and numbers to multiply a result of them with: (N, C), or (N, ``columns``)."""
    logits = draw(x)
    table = tuple(value for value in QUARTERS if value)
    return logits, numbers(draw, table, len(logits), columns or logits.shape[1]).to(logits.dtype)


@functools.cache
@st.composite
def labelled(draw: st.DrawFn, x: st.SearchStrategy[Tensor]) -> tuple[Tensor, Tensor]:
    """Draw logits and labels."""
    logits = draw(x)
    return logits, labels(draw, len(logits), logits.shape[1])


def log_probabilities(pair: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Return the logarithm of the softmax of logits, in their layout, and the labels."""
    x, y = pair
    return torch.empty_like(x).copy_(torch.log_softmax(x.double(), 1)), y


@functools.cache
@st.composite
def guesses(draw: st.DrawFn, most: int = 6, clear: bool = False) -> tuple[Tensor, Tensor]:
    """Draw logits whose largest entry leads by a quarter, or by next to nothing, and labels, of which some are it.

    ``clear``: by a quarter in every row.
    """
    n, c = draw(st.integers(1, most)), draw(st.integers(1, 5))
    layout, dtype = draw(st.sampled_from([(layout, dtype) for layout in LAYOUTS for dtype in DTYPES]))
    x = numbers(draw, QUARTERS, n, c)
    best, y = labels(draw, n, c), labels(draw, n, c)
    right, close = numbers(draw, (1.0, 0.0), n).bool(), numbers(draw, (0.0,) if clear else (0.0, 1.0), n).bool()
    largest, row = x.amax(1), torch.arange(n)
    # A hair's breadth is exact in float32, and less than what isclose lets pass.
    x[row, y] = torch.where(close, largest, x[row, y])
    x[row, best] = largest + torch.where(close, 2.0**-17, 0.25)
    x *= draw(st.sampled_from([1.0, 64.0, 1.0, 2048.0]))  # exponentials overflow, sigmoids are all 1 or all 0
    return laid_out(x.to(dtype), layout), torch.where(right, best, y)


@functools.cache
@st.composite
def many_guesses(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Make some hundreds of rows of logits and labels from a seed, most of them right."""
    n, seed = draw(st.sampled_from([300, 512, 700, 999])), draw(st.integers(0, 1000))
    generator = torch.Generator().manual_seed(seed)
    x = torch.stack([torch.randperm(4, generator=generator) for _ in range(n)]).float()
    y = torch.randint(0, 4, (n,), generator=generator)
    return x, torch.where(torch.rand(n, generator=generator) < 0.8, x.argmax(1), y)


def inputs(question: str) -> st.SearchStrategy[Any]:
    """Return inputs of a question's functions or classes, of all sizes, for mutants to be tried on."""
    from . import mutant_inputs  # it draws from here

    return mutant_inputs.of(question)
