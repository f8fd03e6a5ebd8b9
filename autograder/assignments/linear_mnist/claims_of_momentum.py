"""What the hints about SGD with momentum say, as claims (see ``autograder.judge.diagnosis.claims``).

A right step is linear: with the new m = e·m + f·grad, w moves by s·m. So an answer is known by how w and m respond to
w, m and grad, and how that depends on eta and beta.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.claims import all_of

from .claims_of_steps import Changed, Function, Step, near, of_step


def _signs(seed: int) -> Tensor:
    """Return a matrix of length 1 whose entries are small and of one size."""
    generator = torch.Generator().manual_seed(seed)
    signs: Tensor = torch.randn(24, 25, generator=generator, dtype=torch.float64).sign()
    return signs / math.sqrt(600)


SGD = Function(
    "sgd_momentum_step",
    {"w": _signs(1), "m": _signs(2), "grad": _signs(3), "eta": 0.3, "beta": 0.6},
    ("w", "m"),
)
_claim = of_step(SGD)


def _response(step: Step, part: str, to: str, **changed: Changed) -> float:
    """Return by how much a part of what comes back moves along an input with it."""
    given = step.given(to)
    forth, back = (step.after(**{**changed, to: sign * given})[part] for sign in (1, -1))
    return float(((forth - back) * given).sum() / 2)


def _new_momentum(step: Step, **changed: Changed) -> tuple[float, float]:
    """Return e and f: with what factors the old momentum and the gradient come into the new one."""
    return _response(step, "m", "m", **changed), _response(step, "m", "grad", **changed)


def _moves(step: Step, **changed: Changed) -> tuple[float, float]:
    """Return how far w moves along the old momentum, and along the gradient."""
    return _response(step, "w", "m", **changed), _response(step, "w", "grad", **changed)


def _along_momentum(step: Step, **changed: Changed) -> tuple[float, float]:
    """Return s, and how far w moves along the gradient beside."""
    (kept, new), (old, gradient) = _new_momentum(step, **changed), _moves(step, **changed)
    along = old / kept if kept else math.nan
    return along, gradient - along * new


def _ratio(one: float, other: float) -> float:
    return one / other if other else math.nan


@_claim
def averages(step: Step) -> bool:
    """The gradient's factor in the new momentum is in proportion to 1 − beta."""
    return near(_ratio(_new_momentum(step, beta=0.8)[1], _new_momentum(step)[1]), 0.5)


@_claim
def steps_with_old_momentum(step: Step) -> bool:
    """The gradient doesn't move w, the old momentum does."""
    old, gradient = _moves(step)
    return near(gradient, 0) and not near(old, 0)


@_claim
def uphill(step: Step) -> bool:
    """W moves along the new momentum; along the gradient where the old momentum doesn't come in."""
    along, _ = _along_momentum(step)
    return along > 0 if not math.isnan(along) and not near(along, 0) else _moves(step)[1] > 0


@_claim
def without_momentum(step: Step) -> bool:
    """The old momentum doesn't move w, the gradient does."""
    old, gradient = _moves(step)
    return near(old, 0) and not near(gradient, 0)


@_claim
def looks_ahead(step: Step) -> bool:
    """Beside the momentum, w moves along the gradient by 1/beta of that; by eta/beta where eta is in the momentum."""
    usual, other = _along_momentum(step), _along_momentum(step, beta=0.8)
    eta = float(step.function.usual["eta"])
    ahead = (near(usual[1] * 0.6, k * usual[0]) and near(other[1] * 0.8, k * other[0]) for k in (1, eta, -eta))
    return any(ahead) and not near(usual[0], 0)


@_claim
def gradient_twice(step: Step) -> bool:
    """Beside the momentum, w moves along the gradient by as much."""
    usual, other = _along_momentum(step), _along_momentum(step, beta=0.8)
    return near(usual[1], usual[0]) and near(other[1], other[0]) and not near(usual[0], 0)


@_claim
def rate_in_momentum(step: Step) -> bool:
    """The gradient's factor in the new momentum is in proportion to eta."""
    return near(_ratio(_new_momentum(step, eta=0.6)[1], _new_momentum(step)[1]), 2)


@_claim
def momentum_negative(step: Step) -> bool:
    """The gradient's factor in the new momentum is negative."""
    return _new_momentum(step)[1] < 0


@_claim
def never_fades(step: Step) -> bool:
    """The old momentum is kept whole, whatever beta is."""
    return near(_new_momentum(step)[0], 1) and near(_new_momentum(step, beta=0.8)[0], 1)


@_claim
def old_momentum_dropped(step: Step) -> bool:
    """The old momentum doesn't come into the new one, and the gradient does."""
    kept, new = _new_momentum(step)
    return near(kept, 0) and not near(new, 0)


