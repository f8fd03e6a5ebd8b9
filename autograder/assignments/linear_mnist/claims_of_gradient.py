"""What the hints about the gradient say, as claims (see ``autograder.judge.diagnosis.claims``)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.claims import Claim, all_of, any_of, attempt, none_of

from . import reference
from .claims_of_batches import BATCH, OTHER_BATCH, C, D, Function, LogitBatch, N, one_example

GRADIENT = Function("grad_func")
NOTHING = torch.tensor(math.nan, dtype=torch.float64)  # compares with nothing
_X, _YSTAR, _W = BATCH.arguments()


def _gradient(answer: Any, batch: LogitBatch = BATCH) -> Tensor:
    """Return the gradient's rows that belong to the logits; NaN where there are none."""
    value = attempt(GRADIENT.numbers(batch), answer)
    return value if isinstance(value, Tensor) and claims.finite(value) else NOTHING


def _of_labels(answer: Any, batch: LogitBatch = BATCH) -> Tensor:
    """Return how the gradient depends on the labels: less what it is with others."""
    return _gradient(answer, batch) - _gradient(answer, replace(batch, labels=batch.others, others=batch.labels))


def _errors(answer: Any, *logits: float) -> Tensor:
    """Return what one example of the first class, taken twice, gives for a feature that is always 1.

    Right is p - ystar. Of gradients with respect to the logits, or to X, what they have for the example.
    """
    batch = one_example(*logits)
    found = attempt(lambda one: claims.numbers(GRADIENT.value(batch)(one)), answer)
    rows = {tuple(one.arguments()[2].shape) for one in (batch, batch.of_mnist())}
    if claims.finite(found) and found.dim() == 2:
        found = found.T if tuple(found.T.shape) in rows else found
        row: Tensor = found[len(logits) if tuple(found.shape) in rows else 0][: len(logits)]
        return row
    return torch.full((len(logits),), math.nan, dtype=torch.float64)


def shaped(*sizes: int) -> Claim:
    """Claim that what comes back has these sizes, or is transposed."""

    def claim(answer: Any) -> bool:
        value = attempt(GRADIENT.value(BATCH), answer)
        return claims.finite(value) and sorted(claims.numbers(value).shape) == sorted(sizes)

    return claim


def sign(answer: Any) -> bool:
    """It points where the right one comes from; its dependence on the labels counts, if there is any."""
    for difference in (_of_labels, _gradient):
        yours, right = difference(answer), difference(reference)
        if yours.shape == right.shape and bool(yours.any()):
            return bool((yours * right).sum() < 0)
    return False


def transposed(answer: Any) -> bool:
    """Its shape is that of w, transposed; or examples come last, which in a gradient beside that of w come first."""
    value = attempt(GRADIENT.value(BATCH), answer)
    return claims.finite(value) and tuple(claims.numbers(value).shape) in ((C, D), (C, N), (D, N), (10, 784))


def linear_in_weights(answer: Any) -> bool:
    """Equal steps of w give equal steps of the gradient, and not none."""
    first, second, third = (_gradient(answer, LogitBatch(weights=w)) for w in (1, 2, 3))
    return claims.alike(second - first, third - second, 2e-3) and not claims.alike(first, second)


def ignores_probabilities(answer: Any) -> bool:
    """Twice the weights make no difference, but perhaps in proportion to the weights, which are the identity."""
    difference = _gradient(answer, LogitBatch(weights=2)) - _gradient(answer)
    if difference.shape != (C, C) or not bool(_gradient(answer).any()):
        return False
    return claims.alike(difference, difference[0, 0] * torch.eye(C, dtype=torch.float64))


def each_class_by_itself(answer: Any) -> bool:
    """Another class's logit makes no difference, a larger one of its own does, and a very large one no more."""
    usual, other, own = (_errors(answer, *z) for z in ((0.3, 0.9, -0.4), (0.3, 1.9, -0.4), (1.3, 0.9, -0.4)))
    large, larger = (_errors(answer, size, 0.0, 0.0) for size in (50.0, 500.0))
    return claims.alike(usual[0], other[0]) and not claims.alike(usual, own) and claims.alike(large, larger)


def _vanishes_where_wrong(answer: Any) -> bool:
    """Next to nothing where the model is certain of a wrong class, and something where it isn't."""
    certain, unsure = (_errors(answer, *z) for z in ((0.0, 60.0, 0.0), (0.0, 1.0, 0.0)))
    return bool(certain.abs().max() < 1e-9 * unsure.abs().max())


def squared(answer: Any) -> bool:
    """Next to nothing where the model is certain and wrong, and the classes add up to 0."""
    unsure = _errors(answer, 0.3, 0.9, -0.4)
    return _vanishes_where_wrong(answer) and bool(unsure.sum().abs() < 1e-5 * unsure.abs().max())


