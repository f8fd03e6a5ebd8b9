"""What hints about the loss and its gradient have in common: claims that are asked of either function.

All logits are given as they are: w is the identity, with a row that is added to the logits of each example, and one of
ones; X holds the logits, a column of ones, and one of what all logits of an example are raised by. So a batch can be
changed where it matters: more examples, classes or features, all logits raised, those of one example or class.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.claims import Claim, Trial, all_of, any_of, attempt, call, none_of, scaled

from . import reference

N, C, D = 7, 3, 5  # sizes of the usual batch: no product of some is another one
_LABELS, _OTHERS = torch.tensor([0, 2, 1, 1, 0, 2, 2]), torch.tensor([1, 0, 2, 0, 2, 1, 0])
_LOGITS = torch.tensor(
    [1.7, 0.4, 2.2, 0.3, 1.1, 0.9, 2.6, 0.2, 1.3, 0.8, 1.9, 0.5, 1.2, 2.4, 0.7, 0.6, 1.5, 2.8, 2.1, 1.4, 0.1],
    dtype=torch.float64,
).reshape(N, C)


@dataclass(frozen=True, eq=False)
class LogitBatch:
    """A batch by its logits; ``others`` are other labels, none of them the same."""

    logits: Tensor = _LOGITS
    labels: Tensor = _LABELS
    others: Tensor = _OTHERS
    raised: float = 0.0  # added to all logits
    added: tuple[float, ...] = (0.0,) * C  # to the logits of each class; where there are more, to 0
    zeros: int = 0  # features that are zero
    scale: float = 1.0  # w is multiplied by it, and X divided
    weights: float = 1.0  # w is multiplied by it
    dtype: torch.dtype = torch.float64

    def arguments(self, others: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        """Return X, ystar, w."""
        (count, own), classes = self.logits.shape, len(self.added)
        ystar = F.one_hot(self.others if others else self.labels, classes)
        ones, raised, zeros = torch.ones(count, 1), torch.full((count, 1), self.raised), torch.zeros(count, self.zeros)
        X = torch.cat([self.logits, ones, raised, zeros], 1) / self.scale
        rows = torch.tensor([self.added]), torch.ones(1, classes), torch.zeros(self.zeros, classes)
        w = torch.cat([torch.eye(own, classes), *rows]).double() * self.scale * self.weights
        return X.to(self.dtype), ystar.to(self.dtype), w.to(self.dtype)

    def of_mnist(self) -> LogitBatch:
        """Return the batch with 784 features and 10 classes: those that are added are zero, and next to impossible."""
        own, classes = self.logits.shape[1], len(self.added)
        return replace(self, added=self.added + (-30.0,) * (10 - classes), zeros=784 - own - 2)

    def with_one(self, example: int, logits: Tensor) -> LogitBatch:
        """Return the batch with other logits for one example."""
        changed = self.logits.clone()
        changed[example] = logits
        return replace(self, logits=changed)

    def with_label(self, example: int) -> LogitBatch:
        """Return the batch with the other label for one example."""
        changed = self.labels.clone()
        changed[example] = self.others[example]
        return replace(self, labels=changed)

    def rolled(self) -> LogitBatch:
        """Return the batch with the last example first."""
        return replace(self, logits=self.logits.roll(1, 0), labels=self.labels.roll(1), others=self.others.roll(1))


def repeated(batch: LogitBatch, times: int) -> LogitBatch:
    """Return a batch with all its examples again."""
    return replace(
        batch,
        logits=batch.logits.repeat(times, 1),
        labels=batch.labels.repeat(times),
        others=batch.others.repeat(times),
    )


BATCH = LogitBatch()
OTHER_BATCH = LogitBatch(_LOGITS.flip(0, 1) * 1.3)
TWICE = repeated(BATCH, 2)
SQUARE = LogitBatch(_LOGITS[:C], _LABELS[:C], _OTHERS[:C])  # as many examples as classes
MORE_CLASSES = LogitBatch(added=(0.0,) * C + (-30.0,))  # nobody believes in the new one
MORE_FEATURES = LogitBatch(zeros=1)
MANY = replace(repeated(BATCH, 44), logits=_LOGITS.repeat(44, 1) * torch.linspace(0.5, 2, 44 * N)[:, None])
MANY = replace(MANY, logits=MANY.logits[:-1], labels=MANY.labels[:-1], others=MANY.others[:-1])  # 307 is a prime
ALL_RAISED, FAR_RAISED = LogitBatch(raised=60.0), LogitBatch(raised=2000.0)
UNIFORM = (LogitBatch(weights=0.0), LogitBatch(0 * _LOGITS))  # with the same X, or the same w
ROUGHLY = 2e-3  # large numbers have few digits left in float32
SINGLE = replace(BATCH, dtype=torch.float32)


def one_example(*logits: float) -> LogitBatch:
    """Return a batch of one example, twice (N − 1 isn't 0); its class is the first one."""
    zeros = torch.zeros(2, dtype=torch.long)
    return LogitBatch(torch.tensor([logits] * 2, dtype=torch.float64), zeros, zeros + 1, added=(0.0,) * len(logits))


CERTAIN = one_example(300.0, -300.0, -300.0)  # of the right class


@dataclass(frozen=True)
class Function:
    """The answer's function that claims are asked of: the loss, or its gradient."""

    name: str

    def value(self, batch: LogitBatch, others: bool = False) -> Trial:
        """What comes back, as it is; ``others``: with the other labels. Where that raises: with the sizes of MNIST."""

        def trial(answer: Any) -> Any:
            ask = getattr(answer, self.name)
            try:
                return ask(*batch.arguments(others))
            except Exception:
                return ask(*batch.of_mnist().arguments(others))

        return trial

    def numbers(self, batch: LogitBatch, others: bool = False) -> Trial:
        """The numbers; of a gradient those that belong to the logits, the right way round."""
        own, classes = batch.logits.shape[1], len(batch.added)
        sizes = [tuple(one.arguments()[2].shape) for one in (batch, batch.of_mnist())]

        def trial(answer: Any) -> Any:
            found = claims.numbers(self.value(batch, others)(answer))
            if tuple(found.T.shape if found.dim() == 2 else found.shape) in sizes:
                found = found.T
            return found[:own, :classes] if tuple(found.shape) in sizes else found

        return trial

    def size(self, batch: LogitBatch) -> Trial:
        """The sizes of all numbers in what comes back, added up."""
        return lambda answer: self.numbers(batch)(answer).abs().sum()

    def size_of_difference(self, batch: LogitBatch) -> Trial:
        """The same of the difference to what comes back with other labels: nothing in it is without them."""
        one, other = self.numbers(batch), self.numbers(batch, others=True)
        return lambda answer: (one(answer) - other(answer)).abs().sum()

    def same(self, one: LogitBatch, other: LogitBatch, factor: float = 1, relative: float = 1e-6) -> Claim:
        """Claim that it gives the same for both, or a multiple."""
        return scaled(self.numbers(one), self.numbers(other), factor, relative)

    def different(self, one: LogitBatch, other: LogitBatch) -> Claim:
        """Claim that it gives numbers for both, and not the same."""
        return all_of(self.finite(one), self.finite(other), none_of(self.same(one, other)))

    def finite(self, batch: LogitBatch) -> Claim:
        """Claim that it gives numbers."""
        return lambda answer: claims.finite(attempt(self.value(batch), answer))

    def nudged(self, factor: float) -> Trial:
        """Ask with w multiplied by a factor, where the right classes are improbable: it matters most there."""
        return self.value(LogitBatch(_LOGITS - 3 * F.one_hot(_LABELS, C), weights=factor))

    def nudged_logits(self, factor: float) -> Trial:
        """Ask with X multiplied by a factor instead: nothing that is made of w alone changes."""
        return self.value(LogitBatch((_LOGITS - 3 * F.one_hot(_LABELS, C)) * factor))

    def counts(self, examples: float = 1, classes: float = 1, features: float = 1) -> Claim:
        """Claim how its size grows with twice the examples, one more class and one more feature.

        None of them changes the right answer.
        """

        def grows(batch: LogitBatch, factor: float) -> Claim:
            small = [replace(one, scale=16.0) for one in (BATCH, batch)]  # so that no gradient is clipped
            measures = (self.size, self.size_of_difference)
            return any_of(*(scaled(of(small[0]), of(small[1]), factor, 5e-3) for of in measures))

        return all_of(grows(TWICE, examples), grows(MORE_CLASSES, classes), grows(MORE_FEATURES, features))

    def off_by(self, *factors: float) -> Claim:
        """Claim that it is the right answer times one of these factors, and perhaps N, C, D or such beside."""

        def claim(answer: Any) -> bool:
            found = (
                (attempt(measure(BATCH), answer), attempt(measure(BATCH), reference))
                for measure in (self.size, self.size_of_difference)
            )
            ratios = [yours / right for yours, right in found if claims.finite(yours)]
            beside = [N**i * C**j * D**k for i in range(-2, 2) for j in range(-1, 2) for k in range(-1, 2)]
            return any(claims.alike(ratio, one * factor) for ratio in ratios for one in beside for factor in factors)

        return claim

    def counted(self, batch: LogitBatch, change: Callable[[LogitBatch, int], LogitBatch]) -> Callable[[Any], int]:
        """Return how many examples matter: for how many the result is another one when they are changed."""
        return lambda answer: sum(self.different(batch, change(batch, i))(answer) for i in range(len(batch.labels)))


def sum_over_batch(of: Function) -> Claim:
    """Claim that it is a sum over the batch, and that nothing else is divided by."""
    return all_of(of.counts(examples=2), none_of(much_too_small(of)))


def batch_size_fixed(of: Function) -> Claim:
    """Claim that it grows with the batch, and is divided by something."""
    return all_of(any_of(of.counts(examples=2), grows_steadily(of)), much_too_small(of))


def grows_steadily(of: Function) -> Claim:
    """Claim that the same examples once more, and once more, add the same each time: it is a sum, of most of them."""

    def claim(answer: Any) -> bool:
        one, two, three = (attempt(of.numbers(repeated(BATCH, times)), answer) for times in (1, 2, 3))
        if not all(map(claims.finite, (one, two, three))) or not one.shape == two.shape == three.shape:
            return False
        return claims.alike(three - two, two - one) and not claims.alike(two, one)

    return claim


def much_too_small(of: Function) -> Claim:
    """Claim that it is less than a third of the right one for two examples."""
    single = one_example(0.3, 0.9, -0.4)
    return lambda answer: bool(attempt(of.size(single), answer) < attempt(of.size(single), reference) / 3)


def mean_of_means(of: Function) -> Claim:
    """Claim that the order of the examples counts when they are many, and not when they are few."""
    return all_of(of.different(MANY, MANY.rolled()), of.same(BATCH, BATCH.rolled()))


def depends_on_one_example(of: Function) -> Claim:
    """Claim that one example only counts: by its label, or by its logits."""
    changes = (LogitBatch.with_label, lambda batch, i: batch.with_one(i, torch.tensor([1.0, 2.0, -1.0])))
    counted = [of.counted(batch, change) for batch in (BATCH, SQUARE) for change in changes]
    return lambda answer: any(count(answer) == 1 for count in counted)


def ignores_labels(of: Function) -> Claim:
    """Claim that other labels don't change anything."""
    return claims.same(of.numbers(BATCH), of.numbers(BATCH, others=True))


def softmax_over_batch(of: Function) -> Claim:
    """Claim that a number added to the logits of one class in all examples makes no difference."""
    shifted = LogitBatch(
        _LOGITS + torch.tensor([0.0, 2.0, 0.0])
    )  # with the same w, but for a gradient X is another one

    def shared(answer: Any) -> bool:
        """A model that is certain and right has an error all the same, which grows with equal examples."""
        two, four = (attempt(of.size(repeated(CERTAIN, times)), answer) for times in (1, 2))
        return claims.finite([two, four]) and bool(0.05 < two < four)

    return any_of(of.same(BATCH, LogitBatch(added=(0.0, 2.0, 0.0))), of.same(BATCH, shifted), shared)


def class_shift_forgotten(of: Function) -> Claim:
    """Claim that a number added to the logits of one class in all examples makes no difference, and the labels do."""
    shifted = LogitBatch(_LOGITS + torch.tensor([0.0, 2.0, 0.0]))
    errors = any_of(of.same(BATCH, LogitBatch(added=(0.0, 2.0, 0.0))), of.same(BATCH, shifted))
    return all_of(errors, none_of(ignores_labels(of)))


def exp_overflows(of: Function) -> Claim:
    """Claim that all logits can be raised by 60 without changing anything, and not by 2000, and aren't cut off.

    Or that something else than the largest logit is taken off, and the right class's can't be raised alone.
    """
    raised, far_raised = (of.same(BATCH, batch, relative=ROUGHLY) for batch in (ALL_RAISED, FAR_RAISED))
    far_apart = of.finite(LogitBatch(_LOGITS + 2000 * F.one_hot(_LABELS, C)))
    off = all_of(far_raised, none_of(far_apart, claims.mentions("(?<!arg)max")), claims.mentions(r"exp\("))
    return any_of(all_of(raised, none_of(far_raised, logits_cut_off(of))), off)


def one_shift_for_all(of: Function) -> Claim:
    """Claim that all logits can be raised by 2000, and not those of one example alone."""
    raised = of.same(BATCH, FAR_RAISED, relative=ROUGHLY)
    return all_of(raised, none_of(*(of.finite(BATCH.with_one(i, _LOGITS[i] + 2000)) for i in (3, 4))))


def logits_cut_off(of: Function) -> Claim:
    """Claim that logits are all the same where they are very large."""
    return all_of(of.different(BATCH, FAR_RAISED), any_of(*(of.same(uniform, FAR_RAISED) for uniform in UNIFORM)))


def overflow_replaced(of: Function, written: str) -> Claim:
    """Claim that exp overflows, that there are numbers all the same, and that the code holds what puts them there."""
    return all_of(exp_overflows(of), of.finite(FAR_RAISED), claims.mentions(written))


def sizes_fixed(of: Function) -> Claim:
    """Claim that it works for 784 features and 10 classes, and raises for fewer."""
    return all_of(claims.raises(call(of.name, *BATCH.arguments())), of.finite(BATCH.of_mnist()))


def one_too_few(of: Function) -> Claim:
    """Claim that it is divided by N − 1: with twice the examples it gets smaller by that."""
    return of.counts(examples=2 * (N - 1) / (2 * N - 1))


def float32_inside(of: Function) -> Claim:
    """Claim that changes of w, or of X, too small for float32 don't show."""
    return any_of(claims.float32_only(of.nudged), claims.float32_only(of.nudged_logits))


def keeps_something(of: Function) -> Claim:
    """Claim that an earlier call makes a difference."""
    return claims.keeps_state(of.value(BATCH), of.value(OTHER_BATCH))
