"""Where an answer differs from the right one, and how, in words a student understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from autograder import wire
from autograder.judge import describe, pytree
from autograder.judge.pytree import Path
from autograder.judge.wrong_numbers import Wrong, exactly, off, same
from autograder.wire import Array, Opaque, limits

Tolerance = torch.Tensor | float

# How far numbers may be off by the dtype they are computed in, relative to the largest number of their tensor.
ROUNDING: Mapping[torch.dtype, float] = {
    torch.float64: 1e-9, torch.float32: 1e-5, torch.float16: 1e-2, torch.bfloat16: 1e-1,
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """The first part of an answer that is not as it should be."""

    path: Path
    wrong: Wrong


def first_difference(
    yours: Any,
    right: Any,
    tolerance: Callable[[Path, Any], Tolerance],
    strict: bool = True,
    dtype: torch.dtype = torch.float64,
) -> Difference | None:
    """Compare plain data; return the first difference in the right value's order, None where there is none.

    Form, keys and all that is no floating number must be equal; the ``tolerance`` of a leaf is absolute, and a number
    that is not finite must be the same. ``strict``: dtypes are compared, too, a tensor is no array, and a number of
    Python's, or a NumPy float for a float, is no tensor. ``dtype`` is that of the inputs: numbers are shown as it holds
    them.
    """
    for path, one, other in pytree.pairs(yours, right):
        found = _form(one, other) or _leaf(one, other, partial(tolerance, path, other), strict, dtype)
        if found is not None:
            return Difference(path, found)
    return None


def _form(yours: Any, right: Any) -> Wrong | None:
    if pytree.children(yours) is None and pytree.children(right) is None:
        return None
    if isinstance(yours, dict) and isinstance(right, dict):
        mine, theirs = ({pytree.content(key): key for key in value} for value in (yours, right))
        missing = [key for known, key in theirs.items() if known not in mine]
        more = [key for known, key in mine.items() if known not in theirs]
        says = f"has no {missing[0]!r}." if missing else f"has {describe.describe(more[0])}, which it should not have."
    elif isinstance(yours, list) and isinstance(right, list):
        says = f"has {describe.elements(yours)}, but it should have {len(right) or 'none'}."
    else:
        wanted = "a dictionary" if isinstance(right, dict) else "a list or tuple"
        says = f"should be {wanted if isinstance(right, dict | list) else what(right)}, but it is {what(yours)}."
    return Wrong(says, describe.describe(yours), describe.describe(right))


def _leaf(yours: Any, right: Any, tolerance: Callable[[], Tolerance], strict: bool, dtype: torch.dtype) -> Wrong | None:
    wanted = numbers(right)
    if wanted is None:
        if type(yours) is type(right) and yours == right:
            return None
        return _unlike(yours, right) if isinstance(yours, str) and isinstance(right, str) else _other_kind(yours, right)
    mine = numbers(yours)
    if mine is None or not _kin(yours, mine, right, wanted, strict):
        return _other_kind(yours, right)
    alone = not isinstance(right, torch.Tensor | Array) or (not strict and wanted.numel() == mine.numel() == 1)
    if mine.shape != wanted.shape and not (alone and mine.numel() == 1):
        return _other(f"has shape {describe.shape(mine)}, but it should be {describe.shape(wanted)}.", yours, right)
    if strict and isinstance(right, torch.Tensor | Array) and mine.dtype != wanted.dtype:
        return _other(f"has dtype {_name(mine)}, but it should be {_name(wanted)}.", yours, right)
    mine = mine.reshape(wanted.shape)
    if not wanted.is_floating_point():
        bad = mine != wanted
        return exactly(yours, right, mine, wanted, bad) if bool(bad.any()) else None
    mine, wanted = mine.double(), wanted.double()
    near = wanted.isfinite() & ((mine - wanted).abs() <= torch.as_tensor(tolerance(), dtype=torch.float64))
    bad = ~(near | same(mine, wanted))
    return off(yours, mine, wanted, bad, dtype) if bool(bad.any()) else None


def _kin(yours: Any, mine: torch.Tensor, right: Any, wanted: torch.Tensor, strict: bool) -> bool:
    """Return whether two values with numbers are of one kind, whatever their shapes and dtypes."""
    if not strict:
        whole = type(yours) is int and wanted.is_floating_point()
        return whole or _sort(mine) == _sort(wanted)
    if isinstance(right, float):
        return isinstance(yours, float) or (isinstance(yours, Array) and yours.scalar and mine.is_floating_point())
    if isinstance(right, Array):
        return isinstance(yours, Array) and yours.scalar is right.scalar and _sort(mine) == _sort(wanted)
    return type(yours) is type(right) and _sort(mine) == _sort(wanted)


def _sort(value: torch.Tensor) -> str:
    if value.is_floating_point():
        return "float"
    return "bool" if value.dtype is torch.bool else "int"


def numbers(value: Any) -> torch.Tensor | None:
    """Return the numbers of a tensor, array or number, a Python float's as float64; None for anything else."""
    if isinstance(value, Array):
        return value.values
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float64)
    return torch.as_tensor(value) if isinstance(value, bool | int | torch.Tensor) else None


