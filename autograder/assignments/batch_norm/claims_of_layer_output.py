"""Claims of what is wrong with what the layer returns."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis.claims import alike, uses

from .claim_tools import READY_MADE, claim, is_linear_in_eps, twice
from .claims_of_batch_norm import FIRST
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


@claim(Q, "shifted-first")
def _shifted_first(a: Any) -> bool:
    return same(filled_output(a, gamma=3.0, beta=1.0) - filled_output(a, gamma=3.0), torch.full_like(X, 3.0))


@claim(Q, "nothing-returned")
def _nothing_returned(a: Any) -> bool:
    return new(a)(X.clone()) is None


@claim(Q, "nothing-in-evaluation")
def _nothing_in_evaluation(a: Any) -> bool:
    return new(a).eval()(X.clone()) is None and not _nothing_returned(a)


@claim(Q, "of-image-means")
def _of_image_means(a: Any) -> bool:
    change = torch.tensor([1.0, -1.0, 1.0, -1.0]).expand_as(IMAGES)  # leaves the images' means as they are
    none, one, two = (output(a, IMAGES + times * change) for times in range(3))
    return same(two - none, 2 * (one - none))


@claim(Q, "not-learnt")
def _not_learnt(a: Any) -> bool:
    return not {"gamma", "beta"} & {name for name, _ in new(a).named_parameters()}


def _slopes(a: Any, dy: Tensor) -> Tensor:
    """The gradient of the sum of a new layer's output times dy with respect to its input; zeros where there is none."""
    with torch.enable_grad():
        x = X.clone().requires_grad_()
        y = new(a)(x)
        found = torch.autograd.grad((y * dy).sum(), x, allow_unused=True)[0] if y.requires_grad else None
    return torch.zeros_like(X) if found is None else found


@claim(Q, "mean-detached")
def _mean_detached(a: Any) -> bool:
    return not same(_slopes(a, torch.ones_like(X)), torch.zeros_like(X))


@claim(Q, "variance-detached")
def _variance_detached(a: Any) -> bool:
    slopes = _slopes(a, FIRST)
    return same(slopes[1:], slopes[1].expand(4, 3))


@claim(Q, "nothing-differentiable")
def _nothing_differentiable(a: Any) -> bool:
    return not bool(_slopes(a, FIRST).any())


@claim(Q, "asks-for-grad-mode")
def _asks_for_grad_mode(a: Any) -> bool:
    found = []
    for mode in (True, False):
        with torch.set_grad_enabled(mode):
            layer = fill(new(a), mean=5.0)
            found.append(layer(X.clone()).detach())
    return not same(*found)


@claim(Q, "random-start")
def _random_start(a: Any) -> bool:
    return not same(flat(new(a).gamma), flat(new(a).gamma))


@claim(Q, "one-number-for-all")
def _one_number_for_all(a: Any) -> bool:
    return bool(new(a).gamma.numel() == new(a).beta.numel() == 1)


@claim(Q, "each-pixel")
def _each_pixel(a: Any) -> bool:
    return same(output(a, IMAGES).mean(0), torch.zeros(2, 2, 4))


@claim(Q, "all-numbers")
def _all_numbers(a: Any) -> bool:
    further = X + torch.tensor([5.0, 0.0, 0.0])
    return not same(output(a, further)[:, 1:], output(a)[:, 1:])


@claim(Q, "pixels-scrambled")
def _pixels_scrambled(a: Any) -> bool:
    brighter = IMAGES + torch.tensor([0.0, 3.0]).view(1, 2, 1, 1)  # one of the channels
    return not same(output(a, brighter), output(a, IMAGES)) and same(output(a, X + X[0]), output(a, X))


@claim(Q, "other-names")
def _other_names(a: Any) -> bool:
    return not all(hasattr(new(a), name) for name in ("gamma", "beta", "mean", "var"))


@claim(Q, "no-super")
def _no_super(a: Any) -> bool:
    try:
        new(a)
    except AttributeError as error:
        return "before Module.__init__() call" in str(error)
    return False


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


@claim(Q, "channels-last")
def _channels_last(a: Any) -> bool:
    made = new(a, 4)(IMAGES.clone()).detach()
    return same(made.mean((0, 1, 2)), torch.zeros(4)) and not same(made.mean((0, 2, 3)), torch.zeros(2))


@claim(Q, "one-as-in-evaluation")
def _one_as_in_evaluation(a: Any) -> bool:
    return same(output(a, IMAGES[:1]), in_use(a, IMAGES[:1])) and not same(output(a, IMAGES), in_use(a, IMAGES))


claim(Q, "ready-made")(uses(output, READY_MADE))


@claim(Q, "mode-never-asked")
def _mode_never_asked(a: Any) -> bool:
    layer = new(a).eval()
    return same(layer(X.clone()).detach(), output(a)) and not same(flat(layer.mean), torch.zeros(3))


@claim(Q, "other-default-eps")
def _other_default_eps(a: Any) -> bool:
    tiny = X * 2.0**-9
    return not same(output(a, tiny), output(a, tiny, 0.1, 1e-5))


@claim(Q, "no-scale-in-training")
def _ignored_in_training(a: Any) -> bool:
    return all(same(filled_output(a, **{name: 3.0}), output(a)) for name in ("gamma", "beta"))


@claim(Q, "no-images-in-evaluation")
def _no_images_in_evaluation(a: Any) -> bool:
    try:
        in_use(a, IMAGES)
    except RuntimeError:
        return not _raises(a, IMAGES)
    return False
