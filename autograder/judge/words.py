"""Values in words a student understands: ``2×3 float32 [[0, 1, 2], [3, 4, 5]]``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from autograder.wire import Array, Opaque

MAX_NUMBERS = 24  # a tensor with more is shown by its beginning
MOST_DIGITS = 17  # more than a float holds
DIGITS = 8  # significant digits of a number: enough to tell float32 values apart


def describe(value: Any) -> str:
    """Return a one-line description of anything that crossed the wire, numbers included."""
    match value:
        case None:
            return "None"
        case bool() | int() | str():
            return repr(value)
        case float():
            return number(value)
        case torch.Tensor():
            layout = "" if value.is_contiguous() else " (not contiguous in memory)"
            return f"{_kind(value)}{layout} {_numbers(value)}"
        case Array(values=values, scalar=scalar):
            return f"NumPy {'scalar' if scalar else 'array'}, {_kind(values)} {_numbers(values)}"
        case list():
            return "[" + ", ".join(describe(item) for item in value[:4]) + (", …]" if len(value) > 4 else "]")
        case dict():
            return f"a dictionary with {len(value)} entries"
        case Opaque():
            return str(value)
    return f"an object of type {type(value).__name__}"


def kind(value: Any) -> str:
    """Return what sort of thing a value is, without its numbers: ``2×3 float32 tensor``."""
    match value:
        case torch.Tensor():
            return f"{_kind(value)} tensor"
        case Array(values=values, scalar=scalar):
            return f"NumPy {'scalar' if scalar else 'array'} ({_kind(values)})"
        case list():
            return f"{len(value)} values"
        case None:
            return "None"
        case Opaque():
            return str(value)
    return f"a Python {type(value).__name__} ({describe(value)})"


def number(value: float) -> str:
    """Return a number in its shortest form of at most 8 significant digits: ``0.5``, ``1e-08``, ``NaN``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    return f"{value + 0.0:.{DIGITS}g}"  # + 0.0: no "-0"


def apart(first: float, second: float) -> tuple[str, str]:
    """Return two different numbers with as many digits as it takes to tell them apart."""
    texts = number(first), number(second)
    if texts[0] == texts[1] and first != second:
        texts = repr(first), repr(second)
    return texts


def unequal(first: float, second: float, digits: int, form: str = "f") -> tuple[str, str]:
    """Return two numbers with so many decimals, or more where different ones would look the same; as "%" or "f"."""
    texts = f"{first:.{digits}{form}}", f"{second:.{digits}{form}}"
    if texts[0] == texts[1] and first != second and digits < MOST_DIGITS:
        return unequal(first, second, digits + 1, form)
    return texts


def shape(value: torch.Tensor) -> str:
    """Return ``2×3``, or ``one number`` for a tensor without axes."""
    return "×".join(str(size) for size in value.shape) or "one number"


def place(number: int, shape: Sequence[int]) -> list[int]:
    """Return the index of a number in a tensor, from its index in the tensor's flattened form.

    (``torch.unravel_index`` imports torch's compiler and sympy: half a second in each judging process.)
    """
    return [int(i) for i in np.unravel_index(number, tuple(shape))]


def _kind(value: torch.Tensor) -> str:
    return f"{shape(value)} {str(value.dtype).removeprefix('torch.')}"


def _numbers(value: torch.Tensor) -> str:
    if value.numel() <= MAX_NUMBERS:
        return _nested(value.tolist())
    return f"[{', '.join(number(float(x)) for x in value.flatten()[:6].tolist())}, … {value.numel()} numbers in all]"


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_nested(item) for item in value) + "]"
    return number(float(value)) if isinstance(value, float) else str(value)
