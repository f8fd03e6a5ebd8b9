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
from autograder.judge.diagnosis.leaf_numbers import (
    all_numbers,
    broken_alike,
    has_single,
    kind,
    made_of_single,
    numbers_of,
    rounding,
    tolerated,
)
from autograder.judge.diagnosis.registry import Symptom

OVERFLOWING = 0.02  # relative; just before exp underflows, what is still finite has few digits left

# (function or probe, dtype, *arguments) → how far a right answer in that dtype may be off, in the form of its output.
Tolerance = Callable[..., Any]


@dataclass(frozen=True)
class Likeness:
    """How the student's outputs are compared with a formula's."""

    symptom: Symptom | None = None
    strict: bool = True  # a float is no tensor and no int, a list no tuple, and dtypes are compared
    single: bool = False  # the formula works in float32, or what it is to explain does, whatever the inputs are
    tolerance: Tolerance | None = None  # the assignment's own; it knows of which size the numbers on the way are

    def same(
        self,
        yours: RecordedCall,
        formula: RecordedCall,
        dtype: torch.dtype | None = None,
        calm: RecordedCall | None = None,
    ) -> bool:
        """Return whether the formula explains what came of one call; ``dtype``: of its inputs and all that comes in.

        ``calm``: what the formula would give if nothing in it overflowed or underflowed. Where it gives anything else,
        it has few digits left.
        """
        if yours.error or formula.error:
            return yours.error == formula.error
        dtype = torch.float32 if self.single else dtype or input_dtype(yours)
        after = () if self.symptom is Symptom.CHANGED else zip(yours.after, formula.after, strict=True)
        if not all(self.alike(a, b, dtype) for a, b in after):
            return False
        if self.alike(yours.value, formula.value, dtype):
            return True
        if calm is not None and not self.alike(formula.value, calm.value, dtype):
            return self.alike(yours.value, formula.value, dtype, relative=OVERFLOWING)
        off = self.off(yours, dtype)
        return off is not None and self.alike(yours.value, formula.value, dtype, off)

    def dtype_of(self, yours: RecordedCall, dtype: torch.dtype | None = None) -> torch.dtype:
        """Return what rounding is measured by; ``dtype``: of the inputs and all that comes in."""
        return torch.float32 if self.single or has_single(yours.value) else dtype or input_dtype(yours)

    def off(self, yours: RecordedCall, dtype: torch.dtype) -> Any:
        """Return how far a right answer to a call may be off, in the form of its output; None where nobody says so."""
        if self.tolerance is None:
            return None
        what = yours.function if yours.probe is None else yours.probe.__name__
        return self.tolerance(what, self.dtype_of(yours, dtype), *yours.arguments)

    def holds(self, yours: Sequence[RecordedCall], exact: Sequence[RecordedCall], telling: Sequence[bool]) -> bool:
        """Return whether the calls show what the symptom is named after at all.

        ``exact``: what the formula gives when it works in the inputs' dtype; ``telling``: which calls show float32
        (see ``shows_single``) in a formula that works in it.
        """
        if self.single and not self._works_in_single(yours, exact, telling):
            return False
        if self.symptom is Symptom.OVERFLOW:
            return any(not bool(numbers.isfinite().all()) for call in yours for numbers in all_numbers(call.value))
        if self.symptom is Symptom.CHANGED:
            return any(_changed(call) for call in yours)
        return True

    def shows_single(self, call: RecordedCall, exact: RecordedCall) -> bool:
        """Return whether float64 inputs gave what is not right to float64 accuracy, and was made of float32 numbers."""
        return self._is_inexact(call, exact) and made_of_single(call.value)

    def _works_in_single(
        self, yours: Sequence[RecordedCall], exact: Sequence[RecordedCall], telling: Sequence[bool]
    ) -> bool:
        """Return whether float32 shows, and in most inexact outputs where it does in the formula.

        Not in all: numbers that become float64 earlier than in the formula may have all digits by the end.
        """
        shown = [self.shows_single(call, right) for call, right in zip(yours, exact, strict=True)]
        inexact = [self._is_inexact(call, right) for call, right in zip(yours, exact, strict=True)]
        told = [one for one, tells, off in zip(shown, telling, inexact, strict=True) if tells and off]
        return any(shown) and 2 * sum(told) >= len(told)

    def _is_inexact(self, call: RecordedCall, exact: RecordedCall) -> bool:
        plain = Likeness(strict=False, tolerance=self.tolerance)
        return input_dtype(call) is torch.float64 and not plain.same(call, exact)

    def alike(self, yours: Any, formula: Any, dtype: torch.dtype, off: Any = None, relative: float = 0.0) -> bool:
        """Return whether all leaves are alike; ``off`` has the form of the output, as far as it goes."""
        return all(
            self._leaves_alike(one, other, dtype, pytree.at(off, path), relative)
            for path, one, other in pytree.pairs(yours, formula, kinds=self.strict)
        )

    def _leaves_alike(self, yours: Any, formula: Any, dtype: torch.dtype, off: Any, relative: float) -> bool:
        mine, theirs = numbers_of(yours), numbers_of(formula)
        if mine is None or theirs is None:
            # Of what can't cross, all that is known is the name of its type; containers stand here if they are unlike.
            return pytree.children(yours) is None and type(yours) is type(formula) and bool(yours == formula)
        if self.strict and kind(yours) != kind(formula):
            return False
        if mine.numel() == theirs.numel() == 1:
            mine, theirs = mine.reshape(()), theirs.reshape(())
        if mine.shape != theirs.shape:
            return False
        if not mine.is_floating_point() and not theirs.is_floating_point():
            return bool((mine == theirs).all())
        if has_single(yours):
            dtype = torch.float32  # what is returned is no more accurate, whatever the inputs are
        return _close(mine.double(), theirs.double(), dtype, off, relative)


def _close(yours: torch.Tensor, formula: torch.Tensor, dtype: torch.dtype, off: Any, relative: float) -> bool:
    if not broken_alike(yours, formula):
        return False
    finite = formula.isfinite()
    room, own = rounding(formula, dtype, relative), tolerated(formula, off)
    if own is not None:
        room = torch.maximum(room, 2 * own)  # the formula may be off, too
    return bool(((yours - formula).abs() <= room)[finite].all())


def unsteady(calls: Sequence[RecordedCall]) -> bool:
    """Return whether one of the calls, made twice, did not give the same twice. Exceptions are no answers.

    Float32 numbers on the way may be added up in another order the second time.
    """
    exact = Likeness(single=True)
    seen: dict[Hashable, RecordedCall] = {}
    # Another memory layout is another input: a function may fail on that alone.
    return any(not call.error and not exact.same(call, seen.setdefault(call.given, call)) for call in calls)


def _changed(call: RecordedCall) -> bool:
    before = wire.plain([call.arguments[i] for i in call.back])
    values = partial(pytree.content, layout=False)
    return pytree.identity(before, values) != pytree.identity(list(call.after), values)


def input_dtype(call: RecordedCall) -> torch.dtype:
    """Return the least accurate dtype among the inputs, which rounding is measured by."""
    tensors = (leaf for _, leaf in pytree.leaves(call.arguments) if isinstance(leaf, torch.Tensor))
    single = any(tensor.is_floating_point() and tensor.dtype != torch.float64 for tensor in tensors)
    return torch.float32 if single else torch.float64
