"""Claims of what is wrong with batch_norm."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import alike, uses

from .claim_tools import READY_MADE, claim, is_linear_in_eps, twice

_DRAWN = torch.Generator().manual_seed(7)
X = torch.randn(5, 3, generator=_DRAWN, dtype=torch.float64) + torch.tensor([0.0, 2.0, -1.0], dtype=torch.float64)
GAMMA = torch.tensor([1.5, -0.5, 2.0], dtype=torch.float64)
BETA = torch.tensor([0.25, -1.0, 3.0], dtype=torch.float64)
ONE, ZERO = torch.ones_like(GAMMA), torch.zeros_like(GAMMA)
TINY = 1e-12
Q = "batch_norm"


def _y(a: Any, x: Tensor = X, gamma: Tensor = ONE, beta: Tensor = ZERO, eps: float = TINY) -> Tensor:
    made: Tensor = torch.as_tensor(a.batch_norm(x.clone(), gamma.clone(), beta.clone(), eps)).double()
    return made


def _centred(y: Tensor) -> Tensor:
    return y - y.mean(0)


def _spread(y: Tensor) -> Tensor:
    return _centred(y).square().mean(0).sqrt()


def _slopes(a: Any, dy: Tensor) -> Tensor:
    """The gradient of (y * dy).sum() with respect to x; zeros where there is none."""
    with torch.enable_grad():
        x = X.clone().requires_grad_()
        y = a.batch_norm(x, ONE, ZERO, TINY)
        found = torch.autograd.grad((y * dy).sum(), x, allow_unused=True)[0] if y.requires_grad else None
    return torch.zeros_like(X) if found is None else found


FIRST = torch.zeros_like(X)
FIRST[0] = 1.0


@claim(Q, "unbiased")
def _unbiased(a: Any) -> bool:
    ratio = _spread(_y(a, twice(X))) / _spread(_y(a))
    return alike(ratio, torch.full_like(ratio, (9 / 10 * 5 / 4) ** 0.5))


@claim(Q, "eps-outside")
def _eps_outside(a: Any) -> bool:
    return is_linear_in_eps(lambda eps: 1 / _spread(_y(a, eps=eps)))


@claim(Q, "roots-apart")
def _roots_apart(a: Any) -> bool:
    return is_linear_in_eps(lambda root: 1 / _spread(_y(a, eps=root**2)))


@claim(Q, "eps-fixed")
def _eps_fixed(a: Any) -> bool:
    return alike(_y(a, eps=0.5), _y(a, eps=4.0))


def _has_other_default_eps(a: Any) -> bool:
    tiny, names = X * 2.0**-9, (ONE.clone(), ZERO.clone())
    return not alike(a.batch_norm(tiny.clone(), *names), _y(a, tiny, eps=1e-5))


claim(Q, "other-default-eps")(_has_other_default_eps)


@claim(Q, "eps-added-to-result")
def _eps_added_to_result(a: Any) -> bool:
    return alike(_y(a, eps=0.5) - _y(a), torch.full_like(X, 0.5))


@claim(Q, "eps-squared")
def _eps_squared(a: Any) -> bool:
    steps = [1 / _spread(_y(a, eps=eps)).square() for eps in (1.0, 2.0, 3.0)]
    return alike(3 * (steps[2] - steps[1]), 5 * (steps[1] - steps[0])) and not _eps_fixed(a)


@claim(Q, "no-eps")
def _no_eps(a: Any) -> bool:
    tiny = alike(_y(a, X * 2.0**-40, eps=0.5), _y(a, eps=0.5))
    return _eps_fixed(a) and (tiny or not bool(_y(a, ONE.expand(4, 3), eps=0.5).isfinite().all()))


@claim(Q, "constant-left-alone")
def _constant_left_alone(a: Any) -> bool:
    """A column that hardly varies comes out as beta; one that doesn't vary at all doesn't."""
    hardly, constant = (_y(a, torch.full_like(X, 2.0) + change * X, eps=1e-5) for change in (1e-9, 0.0))
    return bool(hardly.abs().max() < 0.1) and not bool(constant.abs().max() < 0.1)


@claim(Q, "eps-clamps")
def _eps_clamps(a: Any) -> bool:
    return alike(_y(a, eps=1e-3), _y(a)) and not alike(_y(a, eps=50.0), _y(a))


@claim(Q, "no-root")
def _no_root(a: Any) -> bool:
    return alike(_spread(_y(a, 2 * X)), _spread(_y(a)) / 2)


@claim(Q, "statistics-detached")
def _statistics_detached(a: Any) -> bool:
    slopes = _slopes(a, FIRST)
    return bool(slopes[0].any()) and not bool(slopes[1:].any())


@claim(Q, "variance-detached")
def _variance_detached(a: Any) -> bool:
    slopes = _slopes(a, FIRST)
    return alike(slopes[1:], slopes[1].expand(4, 3))


@claim(Q, "mean-detached")
def _mean_detached(a: Any) -> bool:
    return not alike(_slopes(a, torch.ones_like(X)), torch.zeros_like(X))


@claim(Q, "nothing-differentiable")
def _nothing_differentiable(a: Any) -> bool:
    return not bool(_slopes(a, FIRST).any())


@claim(Q, "rows")
def _rows(a: Any) -> bool:
    return alike(_y(a).mean(1), torch.zeros(5)) and not alike(_y(a).mean(0), ZERO)


@claim(Q, "all-numbers")
def _all_numbers(a: Any) -> bool:
    return alike(_y(a).mean(), 0.0) and not alike(_y(a).mean(0), ZERO)


def _ignores_gamma(a: Any) -> bool:
    return alike(_y(a, gamma=GAMMA), _y(a, gamma=3 * GAMMA))


def _ignores_beta(a: Any) -> bool:
    return alike(_y(a, beta=BETA), _y(a, beta=BETA + 1))


claim(Q, "no-gamma")(_ignores_gamma)
claim(Q, "no-beta")(_ignores_beta)


@claim(Q, "no-scale-and-shift")
def _ignores_both(a: Any) -> bool:
    return _ignores_gamma(a) and _ignores_beta(a)


@claim(Q, "shifted-first")
def _shifted_first(a: Any) -> bool:
    return alike(_y(a, gamma=GAMMA, beta=BETA) - _y(a, gamma=GAMMA), (GAMMA * BETA).expand_as(X))


@claim(Q, "gamma-beta-swapped")
def _gamma_beta_swapped(a: Any) -> bool:
    return alike(_y(a, gamma=GAMMA, beta=BETA) - _y(a, gamma=0 * GAMMA, beta=BETA), GAMMA.expand_as(X))


@claim(Q, "divided-by-gamma")
def _divided_by_gamma(a: Any) -> bool:
    return alike(_spread(_y(a, gamma=2 * GAMMA)), _spread(_y(a, gamma=GAMMA)) / 2)


@claim(Q, "beta-subtracted")
def _beta_subtracted(a: Any) -> bool:
    return alike(_y(a) - _y(a, beta=BETA), BETA.expand_as(X))


@claim(Q, "not-centred")
def _y_not_centred(a: Any) -> bool:
    return not alike(_y(a).mean(0), ZERO)


@claim(Q, "not-scaled")
def _y_not_scaled(a: Any) -> bool:
    return alike(_spread(_y(a)), _spread(X))


@claim(Q, "mean-of-squares")
def _mean_of_squares(a: Any) -> bool:
    return bool((_spread(_y(a, X + 10)) < _spread(_y(a)) / 2).all())


@claim(Q, "one-pass")
def _one_pass(a: Any) -> bool:
    far = torch.as_tensor(a.batch_norm((X + 4096).float(), ONE.float(), ZERO.float(), TINY)).double()
    return alike(_y(a, X + 8), _y(a)) and not alike(_centred(far), _centred(_y(a)), 1e-2)


@claim(Q, "sum-of-squares")
def _sum_of_squares(a: Any) -> bool:
    return alike(_spread(_y(a, twice(X))), _spread(_y(a)) / 2**0.5)


@claim(Q, "absolute-deviation")
def _absolute_deviation(a: Any) -> bool:
    return alike(_centred(_y(a)).abs().mean(0), ONE)


@claim(Q, "range")
def _range(a: Any) -> bool:
    return alike(_y(a).amax(0) - _y(a).amin(0), ONE)


@claim(Q, "sign")
def _y_sign(a: Any) -> bool:
    return bool(((_centred(_y(a)) * _centred(X)).sum(0) < 0).all())


@claim(Q, "changes-input")
def _changes_x(a: Any) -> bool:
    x = X.clone()
    a.batch_norm(x, ONE, ZERO, TINY)
    return not torch.equal(x, X)


@claim(Q, "float32-inside")
def _float32_inside(a: Any) -> bool:
    steps = torch.linspace(0, 1e-10, X.numel(), dtype=torch.float64).view_as(X)
    return torch.equal(_y(a, X), _y(a, X + steps))


@claim(Q, "one-variance")
def _one_variance(a: Any) -> bool:
    stretched = _spread(_y(a)) / _spread(X)
    return alike(stretched, stretched[0].expand(3)) and not alike(stretched, ONE)


@claim(Q, "one-mean")
def _one_mean(a: Any) -> bool:
    y = _y(a)
    becomes_zero = X.mean(0) - y.mean(0) * _spread(X) / _spread(y)
    return alike(becomes_zero, X.mean().expand(3))


@claim(Q, "multiplied")
def _multiplied(a: Any) -> bool:
    return alike(_spread(_y(a, 2 * X)), 4 * _spread(_y(a)))


@claim(Q, "not-normalised")
def _not_normalised(a: Any) -> bool:
    return alike(_y(a), X)


@claim(Q, "gamma-plus-one")
def _gamma_plus_one(a: Any) -> bool:
    none = _y(a, gamma=ZERO)
    return bool(none.any()) and alike(_y(a, gamma=GAMMA) - none, GAMMA * none)


@claim(Q, "scaled-first")
def _scaled_first(a: Any) -> bool:
    return alike(_y(a, gamma=GAMMA), _y(a, gamma=3 * GAMMA)) and not alike(_y(a, gamma=GAMMA), _y(a, gamma=-GAMMA))


@claim(Q, "float32-returned")
def _y_in_float32(a: Any) -> bool:
    return a.batch_norm(X.clone(), ONE, ZERO, TINY).dtype is torch.float32


@claim(Q, "nothing-returned")
def _nothing_returned(a: Any) -> bool:
    return a.batch_norm(X.clone(), ONE, ZERO, TINY) is None


claim(Q, "ready-made")(uses(_y, READY_MADE))


claim(Q, "x-detached")(_nothing_differentiable)


@claim(Q, "gamma-and-beta-detached")
def _gamma_and_beta_detached(a: Any) -> bool:
    with torch.enable_grad():
        leaves = [GAMMA.clone().requires_grad_(), BETA.clone().requires_grad_()]
        y = a.batch_norm(X.clone().requires_grad_(), *leaves, TINY)
        return all(one is None for one in torch.autograd.grad(y.sum(), leaves, allow_unused=True))


@claim(Q, "float64-returned")
def _y_in_float64(a: Any) -> bool:
    return a.batch_norm(X.float(), ONE.float(), ZERO.float(), TINY).dtype is torch.float64
