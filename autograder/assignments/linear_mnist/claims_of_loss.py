"""What the hints about the loss say, as claims (see ``autograder.judge.diagnosis.claims``)."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F

from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.claims import Claim, all_of, any_of, attempt, mentions, none_of

from . import claims_of_batches as batches
from . import reference
from .claims_of_batches import BATCH, Function, LogitBatch, N, one_example

LOSS = Function("CE_loss")
DOUBLED, RAISED = LogitBatch(BATCH.logits * 2), LogitBatch(raised=1)
# The right class is the one that the model believes in, or the one that it doesn't.
_BEST, _WORST = BATCH.logits.argmax(1), BATCH.logits.argmin(1)


def _loss(answer: Any, *logits: float) -> float:
    """Return the loss of one example, whose class is the first one; NaN where there is none."""
    value = attempt(LOSS.numbers(one_example(*logits)), answer)
    return float(value.mean()) if claims.finite(value) else math.nan


def _logits(*probabilities: float) -> tuple[float, ...]:
    return tuple(math.log(p) for p in probabilities)


def _of(labels: torch.Tensor, answer: Any) -> float:
    value = attempt(LOSS.numbers(LogitBatch(labels=labels)), answer)
    return float(value.sum()) if claims.finite(value) else math.nan


def sign(answer: Any) -> bool:
    """The loss is larger where the model is right; or negative, where the labels don't count."""
    good, bad = _of(_BEST, answer), _of(_WORST, answer)
    return good > bad or (good == bad and good < 0)


def log_of_zero(answer: Any) -> bool:
    """Right where all logits are raised by 2000, and not finite where those of the right classes are 2000 less."""
    rare = LOSS.finite(LogitBatch(BATCH.logits - 2000 * F.one_hot(BATCH.labels)))
    return LOSS.same(BATCH, batches.FAR_RAISED, relative=batches.ROUGHLY)(answer) and not rare(answer)


def underflow_replaced(written: str) -> Claim:
    """Claim that an improbable class has no right loss, that it isn't exp that overflows, and what the code holds."""
    rare = LogitBatch(BATCH.logits - 2000 * F.one_hot(BATCH.labels))

    def forgotten(answer: Any) -> bool:
        return not claims.alike(attempt(LOSS.size(rare), answer), LOSS.size(rare)(reference), 0.01)

    steady = LOSS.same(BATCH, batches.FAR_RAISED, relative=batches.ROUGHLY)
    return all_of(forgotten, steady, mentions(written))


def stops_growing(answer: Any) -> bool:
    """The same for a probability of e^-300 and of e^-600, but another one than for e^-5."""
    small, smaller, smallest = (_loss(answer, -size, 0.0) for size in (5.0, 300.0, 600.0))
    return math.isclose(smaller, smallest) and not math.isclose(small, smaller, rel_tol=0.1)


def other_logarithm(answer: Any) -> bool:
    """A division by log 2, log 10, or the right loss over one, perhaps times something that is made of the sizes."""
    if mentions(r"log2|log10|log\((2|10)\)")(answer):
        return True
    one, other = (_loss(answer, *z) / _loss(reference, *z) for z in ((0.3, 0.9, -0.4), (1.0, -2.0, 0.0)))
    beside = [2.0**i * 3.0**j * 5.0**k for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]
    right = (factor / math.log(base) for factor in beside for base in (2, 10))
    return math.isclose(one, other, rel_tol=1e-4) and any(math.isclose(abs(one), it, rel_tol=1e-4) for it in right)


_LOGARITHM = r"\b(log\w*|logaddexp|\w+logit)\("


def linear_in_probability(answer: Any) -> bool:
    """Half way between certain and impossible for one half, and a quarter of the way for one quarter."""
    certain, half, quarter, none = (_loss(answer, *_logits(p, 1 - p)) for p in (1 - 1e-16, 0.5, 0.25, 1e-300))
    steps = math.isclose(half - none, (certain - none) / 2), math.isclose(quarter - none, (certain - none) / 4)
    return certain != none and all(steps)


no_logarithm = any_of(linear_in_probability, all_of(none_of(mentions(_LOGARITHM)), mentions(r"softmax|exp|sigmoid")))
# Twice the logits, twice the loss; or there is nothing that would divide by a sum, and the sum matters.
no_softmax = any_of(
    LOSS.same(BATCH, DOUBLED, 2),
    all_of(LOSS.different(BATCH, RAISED), none_of(mentions(r"softmax|logsumexp|sigmoid|keepdim|newaxis"))),
)


