"""Claims of what is wrong with what the layer keeps."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor

from .claim_tools import claim, twice
from .layer_trials import IMAGES, OTHER, Q, X, flat, kept, new, same


@claim(Q, "momentum-swapped")
def _momentum_swapped(a: Any) -> bool:
    return same(kept(a, "mean", X, momentum=0.25), 0.75 * X.mean(0))


@claim(Q, "running-biased")
def _running_biased(a: Any) -> bool:
    return same(kept(a, "var", twice(X)), kept(a, "var", X))


@claim(Q, "never-updated")
def _never_updated(a: Any) -> bool:
    return all(same(kept(a, name, X), kept(a, name)) for name in ("mean", "var"))


@claim(Q, "graph-kept")
def _graph_kept(a: Any) -> bool:
    layer = new(a)
    with torch.enable_grad():
        layer(X.clone().requires_grad_())
    return bool(layer.mean.requires_grad or layer.var.requires_grad)


@claim(Q, "not-saved")
def _not_saved(a: Any) -> bool:
    return not {"mean", "var"} & set(new(a).state_dict())


@claim(Q, "statistics-parameters")
def _statistics_parameters(a: Any) -> bool:
    return {"mean", "var"} <= {name for name, _ in new(a).named_parameters()}


@claim(Q, "updated-in-evaluation")
def _updated_in_evaluation(a: Any) -> bool:
    layer = new(a).eval()
    layer(X.clone())
    return not same(flat(layer.mean), torch.zeros(3))


@claim(Q, "modes-swapped")
def _modes_swapped(a: Any) -> bool:
    return _never_updated(a) and _updated_in_evaluation(a)


@claim(Q, "momentum-fixed")
def _momentum_fixed(a: Any) -> bool:
    return same(kept(a, "mean", X, momentum=0.3), kept(a, "mean", X, momentum=0.7))


@claim(Q, "momentum-zero")
def _momentum_zero(a: Any) -> bool:
    layer = new(a)
    layer(X.clone())
    moved = flat(layer.mean)
    return same(kept(a, "mean", X, momentum=0.0), moved) and not same(kept(a, "mean", X, momentum=0.5), moved)


@claim(Q, "other-default")
def _other_default(a: Any) -> bool:
    layer = new(a)
    layer(X.clone())
    return not same(flat(layer.mean), kept(a, "mean", X, momentum=0.1)) and not _momentum_fixed(a)


@claim(Q, "last-batch")
def _last_batch(a: Any) -> bool:
    return all(same(kept(a, name, OTHER, X), kept(a, name, X)) for name in ("mean", "var"))


@claim(Q, "mean-of-all-batches")
def _mean_of_all_batches(a: Any) -> bool:
    alone = [kept(a, "mean", x) for x in (X, OTHER)]
    return _momentum_fixed(a) and same(kept(a, "mean", X, OTHER), sum(alone, torch.zeros(3)) / 2)


@claim(Q, "only-grows")
def _only_grows(a: Any) -> bool:
    return bool((kept(a, "mean", *[X] * 20).abs() > 2 * X.mean(0).abs()).all())


@claim(Q, "eps-in-running")
def _eps_in_running(a: Any) -> bool:
    return not same(kept(a, "var", X, eps=1.0), kept(a, "var", X, eps=2.0))


@claim(Q, "standard-deviation-kept")
def _standard_deviation_kept(a: Any) -> bool:
    steps = [kept(a, "var", factor * X) for factor in (1, 2, 3)]
    return same(steps[2] - steps[1], steps[1] - steps[0]) and not _var_never_updated(a)


@claim(Q, "n-without-pixels")
def _n_without_pixels(a: Any) -> bool:
    as_rows = IMAGES.movedim(1, -1).reshape(-1, 2)
    return not same(kept(a, "var", IMAGES), kept(a, "var", as_rows))


@claim(Q, "n-counts-all")
def _n_counts_all(a: Any) -> bool:
    return not same(kept(a, "var", X)[:1], kept(a, "var", X[:, :1]))


@claim(Q, "var-starts-at-zero")
def _var_starts_at_zero(a: Any) -> bool:
    return not bool(new(a).var.any())


@claim(Q, "mean-starts-at-one")
def _mean_starts_at_one(a: Any) -> bool:
    return same(flat(new(a).mean), torch.ones(3))


@claim(Q, "momentum-swapped-in-one")
def _momentum_swapped_in_one(a: Any) -> bool:
    swapped = []
    for name, start in (("mean", 0.0), ("var", 1.0)):
        little, much = (kept(a, name, X, momentum=momentum) - start for momentum in (0.25, 0.75))
        swapped.append(same(little, 3 * much))
    return swapped in ([True, False], [False, True])


@claim(Q, "mean-never-updated")
def _mean_never_updated(a: Any) -> bool:
    return same(kept(a, "mean", X), kept(a, "mean"))


@claim(Q, "var-never-updated")
def _var_never_updated(a: Any) -> bool:
    return same(kept(a, "var", X), kept(a, "var"))


@claim(Q, "first-batch-whole")
def _first_batch_whole(a: Any) -> bool:
    return same(kept(a, "mean", X), X.mean(0)) and not same(kept(a, "mean", OTHER, X), X.mean(0))


@claim(Q, "shape-changes")
def _shape_changes(a: Any) -> bool:
    for x in (X, IMAGES):
        layer = new(a, x.shape[1])
        before = layer.mean.shape, layer.var.shape
        layer(x.clone())
        if before != (layer.mean.shape, layer.var.shape):
            return True
    return False


@claim(Q, "statistics-of-output")
def _statistics_of_output(a: Any) -> bool:
    return all(same(kept(a, name, X), kept(a, name, 3 * X + 1)) for name in ("mean", "var"))


def _share(a: Any) -> Tensor:
    """What goes into var, divided by the batch's biased variance."""
    return (kept(a, "var", X) - 0.5) / (0.5 * X.var(0, correction=0))


