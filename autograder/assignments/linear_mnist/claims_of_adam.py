"""What the hints about Adam say, as claims (see ``autograder.judge.diagnosis.claims``).

All entries of a tensor are the same number, so that a step is three numbers. In the usual state m is the gradient and v
its square: a mean of old and new is what it was, whatever the betas are, and they matter to the bias correction only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.claims import all_of, attempt

from .claims_of_steps import Changed, Function, Step, near, of_step

B1, B2, T, ETA = 0.3, 0.4, 2, 0.1  # 1 - T * B1 isn't negative: nor is it where beta is multiplied by t


def _filled(number: float) -> torch.Tensor:
    return torch.full((2, 3), number, dtype=torch.float64)


_STATE = {"w": _filled(0.0), "m": _filled(0.5), "v": _filled(0.25), "grad": _filled(0.5)}
ADAM = Function("adam_step", {**_STATE, "t": T, "eta": ETA, "b1": B1, "b2": B2, "epsilon": 1e-12}, ("w", "m", "v"))
_TENSORS = ("w", "m", "v", "grad")
ELSEWHERE = {"m": 0.2, "v": 0.3, "grad": 0.7}  # where the new means are not the old ones
# The new m is 0 here, and v so large that one gradient makes no difference.
NO_MOMENTUM = {"m": -0.5 * (1 - B1) / B1, "v": 1e9, "grad": 0.5}
LARGE = 1e9  # an epsilon that all gradients are nothing beside
of_adam = of_step(ADAM)


def after(step: Step, **changed: Changed) -> dict[str, float]:
    """Return what comes back, a number each; changed tensors are numbers, too."""
    tensors = {name: _filled(value) if name in _TENSORS else value for name, value in changed.items()}
    return {name: float(value[0, 0]) for name, value in step.after(**tensors).items()}


def moved(step: Step, **changed: Changed) -> float:
    """Return how far w moves."""
    return after(step, **changed)["w"] - float(changed.get("w", 0.0))


def ratio(measure: Callable[..., float], step: Step, one: dict[str, Any], other: dict[str, Any]) -> float:
    """Return what is measured after one change, over what is after another one."""
    return measure(step, **one) / (measure(step, **other) or math.nan)


def depends(measure: Callable[..., float], step: Step, **changed: Changed) -> bool:
    """Return whether a change makes a difference to what is measured; no, where that is nothing or 0."""
    usual, other = measure(step), measure(step, **changed)
    return not near(usual, 0) and math.isfinite(usual) and not near(usual, other)


def stays(measure: Callable[..., float], step: Step, **changed: Changed) -> bool:
    """Return whether a change makes no difference to what is measured, which isn't 0."""
    usual = measure(step)
    return not near(usual, 0) and near(usual, measure(step, **changed))


@of_adam
def epsilon_under_root(step: Step) -> bool:
    """With a large epsilon, or one beside a v of 0, four times of it makes the step half as long; or it is a square.

    Beside a square under the root, the square of how much shorter a step is grows with epsilon's square.
    """
    large = ratio(moved, step, {"epsilon": LARGE}, {"epsilon": 4 * LARGE})
    flat = {"grad": 0.0, "v": 0.0}
    small = ratio(moved, step, {**flat, "epsilon": 1e-10}, {**flat, "epsilon": 4e-10})
    one, two = (ratio(moved, step, {}, {"epsilon": size}) ** 2 - 1 for size in (1.0, 2.0))
    return near(large, 2) or 1.99 < small < 2.01 or near(two / (one or math.nan), 4)


@of_adam
def epsilon_ignored(step: Step) -> bool:
    """Epsilon makes no difference."""
    return stays(moved, step, epsilon=0.5)


@of_adam
def epsilon_outside(step: Step) -> bool:
    """A larger epsilon moves w by the same, whatever v is."""
    steps = [moved(step, v=v, epsilon=2.0) - moved(step, v=v, epsilon=1.0) for v in (0.25, 9.0)]
    return near(*steps) and not near(steps[0], 0)


@of_adam
def epsilon_is_bound(step: Step) -> bool:
    """A small epsilon makes no difference, and a large one does."""
    return stays(moved, step, epsilon=0.01) and depends(moved, step, epsilon=LARGE)


@of_adam
def epsilon_corrected(step: Step) -> bool:
    """With a large epsilon, the second beta matters as in the correction of v."""
    found = ratio(moved, step, {"epsilon": LARGE}, {"epsilon": LARGE, "b2": B2 / 2})
    return near(found, math.sqrt((1 - B2**T) / (1 - (B2 / 2) ** T)))


@of_adam
def without_root(step: Step) -> bool:
    """With all gradients twice as large, the step is half as long."""
    return near(ratio(moved, step, {"m": 1.0, "v": 1.0, "grad": 1.0}, {}), 0.5)


@of_adam
def not_squared(step: Step) -> bool:
    """Twice the gradient makes twice the v, where that was 0."""
    one, other = (after(step, v=0.0, m=0.0, grad=grad)["v"] for grad in (1.0, 2.0))
    return near(2 * one, other) and not near(one, 0)


@of_adam
def corrected_returned(step: Step) -> bool:
    """The m that comes back depends on t, or the v."""
    early, late = (after(step, t=t) for t in (2, 5))
    return any(not near(early[part], late[part]) for part in "mv")


@of_adam
def uphill(step: Step) -> bool:
    """W moves along the gradient."""
    return moved(step) > 0


@of_adam
def means_too_large(step: Step) -> bool:
    """A mean of equal numbers is larger than they are."""
    means = after(step)
    return means["m"] > 0.501 or means["v"] > 0.251


