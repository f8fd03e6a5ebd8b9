"""Inputs."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from . import probes


@st.composite
def vectors(draw: st.DrawFn) -> Tensor:
    numbers = draw(st.lists(st.integers(-9, 9), min_size=1, max_size=6))
    return torch.tensor(numbers, dtype=torch.float64)


@st.composite
def piles(draw: st.DrawFn) -> tuple[list[int], int]:
    return draw(st.lists(st.integers(0, 9), max_size=7)), draw(st.integers(1, 4))


def inputs(question: str) -> Any:
    if question == "chunks":
        return st.tuples(st.just(probes.twice), st.just("Chunks"), piles())
    return st.tuples(st.just(question), st.tuples(vectors()))