@_claim
def beta_misplaced(step: Step) -> bool:
    """The gradient's factor is in proportion to beta, or the old momentum's to 1 − beta."""
    usual, other = _new_momentum(step), _new_momentum(step, beta=0.8)
    return near(_ratio(other[1], usual[1]), 0.8 / 0.6) or near(_ratio(other[0], usual[0]), 0.5)


@_claim
def beta_before_both(step: Step) -> bool:
    """The factors of the gradient and of the old momentum are in proportion to beta."""
    usual, other = _new_momentum(step), _new_momentum(step, beta=0.8)
    return all(near(_ratio(b, a), 0.8 / 0.6) for a, b in zip(usual, other, strict=True))


@_claim
def rate_squared(step: Step) -> bool:
    """With twice the eta, w moves along the gradient four times as far."""
    return near(_ratio(_moves(step, eta=0.6)[1], _moves(step)[1]), 4)


@_claim
def rate_ignored(step: Step) -> bool:
    """Eta makes no difference to w, which moves."""
    usual, other = step.after()["w"], step.after(eta=0.6)["w"]
    return claims.alike(usual, other) and not claims.alike(usual, step.given("w"))


@_claim
def beta_ignored(step: Step) -> bool:
    """Beta makes no difference to m, and the old momentum does."""
    return claims.alike(step.after()["m"], step.after(beta=0.8)["m"]) and not near(_new_momentum(step)[0], 0)


@_claim
def zero_beta_replaced(step: Step) -> bool:
    """The old momentum's factor is beta, and not 0 where beta is 0."""
    return near(_new_momentum(step)[0], 0.6) and not near(_new_momentum(step, beta=0.0)[0], 0)


@_claim
def settings_exchanged(step: Step) -> bool:
    """The old momentum's factor is in proportion to eta."""
    return near(_ratio(_new_momentum(step, eta=0.6)[0], _new_momentum(step)[0]), 2)


@_claim
def dampened(step: Step) -> bool:
    """The gradient's factor in the new momentum is neither 0 nor 1 nor -1, and depends on no setting."""
    usual = _new_momentum(step)[1]
    others = (_new_momentum(step, **{name: value})[1] for name, value in (("eta", 0.6), ("beta", 0.8)))
    return not near(usual, 0) and not near(abs(usual), 1) and all(near(usual, other) for other in others)


@_claim
def weights_change(step: Step) -> bool:
    """W comes back a little smaller or larger by itself."""
    return 0.5 < _response(step, "w", "w") < 1.5 and abs(_response(step, "w", "w") - 1) > 1e-9


@_claim
def direction_only(step: Step) -> bool:
    """Twice the gradient makes no difference, its opposite does."""
    usual, doubled, opposite = (step.after(grad=factor * step.given("grad"))["m"] for factor in (1, 2, -1))
    return claims.alike(usual, doubled, 1e-5) and not claims.alike(usual, opposite)


@_claim
def cut_off(step: Step) -> bool:
    """The momentum grows with the gradient while that is small, and not when it is large."""
    none, tiny, small, large, larger = (
        step.after(grad=factor * step.given("grad"))["m"] for factor in (0, 1e-3, 1e-2, 1e3, 1e4)
    )
    grows = claims.scaled(lambda _: tiny - none, lambda _: small - none, 10, 1e-3)
    return grows(None) and claims.alike(large, larger, 1e-5)


@_claim
def taken_twice(step: Step) -> bool:
    """W is set in two lines; or moves along the new momentum by twice eta, or its square where that comes in."""
    if claims.mentions(r"(?m)^ *w -?= .*\n *w -?= ")(step.answer):
        return True
    usual, other = (abs(_along_momentum(step, eta=eta)[0]) for eta in (0.3, 0.2))
    return any(near(usual, 2 * 0.3**power) and near(other, 2 * 0.2**power) for power in (0, 1, 2))


def first_is_gradient(answer: Any) -> bool:
    """From zero momentum grad itself comes back, and the next step changes it."""
    given = {**SGD.usual, "m": torch.zeros_like(SGD.usual["m"]), "grad": SGD.usual["grad"].clone()}

    def two_steps(some: Any) -> bool:
        w, m = getattr(some, SGD.name)(*given.values())
        is_gradient = m is given["grad"]
        getattr(some, SGD.name)(w, m, 3 * SGD.usual["grad"], given["eta"], given["beta"])
        return is_gradient

    found = claims.attempt(two_steps, answer.fresh())
    return found is True and not claims.alike(given["grad"], SGD.usual["grad"])


given_momentum_ignored = all_of(
    _claim(lambda step: claims.alike(step.after()["m"], step.after(m=-step.given("m"))["m"])), SGD.keeps_something()
)


@_claim
def only_shrinks(step: Step) -> bool:
    """The new momentum is the old one times beta."""
    kept, new = _new_momentum(step)
    return near(kept, 0.6) and near(new, 0.0)