@of_adam
def weights_exchanged(step: Step) -> bool:
    """The new number's weight in a mean is in proportion to its beta."""

    def weight(part: str, **changed: Changed) -> float:
        return after(step, **ELSEWHERE, **changed)[part] - after(step, **{**ELSEWHERE, "grad": 0.0}, **changed)[part]

    halved = {"b1": B1 / 2, "b2": B2 / 2}
    return any(not near(weight(part), 0) and near(weight(part) / 2, weight(part, **halved)) for part in "mv")


@of_adam
def m_ignored(step: Step) -> bool:
    """M makes no difference to w, where v is so large that it stays what it is."""
    usual, other = (moved(step, v=1e6, m=m) for m in (0.5, -0.9))
    return near(usual * 1e3, other * 1e3) and not near(usual * 1e3, 0)


@of_adam
def v_ignored(step: Step) -> bool:
    """V makes no difference to w."""
    return stays(moved, step, v=0.9)


@of_adam
def v_of_m(step: Step) -> bool:
    """Where the new m is 0, twice the gradient makes no difference to v; and it does elsewhere."""
    m, grad = NO_MOMENTUM["m"], NO_MOMENTUM["grad"]
    one, other, usual = (after(step, v=0.3, m=a, grad=b)["v"] for a, b in ((m, grad), (2 * m, 2 * grad), (0.5, 0.5)))
    return near(one, other) and not near(one, usual)


@of_adam
def v_of_distance(step: Step) -> bool:
    """Where the gradient is m, twice of both makes no difference to v; and it does elsewhere."""
    one, other, usual = (after(step, v=0.3, m=a, grad=b)["v"] for a, b in ((0.5, 0.5), (1.0, 1.0), (0.1, 0.5)))
    return near(one, other) and not near(one, usual)


def _v(step: Step, gradient: float) -> float:
    """Return what 0.3 becomes with a gradient; where v doesn't come back, what it must be for w to move as it does."""
    found = after(step, v=0.3, m=0.0, grad=gradient)["v"]
    if math.isfinite(found):
        return found
    mean = (B1 * 0.5 + (1 - B1) * gradient) / (1 - B1**T)
    return (ETA * mean / (moved(step, v=0.3, grad=gradient) or math.nan)) ** 2 * (1 - B2**T)


def _grows(step: Step, gradient: float) -> bool:
    return _v(step, gradient) > 0.3 + 1e-6


@of_adam
def v_only_grows(step: Step) -> bool:
    """V stays without a gradient, and grows with any."""
    return near(_v(step, 0.0), 0.3) and _grows(step, 0.01)


@of_adam
def v_never_shrinks(step: Step) -> bool:
    """V stays without a gradient and with a small one, and grows with a large one."""
    stays = near(_v(step, 0.0), 0.3)
    return stays and not _grows(step, 0.01) and _grows(step, 3.0)


@of_adam
def looks_ahead(step: Step) -> bool:
    """Where the new m is 0, w moves by 1 − beta of what it does where m is the gradient."""
    first = {**NO_MOMENTUM, "v": 1e6}
    return near(ratio(moved, step, first, {**first, "m": 0.5}), 1 - B1)


@of_adam
def old_moments_used(step: Step) -> bool:
    """The gradient makes no difference to w, and m does. Or w stays where the old m is 0; or v = 0 is divided by."""
    both = stays(moved, step, grad=-0.9) and depends(moved, step, m=0.9)
    old_m = near(moved(step, m=0.0), 0) and depends(moved, step, m=0.9)
    return both or old_m or abs(moved(step, v=0.0)) > 1e6


@of_adam
def rate_ignored(step: Step) -> bool:
    """Eta makes no difference to w."""
    return stays(moved, step, eta=2 * ETA)


@of_adam
def rate_decays(step: Step) -> bool:
    """Long after the start, steps get smaller with t."""
    return ratio(moved, step, {"t": 8000}, {"t": 2000}) < 0.9


@of_adam
def settings_ignored(step: Step) -> bool:
    """Neither the betas nor epsilon make a difference to anything, at the first step or the second."""

    def ignored(t: int) -> bool:
        one, other = after(step, **ELSEWHERE, t=t), after(step, **ELSEWHERE, t=t, b1=B1 / 2, b2=B2 / 2, epsilon=0.5)
        return all(near(one[name], other[name]) for name in one)

    return ignored(1) or ignored(2)


def other_defaults(answer: Any) -> bool:
    """Without settings there comes something else than with those of the question."""

    def trial(state: dict[str, torch.Tensor], *settings: float) -> Any:
        return attempt(claims.call("adam_step", *state.values(), T, *settings), answer)

    tiny = {"w": _filled(0.0), "m": _filled(1e-8), "v": _filled(1e-16), "grad": _filled(1e-8)}
    usual = {**_STATE, **{name: _filled(value) for name, value in ELSEWHERE.items()}}
    pairs = [(trial(state), trial(state, 1e-3, 0.9, 0.999, 1e-8)) for state in (tiny, usual)]
    return all(claims.finite(given) for _, given in pairs) and not all(
        claims.finite(left_out) and claims.alike(left_out, given, 1e-9) for left_out, given in pairs
    )


@of_adam
def weights_change(step: Step) -> bool:
    """How far w moves depends on w."""
    return abs(moved(step, **ELSEWHERE, w=9.0) - moved(step, **ELSEWHERE, w=1.0)) > 1e-9


t_ignored = all_of(of_adam(lambda step: near(moved(step), moved(step, t=6))), ADAM.keeps_something())
keeps_more_and_more = all_of(claims.mentions(r"\bwhile\b|\bfor\b"), claims.mentions(r"append|cat\(|\+=|\*=|stack"))
