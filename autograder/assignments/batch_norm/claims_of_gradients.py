"""Claims of what is wrong with batch_norm_grad: with dx, above all."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import alike

from .claim_tools import claim, is_linear_in_eps, twice
from .claims_of_batch_norm import FIRST, GAMMA, ONE, TINY, X
from .gradient_trials import DY, Q, dx

_CENTRED = X - X.mean(0)
_S = _CENTRED.square().mean(0).sqrt()


def _divisor(a: Any, x: Tensor = X, eps: float = TINY) -> Tensor:
    """What dx is divided by, (N, d): for a dy that is orthogonal to x and to a constant, dx is dy over it, no more."""
    centred = x - x.mean(0)
    dy = torch.linspace(-1, 2, x.numel(), dtype=torch.float64).view_as(x) ** 3
    dy = dy - dy.mean(0)
    dy = dy - centred * (dy * centred).sum(0) / centred.square().sum(0)
    return dy / dx(a, dy, x, eps=eps)


def _along_x(a: Any) -> Tensor:
    """dx for a dy that points along x, divided by that dy: 0 with the way through the variance, 1 without."""
    found: Tensor = (dx(a, _CENTRED) * _S / _CENTRED).mean(0)
    return found


@claim(Q, "statistics-constant")
def _statistics_constant(a: Any) -> bool:
    return not bool(dx(a, FIRST)[1:].any())


@claim(Q, "no-mean-term")
def _no_mean_term(a: Any) -> bool:
    return not alike(dx(a, FIRST).sum(0), torch.zeros(3))


@claim(Q, "no-variance-term")
def _no_variance_term(a: Any) -> bool:
    return not alike(dx(a, _CENTRED), torch.zeros_like(X))


@claim(Q, "no-gamma")
def _no_gamma(a: Any) -> bool:
    return alike(dx(a, gamma=GAMMA), dx(a, gamma=3 * GAMMA))


@claim(Q, "not-divided")
def _not_divided(a: Any) -> bool:
    return alike(dx(a, x=2 * X), dx(a))


@claim(Q, "divided-by-variance")
def _divided_by_variance(a: Any) -> bool:
    return alike(dx(a, x=2 * X), dx(a) / 4)


@claim(Q, "sums-in-dx")
def _sums_in_dx(a: Any) -> bool:
    return not alike(dx(a, twice(DY), twice(X))[:5], dx(a))


@claim(Q, "variance-sign")
def _variance_sign(a: Any) -> bool:
    return bool((_along_x(a) > 1.5).all())


@claim(Q, "mean-sign")
def _mean_sign(a: Any) -> bool:
    return bool((dx(a, torch.ones_like(X)) * _S > 1.5).all())


@claim(Q, "half-variance-term")
def _half_variance_term(a: Any) -> bool:
    return bool(((_along_x(a) > 0.1) & (_along_x(a) < 0.9)).all())


@claim(Q, "double-variance-term")
def _double_variance_term(a: Any) -> bool:
    return bool((_along_x(a) < -0.5).all())


@claim(Q, "gamma-in-one-term")
def _gamma_in_one_term(a: Any) -> bool:
    return not alike(dx(a, gamma=2 * GAMMA), 2 * dx(a, gamma=GAMMA)) and not _no_gamma(a)


@claim(Q, "x-hat-missing")
def _x_hat_missing(a: Any) -> bool:
    return alike(dx(a, FIRST)[1:], dx(a, FIRST)[1].expand(4, 3))


@claim(Q, "x-centred-not-scaled")
def _x_centred_not_scaled(a: Any) -> bool:
    return not alike(dx(a, x=2 * X), dx(a) / 2)


@claim(Q, "divided-by-features")
def _divided_by_features(a: Any) -> bool:
    return not alike(dx(a, DY[:, :2], X[:, :2], ONE[:2]), dx(a)[:, :2])


@claim(Q, "features-mixed")
def _features_mixed(a: Any) -> bool:
    other = DY.clone()
    other[:, 2] *= 3.0
    return not alike(dx(a, other)[:, :2], dx(a)[:, :2])


@claim(Q, "dx-missing")
def _dx_missing(a: Any) -> bool:
    return not bool(dx(a).any())


@claim(Q, "dx-sign")
def _dx_sign(a: Any) -> bool:
    return bool((dx(a, FIRST)[0] < 0).all())


@claim(Q, "dx-over-n")
def _dx_over_n(a: Any) -> bool:
    return alike(2 * dx(a, twice(DY), twice(X))[:5], dx(a))


@claim(Q, "unbiased")
def _unbiased(a: Any) -> bool:
    return not alike(_divisor(a, twice(X))[:1], _divisor(a)[:1])


@claim(Q, "eps-outside")
def _eps_outside(a: Any) -> bool:
    return is_linear_in_eps(lambda eps: _divisor(a, eps=eps))


@claim(Q, "eps-squared")
def _eps_squared(a: Any) -> bool:
    steps = [_divisor(a, eps=eps).square() for eps in (1.0, 2.0, 3.0)]
    return alike(3 * (steps[2] - steps[1]), 5 * (steps[1] - steps[0])) and not _ignores_eps(a)


def _ignores_eps(a: Any) -> bool:
    return alike(dx(a, eps=0.5), dx(a, eps=4.0))


claim(Q, "eps-fixed")(_ignores_eps)


@claim(Q, "no-eps")
def _no_eps(a: Any) -> bool:
    return _ignores_eps(a) and not bool(dx(a, x=torch.ones_like(X), eps=0.5).isfinite().all())


_HAT = _CENTRED / _S


def _through_mean(a: Any) -> Tensor:
    """dx for a dy of ones: 0, but for what the way through the mean has too much or too little of."""
    return dx(a, torch.ones_like(X)).mean(0)


def _through_variance(a: Any) -> Tensor:
    """dx for a dy that is the normalised x, along it: 0, but for what is wrong with the way through the variance."""
    return (dx(a, _HAT) * _HAT).mean(0)


def _off_by(found: Tensor, *sizes: Tensor) -> bool:
    return any(alike(found, size) or alike(found, -size) for size in sizes)


@claim(Q, "over-n-minus-one")
def _over_n_minus_one(a: Any) -> bool:
    both = _through_mean(a), _through_variance(a)
    none = torch.zeros_like(_S)
    return all(_off_by(one, none, (1 - 5 / 4) / _S) for one in both) and not all(_off_by(one, none) for one in both)


@claim(Q, "gamma-twice")
def _gamma_twice(a: Any) -> bool:
    return alike(dx(a, gamma=2 * GAMMA), 4 * dx(a, gamma=GAMMA))


@claim(Q, "divided-by-gamma")
def _divided_by_gamma(a: Any) -> bool:
    return alike(dx(a, gamma=2 * GAMMA), dx(a, gamma=GAMMA) / 2)


@claim(Q, "term-not-divided")
def _term_not_divided(a: Any) -> bool:
    both = _through_mean(a), _through_variance(a)
    none = torch.zeros_like(_S)
    return all(_off_by(one, none, 1 - 1 / _S) for one in both) and not all(_off_by(one, none) for one in both)


@claim(Q, "variance-term-divided-again")
def _variance_term_divided_again(a: Any) -> bool:
    right = _off_by(_through_mean(a), torch.zeros_like(_S))
    return right and _off_by(_through_variance(a), 1 / _S - 1 / _S**2, 1 / _S - 1 / _S**3)


@claim(Q, "other-default-eps")
def _other_default_eps(a: Any) -> bool:
    x = X * 2.0**-9
    return not alike(a.batch_norm_grad(DY.clone(), x.clone(), ONE.clone())[0], dx(a, x=x, eps=1e-5))


@claim(Q, "no-eps-in-variance-term")
def _no_eps_in_variance_term(a: Any) -> bool:
    roots = [(eps, (_S.square() + eps).sqrt()) for eps in (1.0, 4.0)]
    one, other = (dx(a, _CENTRED, eps=eps) - _CENTRED / root for eps, root in roots)
    return alike(one, other) and bool(one.any())
