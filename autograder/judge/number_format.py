"""How many digits of a number are shown: few, but enough to say which one it is and to tell two of them apart."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import torch

DIGITS = 8  # significant digits of a number that stands alone
MOST_DIGITS = 17  # with these, two different float64 numbers are never written the same
_WRITTEN_OUT = 1e6  # round numbers up to this one
_SMALL = 1e-5  # a difference below this part of the numbers is said in words, too
_NUMPY: dict[torch.dtype, type[np.floating[Any]]] = {
    torch.float16: np.float16, torch.float32: np.float32, torch.float64: np.float64,
}  # fmt: skip
_PACKED = {torch.float16: "<e", torch.float32: "<f"}  # as the module struct calls them


def number(value: float, dtype: torch.dtype = torch.float64, digits: int = DIGITS) -> str:
    """Return a number as ``dtype`` holds it, with no more digits than it takes there: ``0.5``, ``1e-08``, ``NaN``.

    At most ``digits`` significant ones where ``dtype`` is float64; a smaller dtype never takes more than 9.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    held = _held(value, dtype)
    if held is None:  # too large for that dtype
        held, dtype = value, torch.float64
    enough = _enough(held, dtype)
    shown = min(enough, digits) if dtype is torch.float64 else enough
    text = f"{held + 0.0:.{shown}g}"  # + 0.0: no "-0"
    is_round = "e+" in text and abs(held) < _WRITTEN_OUT and float(text) == held  # 50, not 5e+01
    return f"{held:.0f}" if is_round else text


def apart(first: float, second: float, dtype: torch.dtype = torch.float64) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to tell them apart, in ``dtype`` if that will do."""
    for kind in (dtype, torch.float64):
        digits = _telling(first, second)
        texts = number(first, kind, digits), number(second, kind, digits)
        if texts[0] != texts[1] or first == second:
            return texts
    return number(first, digits=MOST_DIGITS), number(second, digits=MOST_DIGITS)


def difference(first: float, second: float) -> str:
    """Return a clause that says by how much two numbers differ, where that is hard to see; else ""."""
    gap = abs(first - second)
    if not math.isfinite(gap) or gap == 0 or gap >= _SMALL * max(abs(first), abs(second)):
        return ""
    return f"a difference of {gap:.2g}"


def _telling(first: float, second: float) -> int:
    """Return with how many digits two digits of the difference are seen."""
    gap, size = abs(first - second), max(abs(first), abs(second))
    if gap == 0 or not math.isfinite(gap) or not math.isfinite(size):
        return DIGITS
    wanted = math.floor(math.log10(size)) - math.floor(math.log10(gap)) + 2
    return max(DIGITS, min(wanted, MOST_DIGITS))


def _held(value: float, dtype: torch.dtype) -> float | None:
    """Return the number nearest to ``value`` in a floating ``dtype``; None where that is infinite."""
    if dtype is torch.float64 or not dtype.is_floating_point:
        return value
    if dtype in _PACKED:
        try:
            return float(struct.unpack(_PACKED[dtype], struct.pack(_PACKED[dtype], value))[0])
        except OverflowError:
            return None
    held = float(torch.tensor(value, dtype=torch.float64).to(dtype))
    return held if math.isfinite(held) else None


def _enough(value: float, dtype: torch.dtype) -> int:
    """Return with how many digits ``value``, which ``dtype`` holds, differs from all its neighbours there."""
    if dtype in _NUMPY:
        mantissa = np.format_float_scientific(_NUMPY[dtype](value), unique=True, trim="-").partition("e")[0]
        return max(1, sum(mark.isdigit() for mark in mantissa))
    return next((n for n in range(1, 9) if _held(float(f"{value:.{n}g}"), dtype) == value), 9)
