"""Claims of what is wrong with what the layer returns."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import alike, uses

from .claim_tools import READY_MADE, claim, is_linear_in_eps, twice
from .layer_trials import IMAGES, OTHER, Q, X, fill, filled_output, flat, in_use, new, output, same, spread


@claim(Q, "unbiased-normalise")
def _unbiased_normalise(a: Any) -> bool:
    return not same(output(a, twice(X))[:5], output(a))


@claim(Q, "batch-in-evaluation")
def _batch_in_evaluation(a: Any) -> bool:
    return not same(in_use(a, torch.cat([X[:2], OTHER]))[:2], in_use(a)[:2])


@claim(Q, "statistics-detached")
def _statistics_detached(a: Any) -> bool:
    with torch.enable_grad():
        x = X.clone().requires_grad_()
        slopes = torch.autograd.grad(new(a)(x)[0].sum(), x)[0]
    return not bool(slopes[1:].any())


@claim(Q, "running-in-training")
def _running_in_training(a: Any) -> bool:
    return not same(filled_output(a, mean=5.0), output(a))


@claim(Q, "eps-outside")
def _eps_outside(a: Any) -> bool:
    return is_linear_in_eps(lambda eps: 1 / spread(new(a, 3, 0.1, eps).double()(X.double()).detach()))


@claim(Q, "eps-fixed")
def _eps_fixed(a: Any) -> bool:
    return same(output(a, X, 0.1, 0.5), output(a, X, 0.1, 4.0))


@claim(Q, "no-root")
def _no_root(a: Any) -> bool:
    return alike(spread(output(a, 2 * X)), spread(output(a)) / 2, 1e-3)


@claim(Q, "no-root-in-evaluation")
def _no_root_in_evaluation(a: Any) -> bool:
    return alike(in_use(a, var=16.0), in_use(a, var=4.0) / 4, 1e-3)


@claim(Q, "no-eps-in-evaluation")
def _no_eps_in_evaluation(a: Any) -> bool:
    found = [fill(new(a, 3, 0.1, eps).eval(), var=1.0)(X.clone()).detach() for eps in (0.1, 4.0)]
    return same(*found) and not _eps_fixed(a)


def _ignores_gamma(a: Any) -> bool:
    return same(filled_output(a, gamma=3.0), output(a)) and same(in_use(a, gamma=3.0), in_use(a))


def _ignores_beta(a: Any) -> bool:
    return same(filled_output(a, beta=3.0), output(a)) and same(in_use(a, beta=3.0), in_use(a))


claim(Q, "no-gamma")(_ignores_gamma)
claim(Q, "no-beta")(_ignores_beta)


@claim(Q, "no-scale-and-shift")
def _ignores_both(a: Any) -> bool:
    return _ignores_gamma(a) and _ignores_beta(a)


@claim(Q, "no-scale-in-evaluation")
def _ignored_in_evaluation(a: Any) -> bool:
    return same(in_use(a, gamma=3.0), in_use(a)) and same(in_use(a, beta=3.0), in_use(a))


@claim(Q, "not-learnt")
def _not_learnt(a: Any) -> bool:
    return not {"gamma", "beta"} & {name for name, _ in new(a).named_parameters()}


@claim(Q, "gamma-zeros")
def _gamma_zeros(a: Any) -> bool:
    return not bool(new(a).gamma.any())


@claim(Q, "beta-ones")
def _beta_ones(a: Any) -> bool:
    return same(flat(new(a).beta), torch.ones(3))


@claim(Q, "each-image")
def _each_image(a: Any) -> bool:
    return same(output(a, IMAGES)[:1], output(a, IMAGES[:1]))


@claim(Q, "rows")
def _rows(a: Any) -> bool:
    return same(output(a)[:2], output(a, X[:2]))


@claim(Q, "not-normalised")
def _not_normalised(a: Any) -> bool:
    return same(output(a, 2 * X), 2 * output(a))


@claim(Q, "not-centred")
def _not_centred(a: Any) -> bool:
    return not same(output(a, X + 3), output(a))


@claim(Q, "one-pass")
def _one_pass(a: Any) -> bool:
    return same(output(a, X + 2), output(a)) and not alike(output(a, X + 4096), output(a), 1e-2)


@claim(Q, "changes-input")
def _changes_input(a: Any) -> bool:
    x = X.clone()
    new(a)(x)
    return not torch.equal(x, X)


def _raises(a: Any, x: Tensor) -> bool:
    try:
        output(a, x)
    except Exception:
        return True
    return False


@claim(Q, "rows-only")
def _rows_only(a: Any) -> bool:
    return _raises(a, IMAGES) and not _raises(a, X)


@claim(Q, "images-only")
def _images_only(a: Any) -> bool:
    return _raises(a, X) and not _raises(a, IMAGES)


claim(Q, "ready-made")(uses(output, READY_MADE))
