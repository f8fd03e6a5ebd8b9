"""What the hints about Adam's betas and its bias correction say, as claims.

In the usual state of ``claims_of_adam`` m and v stay what they are: how far w moves says how they are corrected. A
correction is named by how that depends on t and the betas, beside a part of the step that may be missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from autograder.judge.diagnosis.claims import Claim, all_of, any_of, none_of

from .claims_of_adam import B1, B2, ELSEWHERE, T, after, moved, of_adam, ratio, stays, without_root
from .claims_of_steps import Changed, Step, near

Correction = Callable[..., float]  # (t, beta_1, beta_2) → what the step is multiplied by
_USUAL = {"t": T, "b1": B1, "b2": B2}
_CHANGES: tuple[Changed, ...] = ({"t": 3}, {"b1": B1 / 2}, {"b2": B2 / 2})
_DEFAULTS = (0.9, 0.999)


def _corrected(step: Step, **changed: Changed) -> float:
    """Return how far w moves, measured by what m and the root of v come back as."""
    means = after(step, **changed)
    return moved(step, **changed) * math.sqrt(abs(means["v"])) / (means["m"] or math.nan)


def _is_like(measure: Callable[..., float], step: Step, correction: Correction, changes: tuple[Changed, ...]) -> bool:
    """Return whether t and the betas matter as in a correction; t alone where the betas are those of the question."""

    def expected(changed: Changed) -> float:
        return correction(*_USUAL.values()) / correction(*{**_USUAL, **changed}.values())

    if all(near(ratio(measure, step, {}, changed), expected(changed)) for changed in changes):
        return True
    by_default = correction(2, *_DEFAULTS) / correction(3, *_DEFAULTS)
    fixed = all(stays(measure, step, **changed) for changed in _CHANGES[1:])
    return fixed and not near(by_default, 1) and near(ratio(measure, step, {}, {"t": 3}), by_default)


def _like(*corrections: Correction, changes: tuple[Changed, ...] = _CHANGES) -> Claim:
    """Claim that the step is corrected in one of these ways: by how far w moves, or measured by m and v."""

    def claim(step: Step) -> bool:
        return any(_is_like(measure, step, one, changes) for one in corrections for measure in (moved, _corrected))

    return of_adam(claim)


def _of(m: Callable[[int, float], float], v: Callable[[int, float], float]) -> Iterator[Correction]:
    """Yield the corrections by these of m and v: both of them, with and without a root, and each alone."""
    for i, j in ((1, 0.5), (1, 1), (1, 0), (0, 0.5), (0, 1)):
        yield lambda t, b1, b2, i=i, j=j: v(t, b2) ** j / m(t, b1) ** i


def _right(t: int, beta: float) -> float:
    return 1 - beta**t


def _wrong(one: Callable[[int, float], float]) -> Iterator[Correction]:
    """Yield the corrections by this of m and v, and of either beside a right one of the other."""
    yield from _of(one, one)
    for j in (0.5, 1):
        yield lambda t, b1, b2, j=j: _right(t, b2) ** j / one(t, b1)
        yield lambda t, b1, b2, j=j: one(t, b2) ** j / _right(t, b1)


not_corrected = _like(lambda t, b1, b2: 1)
m_not_corrected = _like(lambda t, b1, b2: _right(t, b2) ** 0.5, lambda t, b1, b2: _right(t, b2), changes=_CHANGES[1:])
v_not_corrected = _like(lambda t, b1, b2: 1 / _right(t, b1), changes=_CHANGES[1:])
one_step_ahead = _like(*_wrong(lambda t, b: _right(t + 1, b)))
one_step_behind = _like(*_wrong(lambda t, b: _right(t - 1, b)))
correction_without_t = _like(*_wrong(lambda t, b: 1 - b))
correction_multiplied = _like(*_wrong(lambda t, b: 1 / _right(t, b)))
power_of_difference = _like(*_wrong(lambda t, b: (1 - b) ** t))
corrected_twice = _like(*_wrong(lambda t, b: _right(t, b) ** 2))
correction_outside_root = all_of(
    _like(lambda t, b1, b2: _right(t, b2) / _right(t, b1), lambda t, b1, b2: _right(t, b2)), none_of(without_root)
)
_exchanged = _like(lambda t, b1, b2: _right(t, b1) ** 0.5 / _right(t, b2))
_one = _like(
    lambda t, b1, b2: _right(t, b1) ** 0.5 / _right(t, b1), lambda t, b1, b2: _right(t, b2) ** 0.5 / _right(t, b2)
)


@of_adam
def product_for_power(step: Step) -> bool:
    """The second step is to the first as with a product of beta and t, in the one correction or the other or both.

    Where the betas are numbers in the code there is no second step: the root is one of something negative.
    """

    def grows(beta: float) -> tuple[float, float]:
        return (1 - 2 * beta) / (1 - beta), (1 - beta**2) / (1 - beta)

    found = ratio(moved, step, {}, {"t": 1})
    (m_product, *m_others), (v_product, *v_others) = (*grows(B1), 1.0), (*grows(B2), 1.0)
    corrections = [(m_product, v) for v in (v_product, *v_others)] + [(m, v_product) for m in m_others]
    no_second = math.isnan(moved(step)) and math.isfinite(moved(step, t=1))
    return no_second or any(near(found, v**power / m) for m, v in corrections for power in (0.5, 1))


def _depends_on(part: str, beta: str) -> Claim:
    """Claim that a mean depends on one of the betas."""
    changed = {"b1": B1 / 2, "b2": B2 / 2}[beta]
    return of_adam(
        lambda step: not near(after(step, **ELSEWHERE)[part], after(step, **ELSEWHERE, **{beta: changed})[part])
    )


_m1, _m2, _v1, _v2 = (_depends_on(part, beta) for part in "mv" for beta in ("b1", "b2"))
betas_exchanged = any_of(all_of(_m2, _v1, none_of(_m1, _v2)), _exchanged)
one_beta = any_of(all_of(_m1, _v1, none_of(_m2, _v2)), all_of(_m2, _v2, none_of(_m1, _v1)), _one)
betas_ignored = any_of(none_of(_m1, _m2), none_of(_v1, _v2))