def derivative_too_many(answer: Any) -> bool:
    """Next to nothing where the model is certain and wrong, and the classes don't add up to 0."""
    unsure = _errors(answer, 0.3, 0.9, -0.4)
    return _vanishes_where_wrong(answer) and bool(unsure.sum().abs() > 1e-5 * unsure.abs().max())


def logarithmic(answer: Any) -> bool:
    """The surer the model is of a wrong class, the larger the error, without end; all logits may be raised."""
    sure, surer = (_errors(answer, 0.0, size, 0.0).abs().max() for size in (100.0, 200.0))
    return 1.8 < float(surer / sure) < 2.2 and GRADIENT.same(BATCH, LogitBatch(raised=60.0), relative=2e-3)(answer)


def hard_decision(answer: Any) -> bool:
    """The same for twice the weights, but not for others."""
    usual, doubled, negative = (_gradient(answer, LogitBatch(weights=w)) for w in (1, 2, -1))
    return claims.alike(usual, doubled) and not claims.alike(usual, negative)


def _error_where_certain(answer: Any) -> float:
    """Return how large the error is where the model is certain and right, measured by where it is wrong."""
    right, wrong = (_errors(answer, *z) for z in ((300.0, -300.0, -300.0), (-300.0, 300.0, -300.0)))
    return float(right.norm() / wrong.norm())


def softmax_twice(answer: Any) -> bool:
    """Where the model is certain and right there is half the error that there is where it is wrong."""
    return 0.4 < _error_where_certain(answer) < 0.7


def smoothed(answer: Any) -> bool:
    """Where the model is certain and right there is a small error; or labels count a little less than they should."""
    yours, right = _of_labels(answer), _of_labels(reference)
    share = float((yours * right).sum() / (right * right).sum()) if yours.shape == right.shape else math.nan
    less = 0.5 < share < 0.999 and claims.alike(yours, share * right)
    return less or 1e-3 < _error_where_certain(answer) < 0.3


def _moved(answer: Any) -> tuple[bool, bool]:
    """Return whether the right class's weights are moved, and whether another's are."""
    errors = _errors(answer, 0.3, 0.9, -0.4).abs() > 1e-9
    return bool(errors[0]), bool(errors[1:].any())


def right_class_only(answer: Any) -> bool:
    """Of one example, the weights of the right class are moved, and no others."""
    return _moved(answer) == (True, False)


def right_class_forgotten(answer: Any) -> bool:
    """Of one example, the weights of the right class are not moved, and others are."""
    return _moved(answer) == (False, True)


def grows_with_weights(answer: Any) -> bool:
    """With the same logits, there is something in it that is proportional to w."""
    first, second, third = (_gradient(answer, LogitBatch(scale=scale)) * scale for scale in (1.0, 2.0, 4.0))
    return not claims.alike(first, second, 1e-9) and claims.alike((second - first) * 5, third - first)


def same_length(answer: Any) -> bool:
    """Two batches, one length, and not the lengths of the right ones."""
    values = [attempt(GRADIENT.value(batch), answer) for batch in (BATCH, OTHER_BATCH)]
    if not claims.finite(values):
        return False
    one, other = (claims.numbers(value).norm() for value in values)
    return claims.alike(one, other) and not claims.alike(_gradient(answer), _gradient(answer, OTHER_BATCH))


def cut_off(answer: Any) -> bool:
    """The largest entry grows with X while it is small, and not when it is large; the logits are the same."""
    tiny, small, large, larger = (_gradient(answer, LogitBatch(scale=s)).abs().max() for s in (1e3, 1e2, 1e-3, 1e-4))
    return claims.alike(tiny * 10, small) and claims.alike(large, larger)


def _changed(position: int) -> Claim:
    return claims.changes(position, "grad_func", _X, _YSTAR, _W)


changes_input = any_of(*map(_changed, range(3)))
of_logits, of_inputs = shaped(N, C), shaped(N, D)
factor_two = any_of(
    all_of(GRADIENT.off_by(2, 0.5), none_of(GRADIENT.off_by(1))), claims.mentions(r"(?<!\*)\* 2\b|\b2 \*(?!\*)|/ 2\b")
)
uses_autograd = claims.uses(GRADIENT.value(BATCH), r"^torch.*\.(backward|grad)$")


def errors_dont_cancel(answer: Any) -> bool:
    """What it gives the classes for one feature doesn't add up to 0, as p - ystar does."""
    found = _gradient(answer)
    return found.dim() == 2 and bool((found.sum(dim=1).abs() > 1e-3 * found.abs().max()).any())


def reshaped(answer: Any) -> bool:
    """Without weights, what comes back is the right gradient for another X: the numbers in order, in another shape."""
    X, ystar, w = _X, _YSTAR, torch.zeros_like(_W)
    mixed = X.reshape(X.shape[1], X.shape[0]).T.contiguous()
    found = attempt(claims.call("grad_func", X, ystar, w), answer)
    return claims.alike(found, reference.grad_func(mixed, ystar, w)) and not torch.equal(mixed, X)
