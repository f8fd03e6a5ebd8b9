"""What a student's function gave back, and the ways in which it can be wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from autograder.judge import describe, equality, pytree, resemblance
from autograder.judge.diagnosis.registry import Cause
from autograder.judge.equality import ROUNDING, Tolerance
from autograder.judge.evidence import Counterexample
from autograder.judge.pytree import Path
from autograder.judge.wrong_numbers import Wrong, off
from autograder.wire import Array

# The tests that are about the numbers show an example.
_NOTHING_YET = "This can't be told yet: it wants something like the right answer first."


class StudentFailed(Exception):  # noqa: N818 - a finding about the student's code, not an error of ours
    """The student's function is wrong on this input. Hypothesis looks for a smaller input that shows it."""

    def __init__(
        self, message: str, counterexample: Counterexample | None = None, exception: str = "", reason: str = ""
    ):
        super().__init__(message)
        self.message = message
        self.counterexample = counterexample
        self.exception = exception  # the type of the exception that the function raised
        self.reason = reason  # that exception's message


class StudentLost(BaseException):
    """The student's function hung, crashed or used up its time. A BaseException: Hypothesis must not try again."""

    def __init__(
        self, message: str, counterexample: Counterexample | None, ends_question: bool, cause: Cause | None = None
    ):
        super().__init__(message)
        self.message = message
        self.counterexample = counterexample
        self.ends_question = ends_question  # the question's other tests would only wait for the same
        self.cause = cause


@dataclass(frozen=True)
class Call:
    """One call of a student's function: its name and what it was given, by the names the assignment uses."""

    function: str
    inputs: tuple[tuple[str, Any], ...]
    where: str = ""  # e.g. "step 3 of 5"
    story: str = ""  # what a probe did with it, in words

    @property
    def dtype(self) -> torch.dtype:
        """The inputs' precision: that of the first tensor of floats; float64 where there is none."""
        leaves = (leaf for _, value in self.inputs for _, leaf in pytree.leaves(value))
        tensors = (leaf for leaf in leaves if isinstance(leaf, torch.Tensor) and leaf.is_floating_point())
        return next((tensor.dtype for tensor in tensors), torch.float64)

    def counterexample(self, yours: str, expected: str) -> Counterexample:
        """Put the call, its answer and what was expected into words."""
        inputs = tuple((name, describe.describe(value)) for name, value in self.inputs)
        done, at = (((name, text),) if text else () for name, text in (("tried", self.story), ("at", self.where)))
        return Counterexample(done + inputs + at, yours, expected)


