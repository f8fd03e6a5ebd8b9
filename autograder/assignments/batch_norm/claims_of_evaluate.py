"""Claims of what is wrong with what evaluate returns, and how it measures."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.judge.diagnosis.claims import alike

from .claim_tools import claim
from .evaluate_trials import LABELS, LOGITS, Model, Q, accuracy, batches, mean_loss, ran


@claim(Q, "loss-mean-of-means")
def _loss_mean_of_means(a: Any) -> bool:
    return not alike(mean_loss(a, 3, 2), mean_loss(a, 2, 3))


@claim(Q, "accuracy-mean-of-means")
def _accuracy_mean_of_means(a: Any) -> bool:
    return not alike(accuracy(a, 3, 2), accuracy(a, 2, 3))


@claim(Q, "mean-of-means")
def _mean_of_means(a: Any) -> bool:
    return _loss_mean_of_means(a) and _accuracy_mean_of_means(a)


@claim(Q, "loss-not-weighted")
def _loss_not_weighted(a: Any) -> bool:
    both = [(torch.cat([LOGITS, LOGITS]), torch.cat([LABELS, LABELS]))]
    return alike(ran(a, both)[0], mean_loss(a, 5) / 2)


@claim(Q, "accuracy-not-weighted")
def _accuracy_not_weighted(a: Any) -> bool:
    both = [(torch.cat([LOGITS, LOGITS]), torch.cat([LABELS, LABELS]))]
    return alike(ran(a, both)[1], accuracy(a, 5) / 2)


@claim(Q, "never-eval")
def _never_eval(a: Any) -> bool:
    modes = ran(a, batches(3, 2), training=True)[2].modes
    return bool(modes) and all(modes)


def _modes_after(a: Any, training: bool) -> list[bool]:
    model = ran(a, batches(3, 2), training)[2]
    return [model.training, model.part.training]


@claim(Q, "train-afterwards")
def _train_afterwards(a: Any) -> bool:
    return _modes_after(a, False) == [True, True]


@claim(Q, "eval-left-on")
def _eval_left_on(a: Any) -> bool:
    return _modes_after(a, True) == [False, False]


@claim(Q, "one-part-restored")
def _one_part_restored(a: Any) -> bool:
    return _modes_after(a, True) == [True, False]


def _doubled(a: Any, part: int) -> bool:
    """Whether twice the batches give twice the number."""
    once, again = ran(a, batches(3, 2))[:2], ran(a, batches(3, 2) * 2)[:2]
    return alike(again[part], 2 * once[part])


@claim(Q, "loss-not-divided")
def _loss_not_divided(a: Any) -> bool:
    return _doubled(a, 0)


@claim(Q, "accuracy-not-divided")
def _accuracy_not_divided(a: Any) -> bool:
    return _doubled(a, 1)


@claim(Q, "not-divided")
def _not_divided(a: Any) -> bool:
    return _doubled(a, 0) and _doubled(a, 1)


def _perfect(a: Any) -> tuple[float, float]:
    return ran(a, [(LOGITS, LOGITS.argmax(1))])[:2]


@claim(Q, "percent")
def _percent(a: Any) -> bool:
    return any(alike(number, 100.0) for number in _perfect(a))


@claim(Q, "error-rate")
def _error_rate(a: Any) -> bool:
    return alike(_perfect(a)[1], 0.0)


@claim(Q, "divided-by-batches")
def _divided_by_batches(a: Any) -> bool:
    return alike(accuracy(a, 3, 2) * 2, accuracy(a, 5) * 5) or alike(accuracy(a, 5), 2 * accuracy(a, 3, 2))


@claim(Q, "last-batch")
def _last_batch(a: Any) -> bool:
    return alike(ran(a, batches(3, 2))[:2], ran(a, batches(3, 2)[1:])[:2])


@claim(Q, "first-batch")
def _first_batch(a: Any) -> bool:
    return alike(ran(a, batches(3, 2))[:2], ran(a, batches(3, 2)[:1])[:2])


@claim(Q, "first-batch-size")
def _first_batch_size(a: Any) -> bool:
    return not alike(ran(a, batches(4, 1))[:2], ran(a, batches(4, 1)[::-1])[:2])


@claim(Q, "argmax-over-batch")
def _argmax_over_batch(a: Any) -> bool:
    shifted = LOGITS + torch.tensor([[9.0], [0.0], [0.0], [0.0], [0.0]])
    return any(
        not alike(ran(a, [(LOGITS, y)])[1], ran(a, [(shifted, y)])[1])
        for y in (LABELS, LOGITS.argmax(1), torch.zeros_like(LABELS), torch.ones_like(LABELS), 4 - 4 * LABELS.sign())
        if int(y.max()) < 3
    )


@claim(Q, "swapped")
def _swapped(a: Any) -> bool:
    first, second = _perfect(a)
    return any(alike(first, whole) and not alike(second, whole) for whole in (1.0, 100.0))


@claim(Q, "needs-length")
def _needs_length(a: Any) -> bool:
    try:
        a.evaluate(Model(), F.cross_entropy, iter(batches(3, 2)))
    except TypeError as error:
        return "len()" in str(error)
    return False


@claim(Q, "needs-dataset")
def _needs_dataset(a: Any) -> bool:
    try:
        a.evaluate(Model(), F.cross_entropy, batches(3, 2))
    except AttributeError as error:
        return "dataset" in str(error)
    return False


@claim(Q, "two-passes")
def _two_passes(a: Any) -> bool:
    passes = []

    class Counting:
        def __iter__(self) -> Any:
            passes.append(1)
            return iter(batches(3, 2))

    ran(a, Counting())
    return len(passes) > 1


def _right_for_one_batch(a: Any) -> bool:
    return alike(mean_loss(a, 5), F.cross_entropy(LOGITS, LABELS))


@claim(Q, "loss-means-added-up")
def _loss_means_added_up(a: Any) -> bool:
    return _doubled(a, 0) and _right_for_one_batch(a)


@claim(Q, "means-added-up")
def _means_added_up(a: Any) -> bool:
    return _doubled(a, 0) and _doubled(a, 1) and _right_for_one_batch(a)


@claim(Q, "accuracy-last-batch")
def _accuracy_last_batch(a: Any) -> bool:
    return alike(accuracy(a, 3, 2), ran(a, batches(3, 2)[1:])[1])


@claim(Q, "loss-last-batch")
def _loss_last_batch(a: Any) -> bool:
    return alike(mean_loss(a, 3, 2), ran(a, batches(3, 2)[1:])[0])


@claim(Q, "smallest-logit")
def _smallest_logit(a: Any) -> bool:
    return alike(ran(a, [(LOGITS, LOGITS.argmin(1))])[1], 1.0)


@claim(Q, "accuracy-rounded")
def _accuracy_rounded(a: Any) -> bool:
    third = ran(a, batches(3, 2)[:1])[1]
    return not alike(third, 1 / 3) and alike(third, round(third, 2), 1e-9) and third < 0.5


@claim(Q, "one-number")
def _one_number(a: Any) -> bool:
    return torch.as_tensor(a.evaluate(Model(), F.cross_entropy, batches(3, 2))).dim() == 0


@claim(Q, "modes-swapped")
def _modes_swapped(a: Any) -> bool:
    return all(all(ran(a, batches(3, 2), mode)[2].modes) and not any(_modes_after(a, mode)) for mode in (True, False))


@claim(Q, "softmax-before-loss")
def _softmax_before_loss(a: Any) -> bool:
    given: list[Tensor] = []

    def noting(logits: Tensor, y: Tensor) -> Tensor:
        given.append(logits)
        return F.cross_entropy(logits, y)

    ran(a, batches(5), loss=noting)
    return not alike(given[0], LOGITS)


@claim(Q, "argmax-over-all")
def _argmax_over_all(a: Any) -> bool:
    place = torch.full_like(LABELS, 2)
    apart = torch.zeros(1, 3).repeat(5, 1)
    apart[0, 2], apart[1:, 0] = 9.0, 1.0  # the largest number stands in column 2, most examples' own in column 0
    return alike(ran(a, [(apart, place)])[1], 1.0)


@claim(Q, "dictionary")
def _dictionary(a: Any) -> bool:
    return isinstance(a.evaluate(Model(), F.cross_entropy, batches(3, 2)), dict)


@claim(Q, "short-batches-left-out")
def _short_batches_left_out(a: Any) -> bool:
    return alike(ran(a, batches(4, 1))[:2], ran(a, batches(4, 1)[:1])[:2])
