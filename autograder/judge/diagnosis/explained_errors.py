"""Whether a formula explains a student's errors, not their numbers alone.

A formula that is right about a call says nothing of an answer that is wrong there, as near as the two may be: with an
error as small as 1e-8, both are right up to rounding. So what a formula leaves of an error has to be small beside it.
"""

from __future__ import annotations

from typing import Any

import torch

from autograder.judge import pytree
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.leaf_numbers import broken_alike, has_single, kind, numbers_of, rounding, tolerated
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.diagnosis.registry import Symptom

LEFT = 0.1  # of an error, at most, by what explains it


def explains_error(
    likeness: Likeness,
    yours: RecordedCall,
    formula: RecordedCall,
    other: RecordedCall,
    dtype: torch.dtype,
    calm: RecordedCall | None = None,
    is_half: bool = False,
) -> bool | None:
    """Return whether a formula explains how one call differs from another formula; None: it doesn't differ.

    Given is what came of the call: in the student's function; in the formula, which is like it; in the other one, the
    right one for instance. ``dtype``: of the inputs and all that comes in. ``calm``: see ``Likeness.same``.
    ``is_half``: the other one is wrong, too, one of two mistakes alone.
    """
    if yours.error or other.error:
        return True if yours.error != other.error else None
    dtype = likeness.dtype_of(yours, dtype)
    # Where a formula is about to break down, what is still finite has few digits left, the formula's too.
    vague = calm is not None and not likeness.alike(formula.value, calm.value, dtype)
    off = None if likeness.tolerance is None else likeness.off(yours, dtype)
    values = [
        (mine, pytree.at(formula.value, path), theirs, pytree.at(off, path))
        for path, mine, theirs in pytree.pairs(yours.value, other.value, kinds=likeness.strict)
    ]
    if likeness.symptom is not Symptom.CHANGED:
        values += [(*three, None) for three in zip(yours.after, formula.after, other.after, strict=True)]
    found = [_explains_leaf(likeness, *leaf, dtype=dtype, vague=vague, is_half=is_half) for leaf in values]
    return None if all(one is None for one in found) else False not in found


def _explains_leaf(
    likeness: Likeness,
    yours: Any,
    formula: Any,
    other: Any,
    off: Any,
    *,
    dtype: torch.dtype,
    vague: bool,
    is_half: bool,
) -> bool | None:
    mine, theirs, third = numbers_of(yours), numbers_of(formula), numbers_of(other)
    if mine is None or theirs is None or third is None or mine.numel() != third.numel():
        return None if likeness.alike(yours, other, dtype) else True
    reshaped = mine.shape != third.shape and mine.shape == theirs.shape
    own = tolerated(third, off)
    rounded = rounding(third.double(), torch.float32 if has_single(yours) else dtype)
    room = rounded if own is None else own
    mine, theirs, third, room, rounded = (
        numbers.double().reshape(-1) for numbers in (mine, theirs, third, room, rounded)
    )
    if not broken_alike(mine, third):
        return True
    error, left = (mine - third).abs(), (mine - theirs).abs()
    if not bool((error > room).any()):  # NaN is no more than anything
        return True if reshaped or (likeness.strict and kind(yours) != kind(other)) else None
    finite = mine.isfinite()
    if vague:
        return None
    if bool(left[finite].max() <= LEFT * error[finite].max()):
        return True
    # How far a right answer may be off says nothing of a wrong one: where the right number is 0, that may be nothing.
    return None if is_half and not bool((error > rounded).any()) else False
