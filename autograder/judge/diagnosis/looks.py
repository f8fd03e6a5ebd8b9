"""What can be seen of an answer beside the right one, where no formula gives its numbers.

A look is a fact about all calls of a question, so its hint is true of an answer as far as the hidden tests have tried
it. It names no cause, but where to look for one: "right for one example, wrong for several". Looks are plain data: what
evidence follows from them can be told.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from autograder.judge.diagnosis.registry import Look
from autograder.judge.diagnosis.seen_calls import Part, Seen

LEAST = 4  # calls that show what a look says: fewer are chance
MOST = 0.8  # of the calls that could show it; the others may come out alike, as with sizes of 1
DIGITS = 1e-2  # relative error of what has two digits


def _most(seen: Sequence[Seen], shows: Callable[[Seen], bool]) -> bool:
    shown = sum(map(shows, seen))
    return shown >= LEAST and shown >= MOST * len(seen)


@dataclass(frozen=True)
class RightForOne(Look):
    """Right for one row of the first argument, wrong for several."""

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether no call with one row is wrong, and most with several are."""
        one, several = ([call for call in seen if (call.rows == 1) is single] for single in (True, False))
        shown = len(one) >= LEAST and all(call.is_right for call in one)
        return shown and _most(several, lambda call: not call.is_right)


@dataclass(frozen=True)
class NotFinite(Look):
    """NaN or infinite, wherever the right answer is finite."""

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether most calls gave numbers, and none of them is finite."""
        return _most(seen, lambda call: any(part.mine.numel() and part.shows_nothing for part in call.parts))


@dataclass(frozen=True)
class OneNumber(Look):
    """The same number in every entry of all that comes back, where the right ones differ."""

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether that is so, nothing of another form came back, and nothing was raised."""
        mine, right = ([getattr(part, side) for call in seen for part in call.parts] for side in ("mine", "right"))
        if len(mine) < LEAST or not all(call.parts for call in seen):
            return False
        return _alike(torch.cat(mine)) and not _alike(torch.cat(right))


def _alike(numbers: Tensor) -> bool:
    return bool((numbers == numbers[:1]).all())


@dataclass(frozen=True)
class WholeNumbers(Look):
    """Nothing but integers, where the right numbers are none."""

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether that is so of all calls that can show it, and nothing of another form came back."""
        if any(call.has_other_form for call in seen if not call.yours.error):
            return False
        telling = [part for call in seen for part in call.parts if part.finite and not _whole(part.right)]
        return len(telling) >= LEAST and all(_whole(part.mine) for part in telling)


def _whole(numbers: Tensor) -> bool:
    return torch.equal(numbers, numbers.round())


@dataclass(frozen=True)
class FewDigits(Look):
    """Right to two digits or more in most calls, and not to as many as there should be."""

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether most calls are nearly right, and most are not right."""
        near = [bool(call.parts) and all(part.finite and part.error <= DIGITS for part in call.parts) for call in seen]
        return sum(near) >= MOST * len(seen) and _most(seen, lambda call: not call.is_right)


@dataclass(frozen=True)
class OtherForm(Look):
    """Not as many things as were asked for, something else than a tuple of them, or of another shape."""

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether most calls that returned show it; shapes may be the same by chance."""
        return _most([call for call in seen if not call.yours.error], lambda call: call.has_other_form)


@dataclass(frozen=True)
class OnlyPartWrong(Look):
    """One of several parts is wrong, and another one, or all others, right in all calls."""

    says_right: ClassVar[bool] = True
    part: int
    right: tuple[int, ...]

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether that is so of all calls that are to give as many parts."""
        least = max(self.part, *self.right)
        telling = [call for call in seen if call.part_count > least]
        if not all(call.parts for call in telling):
            return False
        right = all(call.parts[other].is_right for call in telling for other in self.right)
        return right and sum(not call.parts[self.part].is_right for call in telling) >= LEAST