def _unlike(yours: str, right: str) -> Wrong:
    """Return the difference between two strings: from a little before they part, where they are long."""
    start = next((i for i, pair in enumerate(zip(yours, right, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, start - 20) if max(len(yours), len(right)) > describe.MAX_TEXT else 0
    mine, theirs = (describe.describe(text[start:]) for text in (yours, right))
    place = f" from character {start} on" if start else ""
    return Wrong(f"is {mine}{place}, but it should be {theirs}.", mine, theirs)


def _other_kind(yours: Any, right: Any) -> Wrong:
    return _other(f"should be {what(right)}, but it is {what(yours)}.", yours, right)


def _other(says: str, yours: Any, right: Any) -> Wrong:
    return Wrong(says, describe.describe(yours), describe.describe(right))


def what(value: Any) -> str:
    """Return what a value is, with its article."""
    if isinstance(value, dict | list):
        return describe.outline(value)
    if isinstance(value, torch.Tensor | Array):
        return f"a {describe.kind(value)}"
    return "None" if value is None else describe.kind(value)


def _name(value: torch.Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")


def plain(right: Any) -> Any:
    """Return a right answer as it would come back; raise ValueError for one that can't be compared: mend the test."""
    found = wire.plain(right)
    for path, leaf in pytree.leaves(found):
        if isinstance(leaf, Opaque) or (isinstance(leaf, str) and len(leaf) >= limits.MAX_STRING):
            part = leaf if isinstance(leaf, Opaque) else "a string that is too long"
            raise ValueError(f"the right answer holds {part} at {list(path)}, which can't be compared; mend the test")
    return found


@dataclass(frozen=True)
class Allowed:
    """How far the numbers of an answer may be off, absolutely."""

    rounding: Mapping[torch.dtype, float]  # by dtype, relative to the largest number of a leaf
    within: Mapping[Path, Tolerance]  # by path; the longest that leads to a leaf counts
    dtype: torch.dtype  # of the inputs

    def __call__(self, path: Path, right: Any) -> Tolerance:
        """Return the tolerance of a leaf."""
        leading = [known for known in self.within if _leads(known, path)]
        if leading:
            return self.within[max(leading, key=len)]
        wanted = numbers(right)
        assert wanted is not None, "what has no numbers has no tolerance"
        dtypes = {self.dtype, wanted.dtype} & set(self.rounding) or {torch.float64}
        dtype = max(dtypes, key=lambda one: torch.finfo(one).eps)
        finite = wanted[wanted.isfinite()].double().abs()
        largest = float(finite.max()) if finite.numel() else 0.0
        return self.rounding[dtype] * largest + 16 * torch.finfo(dtype).eps


def _leads(known: Path, path: Path) -> bool:
    return len(known) <= len(path) and all(a is ... or a == b for a, b in zip(known, path, strict=False))