@claim(Q, "correction-inverted")
def _correction_inverted(a: Any) -> bool:
    return bool((_share(a) < 0.99).all())


@claim(Q, "corrected-twice")
def _corrected_twice(a: Any) -> bool:
    return same(_share(a), torch.full((3,), (5 / 4) ** 2))


@claim(Q, "one-not-saved")
def _one_not_saved(a: Any) -> bool:
    return len({"mean", "var"} & set(new(a).state_dict())) == 1


@claim(Q, "copy-writes-into-the-first")
def _copy_writes_into_the_first(a: Any) -> bool:
    layer = new(a)
    before, other = layer.mean.clone(), copy.deepcopy(layer)
    other(X.clone())
    return not torch.equal(layer.mean, before)


@claim(Q, "graph-on-self")
def _graph_on_self(a: Any) -> bool:
    layer = new(a)
    copy.deepcopy(layer)
    with torch.enable_grad():
        layer(X.clone())
    try:
        copy.deepcopy(layer)
    except RuntimeError:
        return True
    return False


@claim(Q, "no-gradient-in-evaluation")
def _no_gradient_in_evaluation(a: Any) -> bool:
    with torch.enable_grad():
        outputs = [new(a).train(mode)(X.clone().requires_grad_()) for mode in (True, False)]
    return [y.requires_grad for y in outputs] == [True, False]


@claim(Q, "not-for-channels")
def _not_for_channels(a: Any) -> bool:
    new(a)(X.clone())
    try:
        new(a, 2)(IMAGES.clone())
    except RuntimeError:
        square = torch.stack([IMAGES[:, :, 0, :2], IMAGES[:, :, 1, 2:]], dim=2)
        layer = new(a, 2)
        layer.gamma.detach()[0] = 0.0
        return not layer(square)[..., 0].any() and bool(layer(square)[:, 0].any())
    return False
