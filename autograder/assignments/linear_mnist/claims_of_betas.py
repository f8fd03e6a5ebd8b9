"""What the hints about Adam's betas and its bias correction say, as claims.

In the usual state of ``claims_of_adam`` m and v stay what they are: how far w moves says how they are corrected.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from autograder.judge.diagnosis.claims import Claim, all_of, any_of, none_of

from .claims_of_adam import B1, B2, ELSEWHERE, T, after, depends, moved, of_adam, ratio, stays, without_root
from .claims_of_steps import Changed, Step, near


def _corrected(step: Step, **changed: Changed) -> float:
    """Return how far w moves, measured by what m and the root of v come back as."""
    means = after(step, **changed)
    return moved(step, **changed) * math.sqrt(abs(means["v"])) / (means["m"] or math.nan)


def _right(t: int = T, b1: float = B1, b2: float = B2) -> float:
    """Return by what a right step is corrected."""
    return math.sqrt(1 - b2**t) / (1 - b1**t)


def _either(claim: Callable[[Callable[..., float], Step], bool]) -> Claim:
    """Make a claim about the correction one about the answer; by how far w moves, or measured by m and v."""

    def asked(step: Step) -> bool:
        return claim(moved, step) or claim(_corrected, step)

    asked.__qualname__ = claim.__qualname__
    return of_adam(asked)


@_either
def not_corrected(measure: Callable[..., float], step: Step) -> bool:
    """Neither t nor the betas matter."""
    return stays(measure, step, t=6) and stays(measure, step, b1=B1 / 2) and stays(measure, step, b2=B2 / 2)


@_either
def m_not_corrected(measure: Callable[..., float], step: Step) -> bool:
    """The first beta doesn't matter, and the second does."""
    return stays(measure, step, b1=B1 / 2) and depends(measure, step, b2=B2 / 2)


@_either
def v_not_corrected(measure: Callable[..., float], step: Step) -> bool:
    """The second beta doesn't matter, and the first does."""
    return stays(measure, step, b2=B2 / 2) and depends(measure, step, b1=B1 / 2)


def _of_t(one: int, other: int, like_one: int, like_other: int) -> Claim:
    """Claim that the steps at two t are to each other as right ones at two others."""
    right = _right(like_one) / _right(like_other)
    return _either(lambda measure, step: near(ratio(measure, step, {"t": one}, {"t": other}), right))


one_step_ahead = _of_t(2, 3, like_one=3, like_other=4)
one_step_behind = _of_t(3, 4, like_one=2, like_other=3)


def _by_b2(power: float) -> Claim:
    """Claim how the second beta matters: right is a half."""
    right = ((1 - B2**T) / (1 - (B2 / 2) ** T)) ** power
    return _either(lambda measure, step: near(ratio(measure, step, {}, {"b2": B2 / 2}), right))


def _by_b1(power: float) -> Claim:
    """Claim how the first beta matters: right is -1."""
    right = ((1 - B1**T) / (1 - (B1 / 2) ** T)) ** power
    return _either(lambda measure, step: near(ratio(measure, step, {}, {"b1": B1 / 2}), right))


correction_outside_root = all_of(_by_b2(1), _by_b1(-1), none_of(without_root))
corrected_twice = all_of(_by_b2(1), _by_b1(-2))
correction_multiplied = _by_b1(1)
corrections_exchanged = all_of(_by_b2(-1), _by_b1(0.5))
one_correction = all_of(_by_b2(0), _by_b1(-0.5))


def _depends_on(part: str, beta: str) -> Claim:
    """Claim that a mean depends on one of the betas."""
    changed = {"b1": B1 / 2, "b2": B2 / 2}[beta]
    return of_adam(
        lambda step: not near(after(step, **ELSEWHERE)[part], after(step, **ELSEWHERE, **{beta: changed})[part])
    )


_m1, _m2, _v1, _v2 = (_depends_on(part, beta) for part in "mv" for beta in ("b1", "b2"))
betas_exchanged = any_of(all_of(_m2, _v1, none_of(_m1, _v2)), corrections_exchanged)
one_beta = any_of(all_of(_m1, _v1, none_of(_m2, _v2)), all_of(_m2, _v2, none_of(_m1, _v1)), one_correction)
betas_ignored = any_of(none_of(_m1, _m2), none_of(_v1, _v2))


@of_adam
def product_for_power(step: Step) -> bool:
    """The second step is to the first as with a product of beta and t, in the one correction or the other or both.

    Where the betas are numbers in the code there is no second step: the root is one of something negative.
    """

    def correction(beta: float) -> tuple[float, float]:
        return (1 - 2 * beta) / (1 - beta), (1 - beta**2) / (1 - beta)

    found = ratio(moved, step, {}, {"t": 1})
    rights = [math.sqrt(v) / m for m in correction(B1) for v in correction(B2)]
    return any(near(found, right) for right in rights[:-1]) or (
        math.isnan(moved(step)) and math.isfinite(moved(step, t=1))
    )


@_either
def correction_without_t(measure: Callable[..., float], step: Step) -> bool:
    """T doesn't matter, and the first beta does."""
    return stays(measure, step, t=6) and depends(measure, step, b1=B1 / 2)
