"""Whether a student's outputs are those of a formula, up to rounding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from autograder.judge.record import RecordedCall
from autograder.judge.registry import Relation
from autograder.wire import Array

# How far two ways of computing the same thing may be apart: relative to the largest number of the output, and absolute.
ROUNDING = {torch.float64: (1e-8, 1e-12), torch.float32: (2e-4, 1e-6)}
OVERFLOWING = 0.02  # relative; just before exp underflows, what is still finite has few digits left


@dataclass(frozen=True)
class Likeness:
    """How the student's outputs are compared with a formula's."""

    relation: Relation | None = None
    strict: bool = True  # a float is no tensor, and dtypes are compared

    def same(self, yours: RecordedCall, formula: RecordedCall) -> bool:
        """Return whether the formula explains what came of one call."""
        if yours.error != formula.error:
            return False
        if yours.error:
            return True
        dtype = _dtype(yours)
        after = () if self.relation is Relation.CHANGED else zip(yours.after, formula.after, strict=True)
        if not all(self._alike(a, b, dtype) for a, b in after):
            return False
        return self._alike(yours.value, formula.value, dtype)

    def holds(self, yours: Sequence[RecordedCall], formula: Sequence[RecordedCall]) -> bool:
        """Return whether the calls show what the relation is named after at all."""
        if self.relation is Relation.FLOAT32:
            off = [pair for pair in zip(yours, formula, strict=True) if _inaccurate(*pair)]
            return bool(off) and all(_in_single(call) for call, _ in off)
        if self.relation is Relation.OVERFLOW:
            return any(not bool(numbers.isfinite().all()) for call in yours for numbers in _all_numbers(call.value))
        if self.relation is Relation.CHANGED:
            return any(_changed(call) for call in yours)
        return True

    def _alike(self, yours: Any, formula: Any, dtype: torch.dtype) -> bool:
        if isinstance(yours, list) or isinstance(formula, list):
            return (
                isinstance(yours, list)
                and isinstance(formula, list)
                and len(yours) == len(formula)
                and all(self._alike(a, b, dtype) for a, b in zip(yours, formula, strict=True))
            )
        mine, theirs = _numbers(yours), _numbers(formula)
        if mine is None or theirs is None:
            return mine is theirs is None and type(yours) is type(formula)
        if self.strict and _kind(yours) != _kind(formula):
            return False
        if isinstance(yours, torch.Tensor) and yours.dtype is torch.float32:
            dtype = torch.float32  # what is returned is no more accurate, whatever the inputs are
        return self._close(mine, theirs, dtype)

    def _close(self, yours: torch.Tensor, formula: torch.Tensor, dtype: torch.dtype) -> bool:
        if yours.numel() == formula.numel() == 1:
            yours, formula = yours.reshape(()), formula.reshape(())
        if yours.shape != formula.shape:
            return False
        relative, absolute = ROUNDING[torch.float32 if self.relation is Relation.FLOAT32 else dtype]
        if self.relation is Relation.OVERFLOW:
            if not bool(yours.isfinite().all()):
                return True
            relative = OVERFLOWING
        if not _broken_alike(yours, formula):
            return False
        yours, formula = yours[yours.isfinite()], formula[formula.isfinite()]
        scale = float(formula.abs().max()) if formula.numel() else 0.0
        return bool(((yours - formula).abs() <= relative * scale + absolute).all())


def unsteady(calls: Sequence[RecordedCall]) -> bool:
    """Return whether one of the calls, made twice, did not give the same twice. Exceptions are no answers."""
    exact = Likeness()
    seen: dict[str, RecordedCall] = {}
    return any(not exact.same(call, seen.setdefault(_key(call), call)) for call in calls if not call.error)


def _inaccurate(yours: RecordedCall, formula: RecordedCall) -> bool:
    """Return whether float64 inputs gave what is not right to float64 accuracy."""
    return _dtype(yours) is torch.float64 and not Likeness(strict=False).same(yours, formula)


def _in_single(call: RecordedCall) -> bool:
    """Return whether there is a tensor or number in the output that float32 holds exactly, and float16 does not."""
    return any(
        torch.equal(numbers, numbers.float().double()) and not torch.equal(numbers, numbers.half().double())
        for numbers in _all_numbers(call.value)
    )


def _key(call: RecordedCall) -> str:
    # Another memory layout is another input: a function may fail on that alone.
    parts = [
        f"{value.dtype}{value.stride()}{value.tolist()}" if isinstance(value, torch.Tensor) else repr(value)
        for value in call.arguments
    ]
    return "|".join((call.function, *parts, str(call.back)))


def _changed(call: RecordedCall) -> bool:
    before = (call.arguments[i] for i in call.back)
    return any(
        isinstance(old, torch.Tensor) and not (isinstance(new, torch.Tensor) and torch.equal(old, new))
        for old, new in zip(before, call.after, strict=True)
    )


def _broken_alike(yours: torch.Tensor, formula: torch.Tensor) -> bool:
    """Return whether the same numbers are NaN, and the same infinite."""
    infinite = yours.isinf()
    return (
        torch.equal(yours.isnan(), formula.isnan())
        and torch.equal(infinite, formula.isinf())
        and torch.equal(yours[infinite], formula[infinite])
    )


def _dtype(call: RecordedCall) -> torch.dtype:
    """Return the least accurate dtype among the inputs, which rounding is measured by."""
    single = any(isinstance(value, torch.Tensor) and value.dtype != torch.float64 for value in call.arguments)
    return torch.float32 if single else torch.float64


def _kind(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"tensor {value.dtype}"
    if isinstance(value, Array):
        return "number" if value.scalar else f"array {value.values.dtype}"
    return "number"


def _numbers(value: Any) -> torch.Tensor | None:
    """Return the numbers of a tensor, array or number as float64; None for anything else."""
    if isinstance(value, Array):
        value = value.values
    if isinstance(value, bool | int | float | torch.Tensor):
        return torch.as_tensor(value, dtype=torch.float64)
    return None


def _all_numbers(value: Any) -> list[torch.Tensor]:
    if isinstance(value, list):
        return [numbers for item in value for numbers in _all_numbers(item)]
    numbers = _numbers(value)
    return [] if numbers is None else [numbers]
