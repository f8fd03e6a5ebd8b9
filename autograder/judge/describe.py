"""Values in words a student understands: ``2×3 float32 [[0, 1, 2], [3, 4, 5]]``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch

from autograder.judge.number_format import apart, number
from autograder.wire import Array, Opaque

MAX_NUMBERS = 24  # a tensor with more is shown by its beginning
_BEGINNING = 6  # numbers of one with more
_MOST_DECIMALS = 17  # more than a float holds


def describe(value: Any, numbers: str = "") -> str:
    """Return a one-line description of anything that crossed the wire, numbers included.

    ``numbers``: those of a tensor or array, where they are to be shown in another way than usual.
    """
    match value:
        case None:
            return "None"
        case bool() | int() | str():
            return repr(value)
        case float():
            return numbers or number(value)
        case torch.Tensor():
            layout = "" if value.is_contiguous() else " (not contiguous in memory)"
            return f"{_kind(value)}{layout} {numbers or _numbers(value)}"
        case Array(values=values, scalar=scalar):
            return f"NumPy {'scalar' if scalar else 'array'}, {_kind(values)} {numbers or _numbers(values)}"
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


def compared(
    value: Any, yours: torch.Tensor, right: torch.Tensor, bad: torch.Tensor, dtype: torch.dtype
) -> tuple[str, str]:
    """Return an answer and the right one in words, the wrong numbers with enough digits to be told apart.

    ``value`` is the answer as it came, ``yours`` its numbers; like ``right``, in float64 and in the shape of ``bad``,
    which says which are wrong. ``dtype`` is that of the inputs: numbers are shown as it holds them.
    """
    pairs = [
        apart(mine, theirs, dtype) if wrong else (number(mine, dtype), number(theirs, dtype))
        for mine, theirs, wrong in _shown(yours, right, bad)
    ]
    mine, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if not right.dim():
        return describe(value, mine[0]), theirs[0]
    if right.numel() > MAX_NUMBERS:
        at = f"; at {worst(yours, right, bad)} "
        first, rest = slice(_BEGINNING), f", … {right.numel()} numbers in all"
        texts = [f"[{', '.join(side[first])}{rest}{at}{side[-1]}]" for side in (mine, theirs)]
    else:
        texts = [_nested(iter(side), tuple(right.shape)) for side in (mine, theirs)]
    expected = f"{shape(right)} {str(dtype).removeprefix('torch.')} {texts[1]}"
    return describe(value, texts[0]), expected


def worst(yours: torch.Tensor, right: torch.Tensor, bad: torch.Tensor) -> list[int]:
    """Return the index of the wrong number that is farthest from the right one."""
    return place(_farthest(yours, right, bad), right.shape)


def unequal(first: float, second: float, digits: int, form: str = "f") -> tuple[str, str]:
    """Return two numbers with so many decimals, or more where different ones would look the same; as "%" or "f"."""
    texts = f"{first:.{digits}{form}}", f"{second:.{digits}{form}}"
    if texts[0] == texts[1] and first != second and digits < _MOST_DECIMALS:
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
    texts = [_text(x, value.dtype) for x in value.flatten()[: MAX_NUMBERS + 1].tolist()]
    if value.numel() <= MAX_NUMBERS:
        return _nested(iter(texts), tuple(value.shape))
    return f"[{', '.join(texts[:_BEGINNING])}, … {value.numel()} numbers in all]"


def _text(value: bool | int | float, dtype: torch.dtype) -> str:
    return number(value, dtype) if isinstance(value, float) else str(value)


def _nested(texts: Iterator[str], sizes: tuple[int, ...]) -> str:
    """Write numbers as Python writes nested lists of these sizes."""
    if not sizes:
        return next(texts)
    return "[" + ", ".join(_nested(texts, sizes[1:]) for _ in range(sizes[0])) + "]"


def _shown(yours: torch.Tensor, right: torch.Tensor, bad: torch.Tensor) -> list[tuple[float, float, bool]]:
    """Return the numbers that are shown, in pairs: all, or the first ones and the worst."""
    sides = [side.flatten() for side in (yours, right, bad)]
    if right.numel() > MAX_NUMBERS:
        chosen = [*range(_BEGINNING), _farthest(yours, right, bad)]
        sides = [side[chosen] for side in sides]
    return list(zip(*(side.tolist() for side in sides), strict=True))


def _farthest(yours: torch.Tensor, right: torch.Tensor, bad: torch.Tensor) -> int:
    off = torch.where(bad, (yours - right).abs(), torch.zeros(()).to(right))
    return int(off.nan_to_num(nan=torch.inf, posinf=torch.inf).argmax())
