"""An answer's numbers beside the right ones, in words a student understands."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from autograder.judge import describe
from autograder.judge.number_format import apart, difference, number

_BEGINNING = 6  # numbers of a tensor that are shown, if it has many


class Wrong(NamedTuple):
    """What is wrong with numbers."""

    says: str  # a sentence without its subject: "is 4, but it should be 3."
    yours: str
    expected: str


def off(value: Any, yours: torch.Tensor, right: torch.Tensor, bad: torch.Tensor, dtype: torch.dtype) -> Wrong:
    """Return the difference between an answer's numbers and the right ones, both float64; ``bad``: which are wrong."""
    mine, right_one = compared(value, yours, right, bad, dtype)
    expected = f"about {right_one}" if bool(right.isfinite().all()) else right_one
    if bool((bad & ~yours.isfinite() & (right.isfinite() | same(yours, right))).any()):
        broken = "NaN" if bool(yours.isnan().any()) else "an infinity"
        return Wrong(f"contains {broken}, where the right answer is finite.", mine, expected)
    index = tuple(worst(yours, right, bad))
    first, second = float(yours[index]), float(right[index])
    by = f" That is {small}." if (small := difference(first, second)) else ""
    about = "about " if right[index].isfinite() else ""
    return Wrong(_wrong(right, bad, index, apart(first, second, dtype), about) + by, mine, expected)


def same(yours: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return where two tensors have the same numbers, be they NaN or infinite."""
    return (yours == right) | (yours.isnan() & right.isnan())


def exactly(yours: Any, right: Any, mine: torch.Tensor, wanted: torch.Tensor, bad: torch.Tensor) -> Wrong:
    """Return the difference between whole numbers or truth values."""
    index = tuple(describe.place(int(bad.flatten().int().argmax()), wanted.shape))
    texts = str(mine[index].item()), str(wanted[index].item())
    return Wrong(_wrong(wanted, bad, index, texts), describe.describe(yours), describe.describe(right))


def _wrong(
    right: torch.Tensor, bad: torch.Tensor, index: tuple[int, ...], texts: tuple[str, str], about: str = ""
) -> str:
    mine, theirs = texts
    if right.numel() == 1:
        return f"is {mine}, but it should be {about}{theirs}."
    count = f"{int(bad.sum())} of {right.numel()} numbers are"
    return f"is wrong: {count} off; at {list(index)} yours is {mine}, but it should be {about}{theirs}."


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
        return describe.describe(value, mine[0]), theirs[0]
    if right.numel() > describe.MAX_NUMBERS:
        at = f"; at {worst(yours, right, bad)} "
        first, rest = slice(_BEGINNING), f", … {right.numel()} numbers in all"
        texts = [f"[{', '.join(side[first])}{rest}{at}{side[-1]}]" for side in (mine, theirs)]
    else:
        texts = [describe.nested(iter(side), tuple(right.shape)) for side in (mine, theirs)]
    expected = f"{describe.shape(right)} {str(dtype).removeprefix('torch.')} {texts[1]}"
    return describe.describe(value, texts[0]), expected


def worst(yours: torch.Tensor, right: torch.Tensor, bad: torch.Tensor) -> list[int]:
    """Return the index of the wrong number that is farthest from the right one."""
    return describe.place(_farthest(yours, right, bad), right.shape)


def _shown(yours: torch.Tensor, right: torch.Tensor, bad: torch.Tensor) -> list[tuple[float, float, bool]]:
    """Return the numbers that are shown, in pairs: all, or the first ones and the worst."""
    sides = [side.flatten() for side in (yours, right, bad)]
    if right.numel() > describe.MAX_NUMBERS:
        chosen = [*range(_BEGINNING), _farthest(yours, right, bad)]
        sides = [side[chosen] for side in sides]
    return list(zip(*(side.tolist() for side in sides), strict=True))


def _farthest(yours: torch.Tensor, right: torch.Tensor, bad: torch.Tensor) -> int:
    off = torch.where(bad, (yours - right).abs(), torch.zeros(()).to(right))
    return int(off.nan_to_num(nan=torch.inf, posinf=torch.inf).argmax())
