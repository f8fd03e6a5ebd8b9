"""Claims of what is wrong with the layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .claim_tools import alike, claim, counting, is_linear_in_eps, twice
from .claims_of_functions import X as ROWS

X = ROWS.float()
OTHER = 2 * X.flip(0) + 1
IMAGES = torch.randn(3, 2, 2, 4, generator=torch.Generator().manual_seed(3))
Q = "batch_norm_layer"
SMALL = 1e-4  # float32


def _new(a: Any, features: int = 3, *settings: float) -> Any:
    return a.BatchNorm(features, *settings).train()


def _flat(value: Any) -> Tensor:
    numbers: Tensor = value.detach().clone().reshape(-1)
    return numbers


def _out(a: Any, x: Tensor = X, *settings: float) -> Tensor:
    """The output of a new layer in training."""
    made: Tensor = _new(a, x.shape[1], *settings)(x.clone()).detach()
    return made


def _kept(a: Any, name: str, *batches: Tensor, momentum: float = 0.5, eps: float = 1e-5) -> Tensor:
    """What a new layer keeps after some batches in training."""
    layer = _new(a, batches[0].shape[1] if batches else 3, momentum, eps)
    for x in batches:
        layer(x.clone())
    return _flat(getattr(layer, name))


def _fill(layer: Any, **values: float) -> Any:
    with torch.no_grad():
        for name, value in values.items():
            getattr(layer, name).fill_(value)
    return layer


def _in_use(a: Any, x: Tensor = X, **values: float) -> Tensor:
    """The output of a new layer in evaluation, some of whose numbers are given."""
    made: Tensor = _fill(_new(a, x.shape[1]).eval(), **values)(x.clone()).detach()
    return made


def _filled_out(a: Any, **values: float) -> Tensor:
    """The output of a new layer in training, some of whose numbers are given."""
    made: Tensor = _fill(_new(a), **values)(X.clone()).detach()
    return made


def _spread(y: Tensor) -> Tensor:
    return (y - y.mean(0)).square().mean(0).sqrt()


def _same(one: Tensor, other: Tensor) -> bool:
    return alike(one, other, SMALL)


@claim(Q, "momentum-swapped")
def _momentum_swapped(a: Any) -> bool:
    return _same(_kept(a, "mean", X, momentum=0.25), 0.75 * X.mean(0))


@claim(Q, "running-biased")
def _running_biased(a: Any) -> bool:
    return _same(_kept(a, "var", twice(X)), _kept(a, "var", X))


@claim(Q, "unbiased-normalise")
def _unbiased_normalise(a: Any) -> bool:
    return not _same(_out(a, twice(X))[:5], _out(a))


@claim(Q, "batch-in-evaluation")
def _batch_in_evaluation(a: Any) -> bool:
    return not _same(_in_use(a, torch.cat([X[:2], OTHER]))[:2], _in_use(a)[:2])


@claim(Q, "never-updated")
def _never_updated(a: Any) -> bool:
    return all(_same(_kept(a, name, X), _kept(a, name)) for name in ("mean", "var"))


@claim(Q, "statistics-detached")
def _statistics_detached(a: Any) -> bool:
    with torch.enable_grad():
        x = X.clone().requires_grad_()
        slopes = torch.autograd.grad(_new(a)(x)[0].sum(), x)[0]
    return not bool(slopes[1:].any())


@claim(Q, "graph-kept")
def _graph_kept(a: Any) -> bool:
    layer = _new(a)
    with torch.enable_grad():
        layer(X.clone().requires_grad_())
    return bool(layer.mean.requires_grad or layer.var.requires_grad)


@claim(Q, "not-saved")
def _not_saved(a: Any) -> bool:
    return not {"mean", "var"} & set(_new(a).state_dict())


@claim(Q, "statistics-parameters")
def _statistics_parameters(a: Any) -> bool:
    return {"mean", "var"} <= {name for name, _ in _new(a).named_parameters()}


@claim(Q, "running-in-training")
def _running_in_training(a: Any) -> bool:
    return not _same(_filled_out(a, mean=5.0), _out(a))


@claim(Q, "updated-in-evaluation")
def _updated_in_evaluation(a: Any) -> bool:
    layer = _new(a).eval()
    layer(X.clone())
    return not _same(_flat(layer.mean), torch.zeros(3))


@claim(Q, "modes-swapped")
def _modes_swapped(a: Any) -> bool:
    return _never_updated(a) and _updated_in_evaluation(a)


@claim(Q, "momentum-fixed")
def _momentum_fixed(a: Any) -> bool:
    return _same(_kept(a, "mean", X, momentum=0.3), _kept(a, "mean", X, momentum=0.7))


@claim(Q, "other-default")
def _other_default(a: Any) -> bool:
    layer = _new(a)
    layer(X.clone())
    return not _same(_flat(layer.mean), _kept(a, "mean", X, momentum=0.1)) and not _momentum_fixed(a)


@claim(Q, "last-batch")
def _last_batch(a: Any) -> bool:
    return all(_same(_kept(a, name, OTHER, X), _kept(a, name, X)) for name in ("mean", "var"))


@claim(Q, "mean-of-all-batches")
def _mean_of_all_batches(a: Any) -> bool:
    alone = [_kept(a, "mean", x) for x in (X, OTHER)]
    return _momentum_fixed(a) and _same(_kept(a, "mean", X, OTHER), sum(alone, torch.zeros(3)) / 2)


@claim(Q, "only-grows")
def _only_grows(a: Any) -> bool:
    return bool((_kept(a, "mean", *[X] * 20).abs() > 2 * X.mean(0).abs()).all())


@claim(Q, "eps-in-running")
def _eps_in_running(a: Any) -> bool:
    return not _same(_kept(a, "var", X, eps=1.0), _kept(a, "var", X, eps=2.0))


@claim(Q, "standard-deviation-kept")
def _standard_deviation_kept(a: Any) -> bool:
    steps = [_kept(a, "var", factor * X) for factor in (1, 2, 3)]
    return _same(steps[2] - steps[1], steps[1] - steps[0])


@claim(Q, "n-without-pixels")
def _n_without_pixels(a: Any) -> bool:
    as_rows = IMAGES.movedim(1, -1).reshape(-1, 2)
    return not _same(_kept(a, "var", IMAGES), _kept(a, "var", as_rows))


@claim(Q, "n-counts-all")
def _n_counts_all(a: Any) -> bool:
    return not _same(_kept(a, "var", X)[:1], _kept(a, "var", X[:, :1]))


@claim(Q, "eps-outside")
def _eps_outside(a: Any) -> bool:
    return is_linear_in_eps(lambda eps: 1 / _spread(_new(a, 3, 0.1, eps).double()(X.double()).detach()))


@claim(Q, "eps-fixed")
def _eps_fixed(a: Any) -> bool:
    return _same(_out(a, X, 0.1, 0.5), _out(a, X, 0.1, 4.0))


@claim(Q, "no-root")
def _no_root(a: Any) -> bool:
    return alike(_spread(_out(a, 2 * X)), _spread(_out(a)) / 2, 1e-3)


@claim(Q, "no-root-in-evaluation")
def _no_root_in_evaluation(a: Any) -> bool:
    return alike(_in_use(a, var=16.0), _in_use(a, var=4.0) / 4, 1e-3)


@claim(Q, "no-eps-in-evaluation")
def _no_eps_in_evaluation(a: Any) -> bool:
    found = [_fill(_new(a, 3, 0.1, eps).eval(), var=1.0)(X.clone()).detach() for eps in (0.1, 4.0)]
    return _same(*found) and not _eps_fixed(a)


def _ignores_gamma(a: Any) -> bool:
    return _same(_filled_out(a, gamma=3.0), _out(a)) and _same(_in_use(a, gamma=3.0), _in_use(a))


def _ignores_beta(a: Any) -> bool:
    return _same(_filled_out(a, beta=3.0), _out(a)) and _same(_in_use(a, beta=3.0), _in_use(a))


claim(Q, "no-gamma")(_ignores_gamma)
claim(Q, "no-beta")(_ignores_beta)


@claim(Q, "no-scale-and-shift")
def _ignores_both(a: Any) -> bool:
    return _ignores_gamma(a) and _ignores_beta(a)


@claim(Q, "no-scale-in-evaluation")
def _ignored_in_evaluation(a: Any) -> bool:
    return _same(_in_use(a, gamma=3.0), _in_use(a)) and _same(_in_use(a, beta=3.0), _in_use(a))


@claim(Q, "not-learnt")
def _not_learnt(a: Any) -> bool:
    return not {"gamma", "beta"} & {name for name, _ in _new(a).named_parameters()}


@claim(Q, "gamma-zeros")
def _gamma_zeros(a: Any) -> bool:
    return not bool(_new(a).gamma.any())


@claim(Q, "beta-ones")
def _beta_ones(a: Any) -> bool:
    return _same(_flat(_new(a).beta), torch.ones(3))


@claim(Q, "var-starts-at-zero")
def _var_starts_at_zero(a: Any) -> bool:
    return not bool(_new(a).var.any())


@claim(Q, "mean-starts-at-one")
def _mean_starts_at_one(a: Any) -> bool:
    return _same(_flat(_new(a).mean), torch.ones(3))


@claim(Q, "each-image")
def _each_image(a: Any) -> bool:
    return _same(_out(a, IMAGES)[:1], _out(a, IMAGES[:1]))


@claim(Q, "rows")
def _rows(a: Any) -> bool:
    return _same(_out(a)[:2], _out(a, X[:2]))


@claim(Q, "not-normalised")
def _not_normalised(a: Any) -> bool:
    return _same(_out(a, 2 * X), 2 * _out(a))


@claim(Q, "not-centred")
def _not_centred(a: Any) -> bool:
    return not _same(_out(a, X + 3), _out(a))


@claim(Q, "one-pass")
def _one_pass(a: Any) -> bool:
    return _same(_out(a, X + 2), _out(a)) and not alike(_out(a, X + 4096), _out(a), 1e-2)


@claim(Q, "changes-input")
def _changes_input(a: Any) -> bool:
    x = X.clone()
    _new(a)(x)
    return not torch.equal(x, X)


def _raises(a: Any, x: Tensor) -> bool:
    try:
        _out(a, x)
    except Exception:
        return True
    return False


@claim(Q, "rows-only")
def _rows_only(a: Any) -> bool:
    return _raises(a, IMAGES) and not _raises(a, X)


@claim(Q, "images-only")
def _images_only(a: Any) -> bool:
    return _raises(a, X) and not _raises(a, IMAGES)


@claim(Q, "ready-made")
def _ready_made(a: Any) -> bool:
    with counting(torch.nn.functional, "batch_norm") as calls:
        _out(a)
    return bool(calls)
