"""Claims of what is wrong with batch_norm_grad."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import alike, uses

from .claim_tools import claim, is_linear_in_eps, twice
from .claims_of_batch_norm import FIRST, GAMMA, ONE, TINY, X

DY = torch.tensor([[1.0, -0.5, 2.0], [0.5, 1.5, -1.0], [-2.0, 0.0, 1.0], [0.25, 3.0, 0.5], [1.0, -1.0, 0.75]]).double()
_CENTRED = X - X.mean(0)
_S = _CENTRED.square().mean(0).sqrt()
Q = "batch_norm_grad"


def _all(a: Any, dy: Tensor = DY, x: Tensor = X, gamma: Tensor = ONE, eps: float = TINY) -> list[Tensor]:
    found = a.batch_norm_grad(dy.clone(), x.clone(), gamma.clone(), eps)
    return [torch.as_tensor(part).double() for part in found]


def _dx(a: Any, dy: Tensor = DY, x: Tensor = X, gamma: Tensor = ONE, eps: float = TINY) -> Tensor:
    return _all(a, dy, x, gamma, eps)[0]


def _dgamma(a: Any, dy: Tensor = DY, x: Tensor = X, gamma: Tensor = ONE, eps: float = TINY) -> Tensor:
    return _all(a, dy, x, gamma, eps)[1]


def _dbeta(a: Any, dy: Tensor = DY, x: Tensor = X, gamma: Tensor = ONE, eps: float = TINY) -> Tensor:
    return _all(a, dy, x, gamma, eps)[2]


def _divisor(a: Any, x: Tensor = X, eps: float = TINY) -> Tensor:
    """What dx is divided by, (N, d): for a dy that is orthogonal to x and to a constant, dx is dy over it, no more."""
    centred = x - x.mean(0)
    dy = torch.linspace(-1, 2, x.numel(), dtype=torch.float64).view_as(x) ** 3
    dy = dy - dy.mean(0)
    dy = dy - centred * (dy * centred).sum(0) / centred.square().sum(0)
    return dy / _dx(a, dy, x, eps=eps)


def _along_x(a: Any) -> Tensor:
    """dx for a dy that points along x, divided by that dy: 0 with the way through the variance, 1 without."""
    found: Tensor = (_dx(a, _CENTRED) * _S / _CENTRED).mean(0)
    return found


@claim(Q, "statistics-constant")
def _statistics_constant(a: Any) -> bool:
    return not bool(_dx(a, FIRST)[1:].any())


@claim(Q, "no-mean-term")
def _no_mean_term(a: Any) -> bool:
    return not alike(_dx(a, FIRST).sum(0), torch.zeros(3))


@claim(Q, "no-variance-term")
def _no_variance_term(a: Any) -> bool:
    return not alike(_dx(a, _CENTRED), torch.zeros_like(X))


@claim(Q, "no-gamma")
def _no_gamma(a: Any) -> bool:
    return alike(_dx(a, gamma=GAMMA), _dx(a, gamma=3 * GAMMA))


@claim(Q, "not-divided")
def _not_divided(a: Any) -> bool:
    return alike(_dx(a, x=2 * X), _dx(a))


@claim(Q, "divided-by-variance")
def _divided_by_variance(a: Any) -> bool:
    return alike(_dx(a, x=2 * X), _dx(a) / 4)


@claim(Q, "sums-in-dx")
def _sums_in_dx(a: Any) -> bool:
    return not alike(_dx(a, twice(DY), twice(X))[:5], _dx(a))


@claim(Q, "variance-sign")
def _variance_sign(a: Any) -> bool:
    return bool((_along_x(a) > 1.5).all())


@claim(Q, "mean-sign")
def _mean_sign(a: Any) -> bool:
    return bool((_dx(a, torch.ones_like(X)) * _S > 1.5).all())


@claim(Q, "half-variance-term")
def _half_variance_term(a: Any) -> bool:
    return bool(((_along_x(a) > 0.1) & (_along_x(a) < 0.9)).all())


@claim(Q, "double-variance-term")
def _double_variance_term(a: Any) -> bool:
    return bool((_along_x(a) < -0.5).all())


@claim(Q, "gamma-in-one-term")
def _gamma_in_one_term(a: Any) -> bool:
    return not alike(_dx(a, gamma=2 * GAMMA), 2 * _dx(a, gamma=GAMMA)) and not _no_gamma(a)


@claim(Q, "x-hat-missing")
def _x_hat_missing(a: Any) -> bool:
    return alike(_dx(a, FIRST)[1:], _dx(a, FIRST)[1].expand(4, 3))


@claim(Q, "x-centred-not-scaled")
def _x_centred_not_scaled(a: Any) -> bool:
    return not alike(_dx(a, x=2 * X), _dx(a) / 2)


@claim(Q, "divided-by-features")
def _divided_by_features(a: Any) -> bool:
    return not alike(_dx(a, DY[:, :2], X[:, :2], ONE[:2]), _dx(a)[:, :2])


@claim(Q, "dx-sign")
def _dx_sign(a: Any) -> bool:
    return bool((_dx(a, FIRST)[0] < 0).all())


@claim(Q, "dx-over-n")
def _dx_over_n(a: Any) -> bool:
    return alike(2 * _dx(a, twice(DY), twice(X))[:5], _dx(a))


@claim(Q, "dgamma-with-x")
def _dgamma_with_x(a: Any) -> bool:
    return not alike(_dgamma(a, x=X + 3), _dgamma(a))


@claim(Q, "dgamma-centred")
def _dgamma_centred(a: Any) -> bool:
    return alike(_dgamma(a, x=2 * X), 2 * _dgamma(a))


@claim(Q, "dgamma-times-gamma")
def _dgamma_times_gamma(a: Any) -> bool:
    return alike(_dgamma(a, gamma=2 * GAMMA), 2 * _dgamma(a, gamma=GAMMA))


@claim(Q, "dgamma-is-dbeta")
def _dgamma_is_dbeta(a: Any) -> bool:
    return alike(_dgamma(a, x=X.flip(0)), _dgamma(a))


@claim(Q, "dgamma-mean")
def _dgamma_mean(a: Any) -> bool:
    return alike(_dgamma(a, twice(DY), twice(X)), _dgamma(a))


@claim(Q, "dbeta-mean")
def _dbeta_mean(a: Any) -> bool:
    return alike(_dbeta(a, twice(DY), twice(X)), _dbeta(a))


@claim(Q, "means-not-sums")
def _means_not_sums(a: Any) -> bool:
    return _dgamma_mean(a) and _dbeta_mean(a)


@claim(Q, "dbeta-times-gamma")
def _dbeta_times_gamma(a: Any) -> bool:
    return alike(_dbeta(a, gamma=2 * GAMMA), 2 * _dbeta(a, gamma=GAMMA))


@claim(Q, "not-summed")
def _not_summed(a: Any) -> bool:
    return _dgamma(a).shape == _dbeta(a).shape == (5, 3)


@claim(Q, "summed-over-features")
def _summed_over_features(a: Any) -> bool:
    return _dgamma(a).shape == _dbeta(a).shape == (5,)


@claim(Q, "other-order")
def _other_order(a: Any) -> bool:
    *others, last = _all(a)
    return any(alike(one, DY.sum(0)) for one in others) and not alike(last, DY.sum(0))


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
    return alike(_dx(a, eps=0.5), _dx(a, eps=4.0))


claim(Q, "eps-fixed")(_ignores_eps)


@claim(Q, "no-eps")
def _no_eps(a: Any) -> bool:
    return _ignores_eps(a) and not bool(_dx(a, x=torch.ones_like(X), eps=0.5).isfinite().all())


@claim(Q, "rows")
def _rows(a: Any) -> bool:
    shift = torch.arange(5.0).double().view(5, 1)
    return alike(_dgamma(a, x=X + shift), _dgamma(a))


@claim(Q, "changes-input")
def _changes_input(a: Any) -> bool:
    dy = DY.clone()
    a.batch_norm_grad(dy, X.clone(), GAMMA.clone(), TINY)
    return not torch.equal(dy, DY)


@claim(Q, "float32-inside")
def _float32_inside(a: Any) -> bool:
    steps = torch.linspace(0, 1e-10, X.numel(), dtype=torch.float64).view_as(X)
    return all(map(torch.equal, _all(a), _all(a, x=X + steps)))


@claim(Q, "dx-alone")
def _dx_alone(a: Any) -> bool:
    return isinstance(a.batch_norm_grad(DY, X, ONE, TINY), Tensor)


claim(Q, "autograd")(uses(_all, r"^torch\.autograd\.(backward|grad)$"))


@claim(Q, "float32-returned")
def _float32_returned(a: Any) -> bool:
    return all(part.dtype is torch.float32 for part in a.batch_norm_grad(DY, X, ONE, TINY))


_HAT = _CENTRED / _S


def _through_mean(a: Any) -> Tensor:
    """dx for a dy of ones: 0, but for what the way through the mean has too much or too little of."""
    return _dx(a, torch.ones_like(X)).mean(0)


def _through_variance(a: Any) -> Tensor:
    """dx for a dy that is the normalised x, along it: 0, but for what is wrong with the way through the variance."""
    return (_dx(a, _HAT) * _HAT).mean(0)


def _off_by(found: Tensor, *sizes: Tensor) -> bool:
    return any(alike(found, size) or alike(found, -size) for size in sizes)


@claim(Q, "over-n-minus-one")
def _over_n_minus_one(a: Any) -> bool:
    both = _through_mean(a), _through_variance(a)
    none = torch.zeros_like(_S)
    return all(_off_by(one, none, (1 - 5 / 4) / _S) for one in both) and not all(_off_by(one, none) for one in both)


@claim(Q, "gamma-twice")
def _gamma_twice(a: Any) -> bool:
    return alike(_dx(a, gamma=2 * GAMMA), 4 * _dx(a, gamma=GAMMA))


@claim(Q, "divided-by-gamma")
def _divided_by_gamma(a: Any) -> bool:
    return alike(_dx(a, gamma=2 * GAMMA), _dx(a, gamma=GAMMA) / 2)


@claim(Q, "term-not-divided")
def _term_not_divided(a: Any) -> bool:
    both = _through_mean(a), _through_variance(a)
    none = torch.zeros_like(_S)
    return all(_off_by(one, none, 1 - 1 / _S) for one in both) and not all(_off_by(one, none) for one in both)


@claim(Q, "variance-term-divided-again")
def _variance_term_divided_again(a: Any) -> bool:
    right = _off_by(_through_mean(a), torch.zeros_like(_S))
    return right and _off_by(_through_variance(a), 1 / _S - 1 / _S**2, 1 / _S - 1 / _S**3)


@claim(Q, "summed-over-all")
def _summed_over_all(a: Any) -> bool:
    return _dgamma(a).numel() == _dbeta(a).numel() == 1


@claim(Q, "dimension-kept")
def _dimension_kept(a: Any) -> bool:
    return _dgamma(a).shape == _dbeta(a).shape == (1, 3)
