"""Values in words a student understands: ``2×3 float32 [[0, 1, 2], [3, 4, 5]]``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch

from autograder.judge import pytree
from autograder.judge.number_format import number
from autograder.judge.references import Reference
from autograder.wire import Array, Opaque

MAX_NUMBERS = 24  # a tensor with more is shown by its beginning
_BEGINNING = 6  # numbers of one with more
_MOST_DECIMALS = 17  # more than a float holds
MAX_TEXT = 100  # characters shown of a string
_MAX_LIST = 300  # characters of a list that is written out, if it has more than _FEW elements
_FEW = 4  # elements or entries that are shown
_LEVELS = 4  # of lists and dictionaries
_MAX_OUTLINE = 400  # characters


def describe(value: Any, numbers: str = "") -> str:
    """Return a one-line description of anything that crossed the wire, numbers included.

    ``numbers``: those of a tensor or array, where they are to be shown in another way than canonical.
    """
    match value:
        case None:
            return "None"
        case bool() | int():
            return repr(value)
        case str():
            return _quoted(value)
        case float():
            return numbers or number(value)
        case torch.Tensor():
            layout = "" if value.is_contiguous() else " (not contiguous in memory)"
            return f"{_kind(value)}{layout} {numbers or _numbers(value)}"
        case Array(values=values, scalar=scalar):
            return f"NumPy {'scalar' if scalar else 'array'}, {_kind(values)} {numbers or _numbers(values)}"
        case list():
            return _written_out(value) or outline(value)
        case dict():
            return outline(value)
        case Opaque() | Reference():
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
        case dict():
            return outline(value)
        case Opaque() | Reference():
            return str(value)
    return f"a Python {type(value).__name__} ({describe(value)})"


def outline(value: Any) -> str:
    """Return what a list or dictionary holds, tensors without their numbers: ``a dictionary with 'x' a list of …``."""
    text = _outline(value, _LEVELS)
    return text if len(text) <= _MAX_OUTLINE else text[:_MAX_OUTLINE] + "…"


def elements(value: list[Any]) -> str:
    """Return how many elements a list has."""
    return f"{len(value) or 'no'} element{'' if len(value) == 1 else 's'}"


def _outline(value: Any, levels: int) -> str:
    if isinstance(value, dict):
        return _dictionary(value, levels)
    if not isinstance(value, list):
        return kind(value) if isinstance(value, torch.Tensor | Array) else describe(value)
    if not value:
        return "an empty list"
    text = f"a list of {elements(value)}"
    if levels <= 1:
        return text
    if len(value) > 2 * _FEW:
        return f"{text}, the first {_outline(value[0], levels - 1)}"
    each = [_outline(item, levels - 1) for item in value]
    if len(set(each)) == 1 < len(each):
        return f"{text}, each {each[0]}"
    return f"[{', '.join(each)}]" if levels < _LEVELS else f"{text}: {', '.join(each)}"


def _dictionary(value: dict[Any, Any], levels: int) -> str:
    if not value:
        return "an empty dictionary"
    if levels <= 1:
        return f"a dictionary of {len(value)}"
    shown = list(value.items())[:_FEW]
    parts = [f"{describe(key)} {_outline(item, levels - 1)}" for key, item in shown]
    if len(value) > _FEW:
        parts.append(f"{len(value) - _FEW} more")
    return "a dictionary with " + " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _written_out(value: list[Any]) -> str:
    """Return a list as Python writes it, what is in it described; "" where that is too long."""
    if len(list(islice(pytree.leaves(value), _FEW**2 + 1))) > _FEW**2 and any(map(pytree.children, value[:_FEW])):
        return ""
    text = "[" + ", ".join(map(describe, value[:_FEW])) + (", …]" if len(value) > _FEW else "]")
    return text if len(text) <= (_MAX_LIST if len(value) > _FEW else 2 * _MAX_LIST) else ""


def _quoted(text: str) -> str:
    return repr(text) if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]!r}"[:-1] + f"…' ({len(text)} characters)"


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
        return nested(iter(texts), tuple(value.shape))
    return f"[{', '.join(texts[:_BEGINNING])}, … {value.numel()} numbers in all]"


def _text(value: bool | int | float, dtype: torch.dtype) -> str:
    return number(value, dtype) if isinstance(value, float) else str(value)


def nested(texts: Iterator[str], sizes: tuple[int, ...]) -> str:
    """Write numbers as Python writes nested lists of these sizes."""
    if not sizes:
        return next(texts)
    return "[" + ", ".join(nested(texts, sizes[1:]) for _ in range(sizes[0])) + "]"


def container_with(step: Any, value: Any) -> str:
    """Return what should stand in a value's place to have a part at this key or index."""
    if type(step) is int and not isinstance(value, dict):
        return f"a list or tuple with element [{step}]"
    return f"a dictionary with {describe(step)}"


def place_of(path: tuple[Any, ...], value: Any) -> str:
    """Return where a part of a value is: ``under 'first', element [2]``."""
    names = []
    for key in path:
        names.append(f"element [{key}]" if isinstance(value, list) else f"under {describe(key)}")
        value = value[key]
    return ", ".join(names)
