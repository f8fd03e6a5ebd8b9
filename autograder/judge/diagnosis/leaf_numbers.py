"""The numbers in what a call gave back: of what kind they are, how far apart, and of how many digits."""

from __future__ import annotations

from typing import Any

import torch

from autograder.judge import pytree
from autograder.wire import Array

# How far two ways of computing the same thing may be apart: relative to the largest number of the output, and absolute.
ROUNDING = {torch.float64: (1e-8, 1e-12), torch.float32: (2e-4, 1e-6)}
SINGLE_BITS = 36  # significant bits of what comes of a few float32 numbers; one in 2^17 float64 numbers has so few
HALF_BITS = 11


def numbers_of(value: Any) -> torch.Tensor | None:
    """Return the numbers of a tensor, array or number, a Python float's as float64; None for anything else."""
    if isinstance(value, Array):
        value = value.values
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float64)
    return torch.as_tensor(value) if isinstance(value, bool | int | torch.Tensor) else None


def all_numbers(value: Any) -> list[torch.Tensor]:
    """Return the numbers of all leaves, as float64."""
    found = (numbers_of(leaf) for _, leaf in pytree.leaves(value))
    return [numbers.double() for numbers in found if numbers is not None]


def kind(value: Any) -> str:
    """Return what tells a tensor from an array or a number, and one dtype from another."""
    if isinstance(value, torch.Tensor):
        return f"tensor {value.dtype}"
    if isinstance(value, Array):
        return f"array {value.values.dtype}" if not value.scalar or not value.values.is_floating_point() else "float"
    return type(value).__name__


def rounding(formula: torch.Tensor, dtype: torch.dtype, relative: float = 0.0) -> torch.Tensor:
    """Return how far numbers may be from those of a formula by rounding, or by ``relative`` where that is more."""
    finite = formula.isfinite()
    scale = float(formula[finite].abs().max()) if bool(finite.any()) else 0.0
    return torch.full_like(formula, max(relative, ROUNDING[dtype][0]) * scale + ROUNDING[dtype][1])


def tolerated(formula: torch.Tensor, off: Any) -> torch.Tensor | None:
    """Return an assignment's tolerance of a formula's numbers; None where ``off`` isn't one for each of them."""
    own = torch.as_tensor(off, dtype=torch.float64) if isinstance(off, float | int | torch.Tensor) else None
    if own is not None and own.numel() == formula.numel() == 1:
        return own.reshape(formula.shape)  # one number is one, whatever its shape
    return own if own is not None and own.shape == formula.shape else None


def broken_alike(yours: torch.Tensor, formula: torch.Tensor) -> bool:
    """Return whether the same numbers are NaN, and the same infinite."""
    infinite = yours.isinf()
    return (
        torch.equal(yours.isnan(), formula.isnan())
        and torch.equal(infinite, formula.isinf())
        and torch.equal(yours[infinite], formula[infinite])
    )


def made_of_single(value: Any) -> bool:
    """Return whether there is a tensor or number in an output that is made of a few float32 numbers.

    On their way to the output they may have been multiplied by small numbers and added up, in float64.
    """
    return any(
        _fits(numbers, SINGLE_BITS) and not _fits(numbers, HALF_BITS)
        for numbers in all_numbers(value)
        if bool(numbers.isfinite().all())
    )


def _fits(numbers: torch.Tensor, bits: int) -> bool:
    """Return whether so many significant bits hold the numbers exactly."""
    scaled = torch.frexp(numbers).mantissa * 2.0**bits
    return torch.equal(scaled, scaled.trunc())


def has_single(value: Any) -> bool:
    """Return whether what came back is float32, or a part of it."""
    return any(isinstance(leaf, torch.Tensor) and leaf.dtype is torch.float32 for _, leaf in pytree.leaves(value))