def softmax_twice(answer: Any) -> bool:
    """One inside the other; or for certainly right what e leaves beside itself, and 1 more for certainly wrong."""
    if mentions(r"softmax\(.*softmax\(")(answer):
        return True
    right, wrong = _loss(answer, 500.0, 0.0, 0.0), _loss(answer, 0.0, 500.0, 0.0)
    return math.isclose(right / (wrong - right or math.nan), math.log(1 + 2 / math.e), rel_tol=1e-6)


def each_class_by_itself(answer: Any) -> bool:
    """Another class's logit makes no difference, and a very large one of its own none to an even larger one."""
    alone = math.isclose(_loss(answer, 0.3, 0.9, -0.4), _loss(answer, 0.3, 1.9, -1.4))
    return alone and math.isclose(_loss(answer, 50.0, 0.0), _loss(answer, 500.0, 0.0), abs_tol=1e-9)


def counts_other_classes(answer: Any) -> bool:
    """How the other classes share what the right one leaves makes a difference."""
    even, uneven = _loss(answer, *_logits(0.5, 0.25, 0.25)), _loss(answer, *_logits(0.5, 0.45, 0.05))
    return abs(even - uneven) > 1e-6


def punishes_certainty(answer: Any) -> bool:
    """From some point on the loss goes the other way again when the model becomes surer of the right class."""
    unsure, surer, sure, certain = (_loss(answer, size, 0.0, 0.0) for size in (0.0, 1.0, 20.0, 25.0))
    return (surer - unsure) * (certain - sure) < 0


def squared(answer: Any) -> bool:
    """A square of ystar's distance from something, as it is written; or of the probability's from 1, or the logits'."""
    if mentions(r"\(ystar - .*\) \*\* 2")(answer):
        return True
    wrong, half, right = (_loss(answer, *_logits(p, 1 - p)) for p in (1e-300, 0.5, 1 - 1e-16))
    of_probability = math.isclose((half - right) * 4, wrong - right, rel_tol=1e-6) and wrong != right
    a, b, c, d = (_loss(answer, size, 0.0) for size in (0.0, 1.0, 2.0, 3.0))
    constant = math.isclose(a - 2 * b + c, b - 2 * c + d, rel_tol=1e-6) and abs(a - 2 * b + c) > 1e-9
    return of_probability or constant


binary = all_of(counts_other_classes, none_of(punishes_certainty))
smoothed = all_of(counts_other_classes, punishes_certainty)
counts_hits = all_of(LOSS.same(BATCH, DOUBLED), LOSS.same(BATCH, RAISED), none_of(batches.ignores_labels(LOSS)))
scores_over_their_sum = all_of(LOSS.same(BATCH, DOUBLED), none_of(LOSS.same(BATCH, RAISED)))


def a_number_each(answer: Any) -> bool:
    """As many numbers come back as there are examples."""
    value = attempt(LOSS.numbers(BATCH), answer)
    return claims.finite(value) and value.numel() == N


def grows_with_weights(answer: Any) -> bool:
    """With the same logits, and larger weights, the loss is larger."""
    first, second, third = (attempt(LOSS.numbers(LogitBatch(scale=scale)), answer) for scale in (1.0, 2.0, 4.0))
    return claims.finite([first, second, third]) and bool((first < second).all() and (second < third).all())


def depends_on_shift(answer: Any) -> bool:
    """A number added to all logits changes the loss, and the labels matter, or a largest logit is asked for."""
    if batches.ignores_labels(LOSS)(answer) and not mentions(r"max")(answer):
        return False
    return LOSS.different(BATCH, RAISED)(answer)


def grows_with_p(answer: Any) -> bool:
    """The loss, never negative, is larger the more probable the right class is."""
    good, bad = _of(_BEST, answer), _of(_WORST, answer)
    return good > bad >= 0


def log_sum_for_each_class(answer: Any) -> bool:
    """Where all logits are 0, the loss is C log C."""
    losses = {classes: _loss(answer, *[0.0] * classes) for classes in (2, 3)}
    return all(math.isclose(loss, classes * math.log(classes), rel_tol=1e-6) for classes, loss in losses.items())


def something_for_one_class(answer: Any) -> bool:
    """The loss of several examples with one class isn't 0, and that of one example is."""
    one, several = (
        attempt(LOSS.size(LogitBatch(zeros, zeros[:, 0].long(), added=(0.0,))), answer)
        for zeros in (torch.zeros(count, 1, dtype=torch.float64) for count in (1, 3))
    )
    return claims.alike(one, torch.zeros(()), 1e-9) and claims.finite(several) and not claims.alike(several, one, 1e-9)


def breaks_down_below(answer: Any) -> bool:
    """Right where all logits are raised by much, and not finite where they are lowered by as much."""
    raised, lowered = (LogitBatch(BATCH.logits + by) for by in (3000.0, -3000.0))
    return LOSS.same(BATCH, raised, relative=batches.ROUGHLY)(answer) and not LOSS.finite(lowered)(answer)
