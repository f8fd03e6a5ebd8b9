"""A call of a student's function beside what the right answer makes of it, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from autograder.judge import pytree
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.leaf_numbers import numbers_of, rounding, tolerated
from autograder.judge.diagnosis.likeness import Likeness, input_dtype


@dataclass(frozen=True, eq=False)
class Part:
    """Numbers beside the right ones, all as float64 and flat, and how far they may be apart by rounding."""

    mine: Tensor
    right: Tensor
    room: Tensor

    @property
    def finite(self) -> bool:
        """Whether all of them are."""
        return bool(self.mine.isfinite().all())

    @property
    def shows_nothing(self) -> bool:
        """Whether none of them is finite, though all right ones are."""
        return not bool(self.mine.isfinite().any()) and bool(self.right.isfinite().all())

    @property
    def is_wrong_at(self) -> Tensor:
        """Which of them are wrong."""
        return ~((self.mine - self.right).abs() <= self.room)

    @property
    def is_right(self) -> bool:
        """Whether none is wrong."""
        return not bool(self.is_wrong_at.any())

    @property
    def error(self) -> float:
        """The largest error, relative to the largest right number; 0 where none is wrong."""
        if self.is_right:
            return 0.0
        return float((self.mine - self.right).abs().max() / self.right.abs().max().clamp(min=1e-300))


LARGE = 80.0  # near where exp overflows in float32


@dataclass(frozen=True, eq=False)
class Seen:
    """What came of a call, and what should have."""

    yours: RecordedCall
    right: RecordedCall
    likeness: Likeness

    @cached_property
    def is_right(self) -> bool:
        """Whether it is right to within rounding, whatever it came back as."""
        return self.likeness.same(self.yours, self.right, self._dtype)

    @cached_property
    def shows_nothing_wrong(self) -> bool:
        """Whether it is right, and came back as what it should."""
        strict = Likeness(tolerance=self.likeness.tolerance)
        return self.is_right and strict.same(self.yours, self.right, self._dtype)

    @cached_property
    def place(self) -> str:
        """What was tried: function, probe, the words and truth values among its arguments, "images" and "large"."""
        probe = [self.yours.probe.__name__] if self.yours.probe else []
        words = [str(value) for value in self.yours.arguments if isinstance(value, str | bool)]
        tensors = [*_tensors(self.yours.arguments)]
        images = ["images"] if any(one.dim() == 4 for one in tensors) else []
        large = ["large"] if any(bool((one.abs() > LARGE).any()) for one in tensors) else []
        return " ".join([self.yours.function, *probe, *words, *images, *large])

    @property
    def rows(self) -> int | None:
        """How many rows the first argument has; None where it has none."""
        first = self.yours.arguments[0] if self.yours.arguments else None
        return len(first) if isinstance(first, Tensor) and first.dim() else None

    @cached_property
    def parts(self) -> list[Part]:
        """The tensors or numbers that came back; nothing where they aren't as many, or not of the right shapes."""
        if self.yours.error or self.has_other_form:
            return []
        mine, right = _parts(self.yours.value), _parts(self.right.value)
        own = _parts(self.likeness.off(self.yours, self._dtype))
        off = own if len(own) == len(right) else [None] * len(right)
        return [self._part(*three) for three in zip(mine, right, off, strict=True)]

    @property
    def moved(self) -> Part:
        """How far the first part has gone from the first argument."""
        first, start = self.parts[0], self.yours.arguments[0].double().reshape(-1)
        return Part(first.mine - start, first.right - start, first.room)

    @property
    def part_count(self) -> int:
        """How many things should have come back; what a probe writes down is one."""
        return len(_parts(self.right.value))

    @cached_property
    def has_other_form(self) -> bool:
        """Whether other things came back than should have, or of another shape."""
        mine, right = _parts(self.yours.value), _parts(self.right.value)
        return len(mine) != len(right) or any(map(_unlike, mine, right))

    @property
    def _dtype(self) -> torch.dtype:
        return self.likeness.dtype_of(self.yours, input_dtype(self.yours))

    def _part(self, mine: Any, right: Any, off: Any) -> Part:
        numbers, theirs = numbers_of(mine), numbers_of(right)
        assert numbers is not None and theirs is not None
        own = tolerated(theirs, off)
        room = rounding(theirs.double(), self._dtype)
        room = room if own is None else torch.maximum(room, 2 * own)
        return Part(*(one.double().reshape(-1) for one in (numbers, theirs, room)))


def seen(calls: Sequence[RecordedCall], right: Formula, likeness: Likeness) -> list[Seen]:
    """Return calls beside those of the right formula."""
    return [Seen(yours, made, likeness) for yours, made in zip(calls, right.outputs(calls), strict=True)]


def _tensors(arguments: Sequence[Any]) -> Iterator[Tensor]:
    for value in arguments:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)


def _parts(value: Any) -> list[Any]:
    inner = pytree.children(value)
    return [value] if inner is None else [None] if isinstance(value, dict) else [item for _, item in inner]


def _unlike(mine: Any, right: Any) -> bool:
    numbers, theirs = numbers_of(mine), numbers_of(right)
    if numbers is None or theirs is None:
        return True
    return numbers.shape != theirs.shape and not numbers.numel() == theirs.numel() == 1