@dataclass(frozen=True)
class WrongOnlyIn(Look):
    """What is wrong lies in some of what was tried alone, and all else is right in all calls.

    All are regular expressions of places (see ``seen_calls.Seen.place``): each of ``right`` was tried often enough, and
    each of ``told`` is wrong somewhere.
    """

    says_right: ClassVar[bool] = True
    wrong: str
    right: tuple[str, ...]
    told: tuple[str, ...] = ()

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether that is so, and at least half of what is wrong came back: an exception says more."""
        wrong = [call for call in seen if not call.is_right]
        raised = sum(bool(call.yours.error) for call in wrong)
        if not wrong or 2 * raised > len(wrong) or not all(re.fullmatch(self.wrong, call.place) for call in wrong):
            return False
        if not all(any(re.fullmatch(one, call.place) for call in wrong) for one in self.told):
            return False
        right = [call.place for call in seen if call.is_right]
        return all(sum(bool(re.fullmatch(one, place)) for place in right) >= LEAST for one in self.right)


@dataclass(frozen=True)
class OtherSpread(Look):
    """Of a matrix: each column has the right mean and is a multiple of the right one, another than 1 in some."""

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether that is so of all calls that gave one matrix."""
        telling = [(call, part) for call in seen if (part := _only_matrix(call)) is not None]
        found = [_of_columns(call.right.value.shape, part) for call, part in telling]
        return all(found) and sum(not part.is_right for _, part in telling) >= LEAST


def _only_matrix(call: Seen) -> Part | None:
    right = call.right.value
    return call.parts[0] if isinstance(right, Tensor) and right.dim() == 2 and len(call.parts) == 1 else None


def _of_columns(shape: torch.Size, part: Part) -> bool:
    mine, right, room = (one.reshape(shape) for one in (part.mine, part.right, part.room))
    if not part.finite or not bool(((mine.mean(0) - right.mean(0)).abs() <= 2 * room.amax(0)).all()):
        return False
    mine, right = mine - mine.mean(0), right - right.mean(0)
    factors = (mine * right).sum(0) / (right**2).sum(0).clamp(min=1e-300)
    rest = (mine - factors * right).abs()
    return bool((factors > -1e-6).all()) and bool((rest <= 4 * room * factors.abs().clamp(min=1.0)).all())


@dataclass(frozen=True)
class Multiple(Look):
    """In every call a positive multiple of the right numbers, another one than 1 in some.

    ``step``: of what is asked for is how far the first part has gone from the first argument; other parts are right.
    """

    step: bool = False

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether that is so, and of numbers enough to be no accident."""
        if not all(call.parts and all(part.is_right for part in call.parts[1:]) for call in seen):
            return False
        firsts = [call.moved if self.step else call.parts[0] for call in seen]
        if not all(map(_is_multiple, firsts)):
            return False
        return sum(not part.is_right and int(part.right.count_nonzero()) >= 3 for part in firsts) >= LEAST


def _is_multiple(part: Part) -> bool:
    if part.is_right:
        return True
    if not part.finite or not bool(part.right.any()):
        return False
    factor = float((part.mine * part.right).sum() / (part.right**2).sum())
    rest = (part.mine - factor * part.right).abs()
    return factor > 0 and bool((rest <= 2 * part.room * max(1.0, factor)).all())


@dataclass(frozen=True)
class LeftOut(Look):
    """Where numbers are wrong they are 0, or as the first argument has them (``step``); others are right."""

    step: bool = False

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether that is so of all calls, and of enough of them."""
        if not all(call.parts and all(part.is_right for part in call.parts[1:]) for call in seen):
            return False
        firsts = [call.moved if self.step else call.parts[0] for call in seen]
        wrong = [part.is_wrong_at for part in firsts]
        still = all(bool((part.mine[at].abs() <= part.room[at]).all()) for part, at in zip(firsts, wrong, strict=True))
        moves = sum(
            bool((part.right[~at].abs() > part.room[~at]).any()) for part, at in zip(firsts, wrong, strict=True)
        )
        return still and moves >= LEAST and sum(bool(at.any()) for at in wrong) >= LEAST


@dataclass(frozen=True)
class SameStep(Look):
    """All entries of the first argument move by the same, though the right ones don't; other parts are right."""

    def holds(self, seen: Sequence[Seen]) -> bool:
        """Return whether that is so of all calls of the function itself that can show it."""
        seen = [call for call in seen if call.yours.probe is None]
        if not all(call.parts and all(part.is_right for part in call.parts[1:]) for call in seen):
            return False
        telling = [call.moved for call in seen if call.moved.mine.numel() > 1 and _spread(call.moved.right) > 0]
        alike = (_spread(part.mine) <= 2 * float(part.room.max()) for part in telling)
        return sum(not part.is_right for part in telling) >= LEAST and all(alike)


def _spread(numbers: Tensor) -> float:
    return float(numbers.max() - numbers.min()) if bool(numbers.isfinite().all()) else math.inf
