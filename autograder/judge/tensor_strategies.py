"""Hypothesis strategies for small tensors, which the assignments' own are made of.

Each strategy is made once (``functools.cache``): Hypothesis validates a new one at its first draw, which takes longer
than the draw. And each makes few draws, all numbers of an example in one: Hypothesis's work on a failing example grows
with their number.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

DTYPES = (torch.float64, torch.float32)
# "contiguous" first: Hypothesis shrinks towards it, so a counter-example with another layout needs that layout.
LAYOUTS = ("contiguous", "transposed", "every second column")
# Exact in float32, readable in a counter-example, 0 first: Hypothesis shrinks towards the beginning of a table.
QUARTERS = (0.0, *(sign * n / 4 for n in range(1, 9) for sign in (1, -1)))


def laid_out(values: Tensor, layout: str) -> Tensor:
    """Return the same values in another memory layout."""
    if layout == "transposed":
        return values.T.contiguous().T
    if layout == "every second column":
        return values.repeat_interleave(2, dim=1)[:, ::2]
    return values.contiguous()


@functools.cache
def formats(matrices: int) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw the layout of each of some matrices, and then the dtype of all."""
    return st.sampled_from(tuple(itertools.product(*[LAYOUTS] * matrices, DTYPES)))


Part = tuple[Sequence[float], tuple[int, ...]]  # a table, and the shape of what is filled from it


@functools.cache
@st.composite
def filled(draw: st.DrawFn, *parts: Part) -> list[Tensor]:
    """Fill tensors with entries of tables, in float64; one draw of bytes for all of them."""
    sizes = [math.prod(shape) for _, shape in parts]
    codes = iter(draw(st.binary(min_size=sum(sizes), max_size=sum(sizes))))
    return [
        torch.tensor([table[code % len(table)] for code in itertools.islice(codes, size)], dtype=torch.float64)
        .reshape(shape)
        for size, (table, shape) in zip(sizes, parts, strict=True)
    ]  # fmt: skip
