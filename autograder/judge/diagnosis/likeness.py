"""Whether a student's outputs are those of a formula, up to rounding."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from autograder import wire
from autograder.judge import pytree
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.registry import Symptom
from autograder.wire import Array

# How far two ways of computing the same thing may be apart: relative to the largest number of the output, and absolute.
ROUNDING = {torch.float64: (1e-8, 1e-12), torch.float32: (2e-4, 1e-6)}
OVERFLOWING = 0.02  # relative; just before exp underflows, what is still finite has few digits left
SINGLE_BITS = 36  # significant bits of what comes of a few float32 numbers; one in 2^17 float64 numbers has so few
HALF_BITS = 11

# (function or probe, dtype, *arguments) → how far a right answer in that dtype may be off, in the form of its output.
Tolerance = Callable[..., Any]


@dataclass(frozen=True)
class Likeness:
    """How the student's outputs are compared with a formula's."""

    symptom: Symptom | None = None
    strict: bool = True  # a float is no tensor and no int, and dtypes are compared
    single: bool = False  # the formula works in float32, or what it is to explain does, whatever the inputs are
    tolerance: Tolerance | None = None  # the assignment's own; it knows of which size the numbers on the way are

    def same(
        self,
        yours: RecordedCall,
        formula: RecordedCall,
        dtype: torch.dtype | None = None,
        right: RecordedCall | None = None,
    ) -> bool:
        """Return whether the formula explains what came of one call; ``dtype``: of its inputs and all that comes in.

        ``right``: what a right answer gives, where the formula may lose digits before it breaks down.
        """
        if yours.error != formula.error:
            return False
        if yours.error:
            return True
        dtype = torch.float32 if self.single else dtype or input_dtype(yours)
        after = () if self.symptom is Symptom.CHANGED else zip(yours.after, formula.after, strict=True)
        if not all(self._alike(a, b, dtype) for a, b in after):
            return False
        if self._alike(yours.value, formula.value, dtype):
            return True
        if right is not None and not self._alike(formula.value, right.value, dtype):
            return self._alike(yours.value, formula.value, dtype, relative=OVERFLOWING)
        if self.tolerance is None:
            return False
        dtype = torch.float32 if _has_single(yours.value) else dtype
        what = yours.function if yours.probe is None else yours.probe.__name__
        off = self.tolerance(what, dtype, *yours.arguments)
        return self._alike(yours.value, formula.value, dtype, off)

    def holds(self, yours: Sequence[RecordedCall], formula: Sequence[RecordedCall]) -> bool:
        """Return whether the calls show what the symptom is named after at all.

        ``formula``: what it gives when it works in the inputs' dtype.
        """
        if self.single and not self._shows_single(yours, formula):
            return False
        if self.symptom is Symptom.OVERFLOW:
            return any(not bool(numbers.isfinite().all()) for call in yours for numbers in _all_numbers(call.value))
        if self.symptom is Symptom.CHANGED:
            return any(_changed(call) for call in yours)
        return True

    def _shows_single(self, yours: Sequence[RecordedCall], formula: Sequence[RecordedCall]) -> bool:
        """Return whether float64 inputs gave what is not right to float64 accuracy, and was made of float32 numbers."""
        exact = Likeness(strict=False, tolerance=self.tolerance)
        return any(
            input_dtype(call) is torch.float64 and not exact.same(call, right) and _made_of_single(call)
            for call, right in zip(yours, formula, strict=True)
        )

    def _alike(self, yours: Any, formula: Any, dtype: torch.dtype, off: Any = None, relative: float = 0.0) -> bool:
        """Return whether all leaves are alike; ``off`` has the form of the output, as far as it goes."""
        return all(
            self._leaves_alike(one, other, dtype, pytree.at(off, path), relative)
            for path, one, other in pytree.pairs(yours, formula)
        )

    def _leaves_alike(self, yours: Any, formula: Any, dtype: torch.dtype, off: Any, relative: float) -> bool:
        mine, theirs = _numbers(yours), _numbers(formula)
        if mine is None or theirs is None:
            # Of what can't cross, all that is known is the name of its type; containers stand here if they are unlike.
            return pytree.children(yours) is None and type(yours) is type(formula) and bool(yours == formula)
        if self.strict and _kind(yours) != _kind(formula):
            return False
        if mine.numel() == theirs.numel() == 1:
            mine, theirs = mine.reshape(()), theirs.reshape(())
        if mine.shape != theirs.shape:
            return False
        if not mine.is_floating_point() and not theirs.is_floating_point():
            return bool((mine == theirs).all())
        if _has_single(yours):
            dtype = torch.float32  # what is returned is no more accurate, whatever the inputs are
        return _close(mine.double(), theirs.double(), max(relative, ROUNDING[dtype][0]), ROUNDING[dtype][1], off)


def _close(yours: torch.Tensor, formula: torch.Tensor, relative: float, absolute: float, off: Any) -> bool:
    if not _broken_alike(yours, formula):
        return False
    finite = formula.isfinite()
    scale = float(formula[finite].abs().max()) if bool(finite.any()) else 0.0
    allowed = torch.full_like(formula, relative * scale + absolute)
    if isinstance(off, float | int | torch.Tensor) and torch.as_tensor(off).shape == formula.shape:
        both = 2 * torch.as_tensor(off, dtype=torch.float64)  # the formula may be off, too
        allowed = torch.maximum(allowed, both)
    return bool(((yours - formula).abs() <= allowed)[finite].all())


def unsteady(calls: Sequence[RecordedCall]) -> bool:
    """Return whether one of the calls, made twice, did not give the same twice. Exceptions are no answers.

    Float32 numbers on the way may be added up in another order the second time.
    """
    exact = Likeness(single=True)
    seen: dict[Hashable, RecordedCall] = {}
    for call in calls:
        # Another memory layout is another input: a function may fail on that alone.
        key = call.function, call.probe, pytree.identity(call.arguments), call.back
        if not call.error and not exact.same(call, seen.setdefault(key, call)):
            return True
    return False


def _made_of_single(call: RecordedCall) -> bool:
    """Return whether there is a tensor or number in the output that is made of a few float32 numbers.

    On their way to the output they may have been multiplied by small numbers and added up, in float64.
    """
    return any(
        _fits(numbers, SINGLE_BITS) and not _fits(numbers, HALF_BITS)
        for numbers in _all_numbers(call.value)
        if bool(numbers.isfinite().all())
    )


def _fits(numbers: torch.Tensor, bits: int) -> bool:
    """Return whether so many significant bits hold the numbers exactly."""
    scaled = torch.frexp(numbers).mantissa * 2.0**bits
    return torch.equal(scaled, scaled.trunc())


def _has_single(value: Any) -> bool:
    """Return whether what came back is float32, or a part of it."""
    return any(isinstance(leaf, torch.Tensor) and leaf.dtype is torch.float32 for _, leaf in pytree.leaves(value))


def _changed(call: RecordedCall) -> bool:
    before = wire.plain([call.arguments[i] for i in call.back])
    values = partial(pytree.content, layout=False)
    return pytree.identity(before, values) != pytree.identity(list(call.after), values)


def _broken_alike(yours: torch.Tensor, formula: torch.Tensor) -> bool:
    """Return whether the same numbers are NaN, and the same infinite."""
    infinite = yours.isinf()
    return (
        torch.equal(yours.isnan(), formula.isnan())
        and torch.equal(infinite, formula.isinf())
        and torch.equal(yours[infinite], formula[infinite])
    )


def input_dtype(call: RecordedCall) -> torch.dtype:
    """Return the least accurate dtype among the inputs, which rounding is measured by."""
    tensors = (leaf for _, leaf in pytree.leaves(call.arguments) if isinstance(leaf, torch.Tensor))
    single = any(tensor.is_floating_point() and tensor.dtype != torch.float64 for tensor in tensors)
    return torch.float32 if single else torch.float64


def _kind(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"tensor {value.dtype}"
    if isinstance(value, Array):
        return f"array {value.values.dtype}" if not value.scalar or not value.values.is_floating_point() else "float"
    return type(value).__name__


def _numbers(value: Any) -> torch.Tensor | None:
    """Return the numbers of a tensor, array or number, a Python float's as float64; None for anything else."""
    if isinstance(value, Array):
        value = value.values
    if isinstance(value, float):
        return torch.tensor(value, dtype=torch.float64)
    return torch.as_tensor(value) if isinstance(value, bool | int | torch.Tensor) else None


def _all_numbers(value: Any) -> list[torch.Tensor]:
    """Return the numbers of all leaves, as float64."""
    found = (_numbers(leaf) for _, leaf in pytree.leaves(value))
    return [numbers.double() for numbers in found if numbers is not None]
