"""A quick look at one call, which most formulas fail: comparing all of an output takes longer than making it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import torch

from autograder.judge import pytree
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.leaf_numbers import ROUNDING, numbers_of, tolerated
from autograder.judge.diagnosis.likeness import OVERFLOWING, Likeness


@dataclass(frozen=True)
class Screen:
    """Looks at the one number of each part of an output where the answer is furthest from the right one.

    It lets all pass that ``Likeness.same`` does: its room is that of the least accurate dtype.
    """

    call: RecordedCall  # the student's
    right: RecordedCall  # the same call of the right formula's
    likeness: Likeness

    @classmethod
    def of(cls, calls: Sequence[RecordedCall], right: Formula, likeness: Likeness) -> Screen:
        """Return a screen for the call that takes least time to make."""
        smallest = min(calls, key=RecordedCall.size)
        return cls(smallest, next(right.outputs([smallest])), likeness)

    def lets_pass(self, formula: Formula, breaks_down: bool = False) -> bool:
        """Return whether a formula, one that ``breaks_down`` where numbers get large, may explain the call.

        What has a memory can't be asked for one call alone.
        """
        if formula.has_memory:
            return True
        made = next(formula.outputs([self.call]))
        if self.call.error or made.error:
            return self.call.error == made.error
        parts = [leaf for _, leaf in pytree.leaves(made.value)]
        relative = OVERFLOWING if breaks_down else ROUNDING[torch.float32][0]
        return len(parts) == len(self._looked_at) and all(map(partial(_may_be, relative), self._looked_at, parts))

    @cached_property
    def _looked_at(self) -> list[_Number | None]:
        off = self.likeness.off(self.call, torch.float32)
        found = []
        for path, mine in pytree.leaves(self.call.value):
            right = pytree.at(self.right.value, path)
            found.append(_furthest(numbers_of(mine), numbers_of(right), pytree.at(off, path)))
        return found


@dataclass(frozen=True)
class _Number:
    """A number of a part of an output, and how far a right answer's may be off."""

    value: float
    place: int
    among: int  # so many
    off: float


def _furthest(mine: torch.Tensor | None, right: torch.Tensor | None, off: object) -> _Number | None:
    if mine is None or not mine.numel() or not mine.is_floating_point():
        return None
    flat, place = mine.double().reshape(-1), 0
    if right is not None and right.numel() == mine.numel():
        place = int((flat - right.double().reshape(-1)).abs().nan_to_num(torch.inf).argmax())
    own = tolerated(mine, off)
    return _Number(float(flat[place]), place, mine.numel(), 0.0 if own is None else float(own.reshape(-1)[place]))


def _may_be(relative: float, looked_at: _Number | None, part: object) -> bool:
    theirs = numbers_of(part)
    if looked_at is None or theirs is None:
        return True
    if theirs.numel() != looked_at.among:
        return False
    theirs = theirs.reshape(-1)
    value = float(theirs[looked_at.place])
    largest = float(theirs.double().abs().nan_to_num(0.0, 0.0).max())
    room = relative * largest + ROUNDING[torch.float32][1] + 2 * looked_at.off
    # NaN is like NaN alone, and no difference is more than another.
    return math.isnan(value) == math.isnan(looked_at.value) and not abs(value - looked_at.value) > room
