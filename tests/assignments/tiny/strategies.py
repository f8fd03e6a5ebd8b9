"""Inputs."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor


@st.composite
def vectors(draw: st.DrawFn) -> Tensor:
    numbers = draw(st.lists(st.integers(-9, 9), min_size=1, max_size=6))
    return torch.tensor(numbers, dtype=torch.float64)


def inputs(question: str) -> Any:
    return st.tuples(st.just(question), st.tuples(vectors()))
