"""What can be right of numbers that are wrong: all but a factor, or roughly how they vary."""

from __future__ import annotations

import torch
from torch import Tensor

ALIKE = 0.5  # least correlation, of either sign, of what is something like the right answer
_SEEN = 10.0  # times the tolerance: numbers must be larger for their direction to be seen


def off_any_multiple(yours: Tensor, right: Tensor, tolerance: Tensor, either_sign: bool = False) -> Tensor | None:
    """Return which of ``yours`` no positive factor can make of ``right``, all float64 and of one shape.

    ``tolerance``: how far a right answer may be off (absolute, of the same shape). None where all of ``right`` is so
    near zero that it has no direction; True everywhere where the factor would be zero, or negative unless
    ``either_sign``.
    """
    length, blur = float(right.norm()), float(tolerance.norm())
    if length <= _SEEN * blur:
        return None
    factor = float((yours * right).sum()) / length**2
    size = abs(factor) if either_sign else factor
    if not size > 0:  # NaN neither
        return torch.ones_like(right, dtype=torch.bool)
    return ~((yours - factor * right).abs() <= size * (tolerance + right.abs() * blur / length))


def correlation(yours: Tensor, right: Tensor, tolerance: Tensor) -> float | None:
    """Return how alike two tensors vary, from -1 to 1: 0 where ``yours`` is constant.

    All are float64 and of one shape. None where ``right`` is constant as far as ``tolerance`` tells.
    """
    mine, theirs = yours - yours.mean(), right - right.mean()
    if float(theirs.norm()) <= _SEEN * float(tolerance.norm()):
        return None
    length = float(mine.norm())
    if not length > 1e-6 * float(yours.norm()):  # rounding is no variation
        return 0.0
    return float((mine * theirs).sum()) / (length * float(theirs.norm()))
