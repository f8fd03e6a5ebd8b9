"""Right answers."""

from __future__ import annotations

from torch import Tensor


def rms(x: Tensor) -> Tensor:
    """Return the root of the mean of the squares."""
    return (x * x).mean().sqrt()
