"""Claims of what is wrong with evaluate."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.judge.diagnosis.claims import alike

from .claim_tools import claim

LOGITS = torch.tensor([[2.0, 0.0, 1.0], [0.5, 1.0, 0.0], [3.0, 0.0, 1.0], [0.0, 0.25, 2.0], [0.0, 1.5, 0.0]])
LABELS = torch.tensor([0, 0, 1, 2, 1])
Q = "evaluate"
Batches = list[tuple[Tensor, Tensor]]


class _Model(nn.Module):
    """Returns its input, and notes its mode."""

    def __init__(self) -> None:
        super().__init__()
        self.factor, self.part, self.modes = nn.Parameter(torch.ones(())), nn.Dropout(), list[bool]()
        self.factor.grad = torch.ones(())

    def forward(self, X: Tensor) -> Tensor:
        self.modes.append(self.training or self.part.training)
        return self.factor * X


def _batches(*sizes: int) -> Batches:
    return list(zip(LOGITS.split(sizes), LABELS.split(sizes), strict=True))  # type: ignore[no-untyped-call]


def _ran(a: Any, loader: Any, training: bool = False, loss: Any = F.cross_entropy) -> tuple[float, float, _Model]:
    model = _Model().train(training)
    with torch.enable_grad():
        first, second = a.evaluate(model, loss, loader)
    return float(first), float(second), model


def _loss(a: Any, *sizes: int) -> float:
    return _ran(a, _batches(*sizes))[0]


def _accuracy(a: Any, *sizes: int) -> float:
    return _ran(a, _batches(*sizes))[1]


@claim(Q, "loss-mean-of-means")
def _loss_mean_of_means(a: Any) -> bool:
    return not alike(_loss(a, 3, 2), _loss(a, 2, 3))


@claim(Q, "accuracy-mean-of-means")
def _accuracy_mean_of_means(a: Any) -> bool:
    return not alike(_accuracy(a, 3, 2), _accuracy(a, 2, 3))


@claim(Q, "mean-of-means")
def _mean_of_means(a: Any) -> bool:
    return _loss_mean_of_means(a) and _accuracy_mean_of_means(a)


@claim(Q, "loss-not-weighted")
def _loss_not_weighted(a: Any) -> bool:
    both = [(torch.cat([LOGITS, LOGITS]), torch.cat([LABELS, LABELS]))]
    return alike(_ran(a, both)[0], _loss(a, 5) / 2)


@claim(Q, "never-eval")
def _never_eval(a: Any) -> bool:
    return all(_ran(a, _batches(3, 2), training=True)[2].modes)


def _modes_after(a: Any, training: bool) -> list[bool]:
    model = _ran(a, _batches(3, 2), training)[2]
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


@claim(Q, "graph")
def _graph(a: Any) -> bool:
    seen = []

    def noting(logits: Tensor, y: Tensor) -> Tensor:
        seen.append(logits.requires_grad)
        return F.cross_entropy(logits, y)

    _ran(a, _batches(3, 2), loss=noting)
    return any(seen)


def _doubled(a: Any, part: int) -> bool:
    """Whether twice the batches give twice the number."""
    once, again = _ran(a, _batches(3, 2))[:2], _ran(a, _batches(3, 2) * 2)[:2]
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
    return _ran(a, [(LOGITS, LOGITS.argmax(1))])[:2]


@claim(Q, "percent")
def _percent(a: Any) -> bool:
    return alike(_perfect(a)[1], 100.0)


@claim(Q, "error-rate")
def _error_rate(a: Any) -> bool:
    return alike(_perfect(a)[1], 0.0)


@claim(Q, "divided-by-batches")
def _divided_by_batches(a: Any) -> bool:
    return alike(_accuracy(a, 5), 2 * _accuracy(a, 3, 2)) and alike(_loss(a, 5), 2 * _loss(a, 3, 2))


@claim(Q, "last-batch")
def _last_batch(a: Any) -> bool:
    return alike(_ran(a, _batches(3, 2))[:2], _ran(a, _batches(3, 2)[1:])[:2])


@claim(Q, "first-batch")
def _first_batch(a: Any) -> bool:
    return alike(_ran(a, _batches(3, 2))[:2], _ran(a, _batches(3, 2)[:1])[:2])


@claim(Q, "first-batch-size")
def _first_batch_size(a: Any) -> bool:
    return not alike(_ran(a, _batches(4, 1))[:2], _ran(a, _batches(4, 1)[::-1])[:2])


@claim(Q, "argmax-over-batch")
def _argmax_over_batch(a: Any) -> bool:
    shifted = LOGITS + torch.tensor([[9.0], [0.0], [0.0], [0.0], [0.0]])
    return any(
        not alike(_ran(a, [(LOGITS, y)])[1], _ran(a, [(shifted, y)])[1])
        for y in (LABELS, LOGITS.argmax(1), torch.zeros_like(LABELS), torch.ones_like(LABELS), 4 - 4 * LABELS.sign())
        if int(y.max()) < 3
    )


@claim(Q, "swapped")
def _swapped(a: Any) -> bool:
    first, second = _perfect(a)
    return alike(first, 1.0) and not alike(second, 1.0)


@claim(Q, "gradients-cleared")
def _gradients_cleared(a: Any) -> bool:
    gradient = _ran(a, _batches(3, 2))[2].factor.grad
    return gradient is None or not bool(gradient.any())


@claim(Q, "grad-mode-left-off")
def _grad_mode_left_off(a: Any) -> bool:
    with torch.enable_grad():
        a.evaluate(_Model(), F.cross_entropy, _batches(3, 2))
        return not torch.is_grad_enabled()


@claim(Q, "frozen")
def _frozen(a: Any) -> bool:
    return not _ran(a, _batches(3, 2))[2].factor.requires_grad


@claim(Q, "needs-length")
def _needs_length(a: Any) -> bool:
    try:
        a.evaluate(_Model(), F.cross_entropy, iter(_batches(3, 2)))
    except TypeError as error:
        return "len()" in str(error)
    return False


@claim(Q, "needs-dataset")
def _needs_dataset(a: Any) -> bool:
    try:
        a.evaluate(_Model(), F.cross_entropy, _batches(3, 2))
    except AttributeError as error:
        return "dataset" in str(error)
    return False


@claim(Q, "two-passes")
def _two_passes(a: Any) -> bool:
    passes = []

    class Counting:
        def __iter__(self) -> Any:
            passes.append(1)
            return iter(_batches(3, 2))

    _ran(a, Counting())
    return len(passes) > 1


def _right_for_one_batch(a: Any) -> bool:
    return alike(_loss(a, 5), F.cross_entropy(LOGITS, LABELS))


@claim(Q, "loss-means-added-up")
def _loss_means_added_up(a: Any) -> bool:
    return _doubled(a, 0) and _right_for_one_batch(a)


@claim(Q, "means-added-up")
def _means_added_up(a: Any) -> bool:
    return _doubled(a, 0) and _doubled(a, 1) and _right_for_one_batch(a)


@claim(Q, "accuracy-last-batch")
def _accuracy_last_batch(a: Any) -> bool:
    return alike(_accuracy(a, 3, 2), _ran(a, _batches(3, 2)[1:])[1])


@claim(Q, "loss-last-batch")
def _loss_last_batch(a: Any) -> bool:
    return alike(_loss(a, 3, 2), _ran(a, _batches(3, 2)[1:])[0])


@claim(Q, "smallest-logit")
def _smallest_logit(a: Any) -> bool:
    return alike(_ran(a, [(LOGITS, LOGITS.argmin(1))])[1], 1.0)


@claim(Q, "accuracy-rounded")
def _accuracy_rounded(a: Any) -> bool:
    third = _ran(a, _batches(3, 2)[:1])[1]
    return not alike(third, 1 / 3) and alike(third, round(third, 2), 1e-9) and third < 0.5


@claim(Q, "one-number")
def _one_number(a: Any) -> bool:
    return torch.as_tensor(a.evaluate(_Model(), F.cross_entropy, _batches(3, 2))).dim() == 0


@claim(Q, "modes-swapped")
def _modes_swapped(a: Any) -> bool:
    return all(all(_ran(a, _batches(3, 2), mode)[2].modes) and not any(_modes_after(a, mode)) for mode in (True, False))


@claim(Q, "softmax-before-loss")
def _softmax_before_loss(a: Any) -> bool:
    given: list[Tensor] = []

    def noting(logits: Tensor, y: Tensor) -> Tensor:
        given.append(logits)
        return F.cross_entropy(logits, y)

    _ran(a, _batches(5), loss=noting)
    return not alike(given[0], LOGITS)


@claim(Q, "argmax-over-all")
def _argmax_over_all(a: Any) -> bool:
    place = torch.full_like(LABELS, 2)
    apart = torch.zeros(1, 3).repeat(5, 1)
    apart[0, 2], apart[1:, 0] = 9.0, 1.0  # the largest number stands in column 2, most examples' own in column 0
    return alike(_ran(a, [(apart, place)])[1], 1.0)


@claim(Q, "dictionary")
def _dictionary(a: Any) -> bool:
    return isinstance(a.evaluate(_Model(), F.cross_entropy, _batches(3, 2)), dict)