@dataclass(frozen=True)
class Answer:
    """What came back from one call, as plain data; its methods check it or raise ``StudentFailed``."""

    call: Call
    value: Any
    after: tuple[Any, ...] = ()  # the arguments as they were after the call, where asked for
    place: str = ""  # of what is a part of what came back: "under 'first', element [2]"

    def fail(self, message: str, expected: str, yours: str | None = None) -> StudentFailed:
        """Return the exception to raise when the answer is wrong in a way of the test's own."""
        yours = describe.describe(self.value) if yours is None else yours
        if self.place:
            message = f"In what came back {self.place}: {message}"
            yours, expected = f"{self.place}: {yours}", f"{self.place}: {expected}"
        return StudentFailed(message, self.call.counterexample(yours, expected))

    def at(self, *path: Any) -> Answer:
        """Return a part of the answer: what stands under a key of a dictionary, at an index of a list, and so on.

        Its checks say where it is. An answer that has no such part fails.
        """
        part = self
        for step in path:
            value = part.value
            if isinstance(value, list) and type(step) is int and -len(value) <= step < len(value):
                step %= len(value)
            elif not isinstance(value, dict) or step not in value:
                wanted = describe.container_with(step, value)
                raise part._wrong(Wrong(f"should be {wanted}, but it is {equality.what(value)}.", "", wanted))
            part = part._part((step,))
        return part

    def _part(self, path: Path) -> Answer:
        places = filter(None, (self.place, describe.place_of(path, self.value)))
        return Answer(self.call, pytree.at(self.value, path), place=", ".join(places))

    def _wrong(self, wrong: Wrong) -> StudentFailed:
        subject = "it" if self.place else "What came back"
        return self.fail(f"{subject} {wrong.says}", wrong.expected, wrong.yours or None)

    def equal(
        self,
        expected: Any,
        *,
        rounding: Mapping[torch.dtype, float] = ROUNDING,
        within: Mapping[Path, Tolerance] | None = None,
        strict: bool = True,
    ) -> None:
        """Check that the answer is ``expected``: plain data, where a tuple is as good as a list.

        Floating numbers may be off as far as ``rounding`` says of their dtype, or that of the inputs where it is less
        accurate, relative to the largest number of their tensor; a dtype it doesn't name has ``equality.ROUNDING``.
        ``within`` gives absolute tolerances by path, the longest path that leads to a number counts, and ``...`` in it
        stands for any step: ``{("losses", ..., 0): 1e-5}``. Everything else must be equal. Not strict: another width of
        dtype, an array for a tensor, a tensor of one number for a number or an int for a float will do, too.

        Raises ValueError when ``expected`` holds something that can't be compared.
        """
        right = equality.plain(expected)
        allowed = equality.Allowed({**ROUNDING, **rounding}, within or {}, self.call.dtype)
        found = equality.first_difference(self.value, right, allowed, strict, self.call.dtype)
        if found is not None:
            raise self._part(found.path)._wrong(found.wrong)

    def number(self, strict: bool = True) -> float:
        """Return the answer as a float. A Python float or a NumPy float is one.

        Not strict: a tensor or array of a single number, or an int, will do, too (its type is another test's business).
        """
        value = self.value
        if isinstance(value, float) or (type(value) is int and not strict):
            return float(value)
        single = value.values if isinstance(value, Array) else value
        if isinstance(single, torch.Tensor) and single.is_floating_point() and single.numel() == 1:
            numpy_float = isinstance(value, Array) and value.scalar
            if numpy_float or not strict:
                return float(single)
        what = "nothing (None)" if value is None else describe.kind(value)
        if self.place:
            raise self.fail(f"it must be a Python float, but it is {what}.", "a float")
        raise self.fail(f"{self.call.function} must return a Python float, but yours returned {what}.", "a float")

    def tensor(self, like: torch.Tensor, name: str = "the answer", strict: bool = True) -> torch.Tensor:
        """Return the answer as a tensor, after checking that it has the shape and dtype of ``like``.

        Not strict: another floating dtype, a NumPy array or lists of floats will do, too (these are another test's
        business).
        """
        value, wanted = self.value, describe.kind(like)
        if not strict:
            value = _as_tensor(value)
        if not isinstance(value, torch.Tensor) or not value.is_floating_point():
            what = "nothing (None)" if value is None else describe.kind(value)
            raise self.fail(f"{name} must be a tensor, but yours is {what}.", f"a {wanted}")
        if value.shape != like.shape:
            message = f"{name} has shape {describe.shape(value)}, but it should be {describe.shape(like)}."
            raise self.fail(message, f"a {wanted}", describe.kind(value))
        if strict and value.dtype != like.dtype:
            message = f"{name} has dtype {_dtype(value)}, but it should keep {_dtype(like)}."
            raise self.fail(message, f"a {wanted}", describe.kind(value))
        return value.to(like.dtype)

    def parts(self, names: tuple[str, ...]) -> tuple[Answer, ...]:
        """Return the answer's parts: a tuple, list or named tuple of exactly as many values as ``names``."""
        returned = f"({', '.join(names)})"
        if not isinstance(self.value, list) or len(self.value) != len(names):
            what = "nothing (None)" if self.value is None else describe.kind(self.value)
            if self.place:
                raise self.fail(f"it must be {returned}, but it is {what}.", returned)
            raise self.fail(f"{self.call.function} must return {returned}, but yours returned {what}.", returned)
        return tuple(Answer(self.call, value, place=self.place) for value in self.value)

    def close(self, right: torch.Tensor | float, tolerance: torch.Tensor | float, name: str) -> None:
        """Check numbers: finite, and within ``tolerance`` (absolute, broadcast to ``right``) of ``right``.

        ``right`` and ``tolerance`` are float64 numbers of the judge's own.
        """
        wanted = torch.as_tensor(right, dtype=torch.float64)
        yours = self._numbers_like(wanted, name)
        bad = ~((yours - wanted).abs() <= torch.as_tensor(tolerance, dtype=torch.float64))  # a NaN is bad, too
        if not bool(bad.any()):
            return
        found = off(self.value, yours, wanted, bad, self.call.dtype)
        raise self.fail(f"{name} {found.says}", found.expected, found.yours)

    def multiple_of(
        self, right: torch.Tensor, tolerance: torch.Tensor | float, name: str, either_sign: bool = False
    ) -> None:
        """Check that numbers are those of ``right`` up to a positive factor: finite, and of the right direction.

        For a test of its own: what is forgotten in the size (a mean, a factor) keeps it, a wrong sign doesn't, unless
        ``either_sign``. ``tolerance`` is that of ``close``. Where ``right`` is zero, as far as that tells, any finite
        numbers will do: other examples have to show the direction.
        """
        yours, wanted, allowed = self._beside(right, tolerance, name)
        bad = resemblance.off_any_multiple(yours, wanted, allowed, either_sign)
        if bad is None or not bool(bad.any()):
            return
        factor = "factor" if either_sign else "positive factor"
        which = "" if bool(bad.all()) else f": {int(bad.sum())} of {bad.numel()} numbers don't fit the others"
        message = f"No {factor} makes {name[:1].lower()}{name[1:]} right{which}."
        raise self.fail(message, f"{describe.describe(wanted)}, or a multiple of it")

    def resembles(
        self,
        right: torch.Tensor,
        tolerance: torch.Tensor | float,
        name: str,
        start: torch.Tensor | float = 0.0,
        least: float = resemblance.ALIKE,
    ) -> None:
        """Check that numbers are something like ``right``: finite, as many, and varying with it, be it upside down.

        For a test that asks for something else, a dtype or that inputs are left alone: what knows nothing (a constant,
        random numbers, ``start`` given back) gets no points there, and what is wrong in a sign, a size or a detail
        does. ``start``: what a step sets out from, so that the change counts and not the sum. ``tolerance`` is that of
        ``close``: where ``right`` is a constant as far as it tells, any finite numbers will do. ``least``: the
        correlation that is wanted; a test whose examples have fewer than about 30 numbers together wants more.
        """
        yours, wanted, allowed = self._beside(right, tolerance, name)
        alike = resemblance.correlation(yours - start, wanted - start, allowed)
        if alike is not None and abs(alike) < least:
            raise StudentFailed(_NOTHING_YET)

    def unchanged(self, names: Sequence[str], before: Sequence[torch.Tensor]) -> None:
        """Check that the inputs which were asked back (``after``, by ``names``) are what they were ``before``."""
        for name, one, other in zip(names, before, self.after, strict=True):
            if not (isinstance(other, torch.Tensor) and other.dtype == one.dtype and torch.equal(other, one)):
                message = f"{self.call.function} changed its input {name}: work on a copy instead."
                raise self.fail(message, f"{name} as it was", f"a changed {name}")

    def finite(self, right: torch.Tensor | float, name: str) -> torch.Tensor:
        """Return the numbers, as float64, after checking that they are finite and as many as those of ``right``."""
        wanted = torch.as_tensor(right, dtype=torch.float64)
        yours = self._numbers_like(wanted, name)
        bad = ~yours.isfinite()
        if bool(bad.any()):
            found = off(self.value, yours, wanted, bad, self.call.dtype)
            raise self.fail(f"{name} {found.says}", found.expected, found.yours)
        return yours

    def _beside(
        self, right: torch.Tensor, tolerance: torch.Tensor | float, name: str
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the answer's numbers, the right ones and their tolerance, all of one shape."""
        wanted = torch.as_tensor(right, dtype=torch.float64)
        return self.finite(wanted, name), wanted, torch.as_tensor(tolerance, dtype=torch.float64).expand_as(wanted)

    def _numbers_like(self, wanted: torch.Tensor, name: str) -> torch.Tensor:
        value = self.value.values if isinstance(self.value, Array) else self.value
        try:
            if isinstance(value, torch.Tensor) and value.numel() != wanted.numel():
                yours = value  # they may be many, and are not computed with
            else:
                yours = torch.as_tensor(value, dtype=torch.float64)
        except (TypeError, ValueError, RuntimeError):  # no numbers
            what = "nothing (None)" if self.value is None else describe.kind(self.value)
            raise self.fail(f"{name} must be numbers, but yours is {what}.", describe.kind(wanted)) from None
        if yours.numel() != wanted.numel():
            message = f"{name} has shape {describe.shape(yours)}, but it should be {describe.shape(wanted)}."
            raise self.fail(message, describe.kind(wanted), describe.kind(self.value))
        return yours.reshape(wanted.shape)


def _as_tensor(value: Any) -> Any:
    """Return an array's or nested lists' numbers; the value itself where that is something else."""
    if isinstance(value, list) and value:
        with contextlib.suppress(TypeError, ValueError, RuntimeError):
            return torch.tensor(value)
    return value.values if isinstance(value, Array) else value


def joined(answers: Sequence[Answer]) -> Answer:
    """Return the single numbers of several answers as one, a tensor (n,) of float64, to check how they vary.

    Raises StudentFailed for an answer that isn't a number, or a tensor or array of one.
    """
    numbers = torch.tensor([answer.number(strict=False) for answer in answers], dtype=torch.float64)
    return Answer(answers[-1].call, numbers)


def _dtype(value: torch.Tensor) -> str:
    return str(value.dtype).removeprefix("torch.")
