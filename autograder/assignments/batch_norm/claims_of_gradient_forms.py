"""Claims of what is wrong with dgamma and dbeta, and with the form in which the gradients come back."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import alike, uses

from .claim_tools import claim, twice
from .claims_of_batch_norm import GAMMA, ONE, TINY, X
from .gradient_trials import DY, Q, dbeta, dgamma, gradients


@claim(Q, "dgamma-with-x")
def _dgamma_with_x(a: Any) -> bool:
    return not alike(dgamma(a, x=X + 3), dgamma(a))


@claim(Q, "dgamma-centred")
def _dgamma_centred(a: Any) -> bool:
    return alike(dgamma(a, x=2 * X), 2 * dgamma(a))


@claim(Q, "dgamma-times-gamma")
def _dgamma_times_gamma(a: Any) -> bool:
    return alike(dgamma(a, gamma=2 * GAMMA), 2 * dgamma(a, gamma=GAMMA))


@claim(Q, "dgamma-is-dbeta")
def _dgamma_is_dbeta(a: Any) -> bool:
    return alike(dgamma(a, x=X.flip(0)), dgamma(a))


@claim(Q, "dgamma-mean")
def _dgamma_mean(a: Any) -> bool:
    return alike(dgamma(a, twice(DY), twice(X)), dgamma(a))


@claim(Q, "dbeta-mean")
def _dbeta_mean(a: Any) -> bool:
    return alike(dbeta(a, twice(DY), twice(X)), dbeta(a))


@claim(Q, "means-not-sums")
def _means_not_sums(a: Any) -> bool:
    return _dgamma_mean(a) and _dbeta_mean(a)


@claim(Q, "dbeta-times-gamma")
def _dbeta_times_gamma(a: Any) -> bool:
    return alike(dbeta(a, gamma=2 * GAMMA), 2 * dbeta(a, gamma=GAMMA))


@claim(Q, "not-summed")
def _not_summed(a: Any) -> bool:
    return dgamma(a).shape == dbeta(a).shape == (5, 3)


@claim(Q, "summed-over-features")
def _summed_over_features(a: Any) -> bool:
    return dgamma(a).shape == dbeta(a).shape == (5,)


@claim(Q, "other-order")
def _other_order(a: Any) -> bool:
    *others, last = gradients(a)
    return any(alike(one, DY.sum(0)) for one in others) and not alike(last, DY.sum(0))


@claim(Q, "rows")
def _rows(a: Any) -> bool:
    shift = torch.arange(5.0).double().view(5, 1)
    return alike(dgamma(a, x=X + shift), dgamma(a))


@claim(Q, "changes-input")
def _changes_input(a: Any) -> bool:
    dy = DY.clone()
    a.batch_norm_grad(dy, X.clone(), GAMMA.clone(), TINY)
    return not torch.equal(dy, DY)


@claim(Q, "float32-inside")
def _float32_inside(a: Any) -> bool:
    steps = torch.linspace(0, 1e-10, X.numel(), dtype=torch.float64).view_as(X)
    return all(map(torch.equal, gradients(a), gradients(a, x=X + steps)))


@claim(Q, "dx-alone")
def _dx_alone(a: Any) -> bool:
    return isinstance(a.batch_norm_grad(DY, X, ONE, TINY), Tensor)


claim(Q, "autograd")(uses(gradients, r"^torch\.autograd\.(backward|grad)$"))


@claim(Q, "float32-returned")
def _float32_returned(a: Any) -> bool:
    return all(part.dtype is torch.float32 for part in a.batch_norm_grad(DY, X, ONE, TINY))


@claim(Q, "summed-over-all")
def _summed_over_all(a: Any) -> bool:
    return dgamma(a).numel() == dbeta(a).numel() == 1


@claim(Q, "dimension-kept")
def _dimension_kept(a: Any) -> bool:
    return dgamma(a).shape == dbeta(a).shape == (1, 3)


@claim(Q, "dictionary")
def _dictionary(a: Any) -> bool:
    return isinstance(a.batch_norm_grad(DY, X, ONE, TINY), dict)


@claim(Q, "both-times-gamma")
def _both_times_gamma(a: Any) -> bool:
    return _dgamma_times_gamma(a) and _dbeta_times_gamma(a)


@claim(Q, "float64-returned")
def _in_float64(a: Any) -> bool:
    found = a.batch_norm_grad(DY.float(), X.float(), ONE.float(), TINY)
    return all(part.dtype is torch.float64 for part in found)
