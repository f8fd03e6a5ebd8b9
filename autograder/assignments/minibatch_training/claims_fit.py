"""What the hints about fit say, as something that can be found out of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from autograder.judge.diagnosis.claims import Claim, mentions

from .claim_tools import by_question, fails, near


class _Model(nn.Module):
    """One weight for each of two classes; notes mode and graph of each call, with the batch's first number."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([[1.0, -1.0]]))
        self.calls: list[tuple[float, bool, bool]] = []

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        logits = x * self.w
        self.calls.append((float(x[0, 0]), self.training, logits.requires_grad))
        return logits


class _Descent:
    def __init__(self, model: _Model, lr: float) -> None:
        self.model, self.lr, self.steps = model, lr, 0

    def step(self) -> None:
        self.steps += 1
        with torch.no_grad():
            if self.model.w.grad is not None:
                self.model.w.sub_(self.model.w.grad, alpha=self.lr)

    def zero_grad(self) -> None:
        self.model.w.grad = None


class _Endless:
    def __init__(self, batches: list[Any]) -> None:
        self.batches, self.begun = batches, 0

    def __iter__(self) -> Iterator[Any]:
        self.begun += 1
        return iter(self.batches)


def _batch(first: float, *labels: int) -> Any:
    x = torch.tensor([[first, 0.5 * (i + 1)] for i in range(len(labels))])
    return x, torch.tensor(labels)


TRAIN = [_batch(1.0, 1, 0), _batch(2.0, 1)]
VALID = [_batch(-1.0, 0, 1, 0), _batch(-2.0, 1)]


def _distance(logits: Tensor, y: Tensor) -> Tensor:
    return ((logits[torch.arange(len(y)), y] - 1) ** 2).mean()


class _Run:
    """What came of a call of fit."""

    def __init__(self, a: Any, epochs: int = 1, lr: float = 0.0, train: Any = TRAIN, valid: Any = VALID,
                 start_in_evaluation: bool = False) -> None:  # fmt: skip
        self.model = _Model()
        if start_in_evaluation:
            self.model.eval()
        self.optimiser = _Descent(self.model, lr)
        with torch.enable_grad():
            self.history = a.fit(epochs, self.model, _distance, self.optimiser, train, valid)
        self.w = self.model.w.detach().clone()

    def modes(self, sign: int) -> list[bool]:
        return [training for first, training, _ in self.model.calls if first * sign > 0]

    def graphs(self, sign: int) -> list[bool]:
        return [graph for first, _, graph in self.model.calls if first * sign > 0]


START = torch.tensor([[1.0, -1.0]])


def _losses(batches: list[Any] = VALID) -> list[float]:
    return [float(_distance(x * START, y)) for x, y in batches]


MEAN = (3 * _losses()[0] + _losses()[1]) / 4
MEAN_OF_MEANS = sum(_losses()) / 2


def _accuracies() -> tuple[float, float]:
    first, second = (float(((x * START).argmax(1) == y).float().mean()) for x, y in VALID)
    return (3 * first + second) / 4, (first + second) / 2


def _training_pair() -> tuple[float, float]:
    first, second = (float(((x * START).argmax(1) == y).float().mean()) for x, y in TRAIN)
    return (2 * _losses(TRAIN)[0] + _losses(TRAIN)[1]) / 3, (2 * first + second) / 3


def _pair(a: Any) -> tuple[float, float]:
    history = _Run(a, 2).history  # both epochs alike: nothing is learnt
    loss, accuracy = history[0] if isinstance(history, list) else history
    return float(loss), float(accuracy)


STEEP = _batch(40.0, 1, 0)


def _shorter(w: Tensor, right: Tensor) -> bool:
    """Return whether weights have moved as they should, but less far."""
    moved, wanted = w - START, right - START
    return bool((moved * wanted >= 0).all()) and 0 < float(moved.norm()) < 0.9 * float(wanted.norm())


def _one_by_one(batches: list[Any] = TRAIN) -> list[Tensor]:
    """Return the weights after each training batch, right."""
    model = _Model()
    opt, found = _Descent(model, 0.1), []
    for x, y in batches:
        with torch.enable_grad():
            _distance(model(x), y).backward()  # type: ignore[no-untyped-call]
        opt.step()
        opt.zero_grad()
        found.append(model.w.detach().clone())
    return found


def _second_pair() -> tuple[float, float]:
    """Return what a right answer measures after the second of two epochs of training."""
    model = _Model()
    opt = _Descent(model, 0.1)
    for x, y in 2 * TRAIN:
        with torch.enable_grad():
            _distance(model(x), y).backward()  # type: ignore[no-untyped-call]
        opt.step()
        opt.zero_grad()
    losses = [float(_distance(x * model.w.detach(), y)) for x, y in VALID]
    hits = [float(((x * model.w.detach()).argmax(1) == y).float().mean()) for x, y in VALID]
    return (3 * losses[0] + losses[1]) / 4, (3 * hits[0] + hits[1]) / 4


def _goes_on(a: Any) -> bool:
    """Return whether the second epoch's numbers have the first's added, in the mean or in the sum."""
    first, second = ([float(one) for one in pair] for pair in _Run(a, 2, lr=0.1).history)
    sums = [one + other for one, other in zip(first, _second_pair(), strict=True)]
    return near(second, sums, 1e-5) or near(second, [one / 2 for one in sums], 1e-5)


def _still(a: Any) -> bool:
    return torch.equal(_Run(a, lr=0.1).w, START)


def _later_batches_differ(a: Any) -> bool:
    """Return whether one batch is trained on as it should be, and two aren't."""
    alone, right = _Run(a, lr=0.1, train=TRAIN[:1]).w, _one_by_one()
    return near(alone, right[0]) and not near(_Run(a, lr=0.1).w, right[1])


class _Bare:
    """A model with what the assignment's Module has, and no more; it notes the numbers of axes of its batches."""

    def __init__(self) -> None:
        self._model, self.axes = _Model(), set[int]()

    def __call__(self, x: Tensor) -> Any:
        self.axes.add(x.dim())
        return self._model(x.flatten(1))

    def parameters(self) -> list[Any]:
        return list(self._model.parameters())

    def train(self, mode: bool = True) -> Any:
        self._model.train(mode)
        return self

    def eval(self) -> Any:
        return self.train(False)


def _with_bare(a: Any, model: _Bare, *shape: int) -> Any:
    train, valid = ([(x.reshape(len(x), *shape), y) for x, y in batches] for batches in (TRAIN, VALID))
    with torch.enable_grad():
        return a.fit(1, model, _distance, _Descent(model._model, 0.1), train, valid)


def _asks_more(a: Any) -> bool:
    return fails(lambda: _with_bare(a, _Bare(), 2))


def _flattens(a: Any) -> bool:
    model = _Bare()
    _with_bare(a, model, 1, 2, 1)
    return 2 in model.axes


FIT: dict[str, Claim] = {
    "no-zero-grad": _later_batches_differ,
    "zero-once-an-epoch": _later_batches_differ,
    "zero-before-step": _still,
    "no-step": _still,
    "step-once-an-epoch": lambda a: _Run(a, 2).optimiser.steps == 2,
    "uphill": lambda a: (
        not near(_Run(a, lr=0.1, train=TRAIN[:1]).w, _one_by_one()[0])
        and near(_Run(a, lr=0.1, train=TRAIN[:1]).w + _one_by_one()[0], 2 * START)
    ),
    "two-steps": lambda a: _Run(a).optimiser.steps == 4,
    "mean-of-means": lambda a: near(_pair(a)[0], MEAN_OF_MEANS) and near(_pair(a)[1], _accuracies()[1]),
    "loss-mean-of-means": lambda a: near(_pair(a)[0], MEAN_OF_MEANS) and near(_pair(a)[1], _accuracies()[0]),
    "accuracy-mean-of-means": lambda a: near(_pair(a)[1], _accuracies()[1]) and near(_pair(a)[0], MEAN),
    "sums": lambda a: near(_twice(a)[0], 2 * _pair(a)[0]) and near(_twice(a)[1], 2 * _pair(a)[1]),
    "sums-not-reset": _goes_on,
    "validation-first": lambda a: [first > 0 for first, *_ in _Run(a).model.calls] == [False, False, True, True],
    "means-divided-by-examples": lambda a: near(_pair(a)[0], sum(_losses()) / 4),
    "floor-of-batches": lambda a: near(_pair(a)[0], sum(_losses())),
    "one-size-for-all": lambda a: near(_pair(a)[1], 4 * _accuracies()[0] / 6),  # two batches of three
    "last-batch-measured": lambda a: near(_pair(a)[0], _losses()[1]),
    "loss-of-last-batch": lambda a: near(_pair(a)[0], _losses()[1]) and near(_pair(a)[1], _accuracies()[0]),
    "batches-kept": lambda a: _Run(a, 3, train=(train := _Endless(TRAIN))).history is not None and train.begun == 1,
    "clipped": lambda a: _shorter(_Run(a, lr=0.1, train=[STEEP]).w, _one_by_one([STEEP])[0]),
    "accuracy-counted": lambda a: near(_twice(a)[1], 2 * _pair(a)[1]) and _pair(a)[1] > 1,
    "hits-over-batches": lambda a: near(_pair(a)[1], 2 * _accuracies()[0]),  # 4 examples in 2 batches
    "accuracy-per-cent": lambda a: near(_pair(a)[1], 100 * _accuracies()[0]),
    "swapped": lambda a: near(_pair(a)[0], _accuracies()[0]) and near(_pair(a)[1], MEAN),
    "on-training-data": lambda a: near(_pair(a), _training_pair(), 1e-5),
    "training-loss": lambda a: near(_pair(a)[0], (2 * _losses(TRAIN)[0] + _losses(TRAIN)[1]) / 3, 1e-5),
    "tensors": lambda a: any(isinstance(one, Tensor) for one in _Run(a).history[0]),
    "last-epoch-only": lambda a: (
        all(isinstance(one, float) for one in _Run(a, 3).history) and len(_Run(a, 3).history) == 2
    ),
    "appended-once": lambda a: len(_Run(a, 3).history) == 1 and _Run(a, 3).optimiser.steps == 6,
    "two-lists": lambda a: [len(one) for one in _Run(a, 3).history] == [3, 3],
    "nothing-returned": lambda a: _Run(a).history is None,
    "one-epoch": lambda a: len(_Run(a, 3).history) == 1,
    "epoch-missing": lambda a: len(_Run(a, 3).history) == 2,
    "epoch-too-many": lambda a: len(_Run(a, 3).history) == 4,
    "epochs-within": lambda a: [first for first, *_ in _Run(a, 2).model.calls if first > 0][:2] == [1.0, 1.0],
    "first-batch-only": lambda a: (
        _Run(a, 2).optimiser.steps == 2 and 2.0 not in [first for first, *_ in _Run(a, 2).model.calls]
    ),
    "last-batch-left-out": lambda a: (
        2.0 not in [first for first, *_ in _Run(a).model.calls] and _Run(a).optimiser.steps == 1
    ),
    "no-train": lambda a: not any(_Run(a, start_in_evaluation=True).modes(1)),
    "train-not-restored": lambda a: _Run(a, 2, start_in_evaluation=True).modes(1) == [True, True, False, False],
    "no-eval": lambda a: any(_Run(a).modes(-1)),
    "modes-swapped": lambda a: not any(_Run(a).modes(1)) and all(_Run(a).modes(-1)),
    "graph-in-validation": lambda a: any(_Run(a).graphs(-1)),
    "training-without-graph": lambda a: fails(lambda: _Run(a), RuntimeError),
    "validation-in-training": lambda a: (
        [first > 0 for first, *_ in _Run(a).model.calls] == [True, False, False, True, False, False]
    ),
    "steps-in-validation": lambda a: _Run(a).optimiser.steps > 2,
    "loss-of-its-own": lambda a: not near(_pair(a)[0], MEAN) and mentions(r"F\.|nn\.")(a),
    "loaders-need-a-data-set": lambda a: fails(lambda: _Run(a), AttributeError) and mentions(r"\.dataset")(a),
    "two-passes": lambda a: (
        _Run(a, 1, train=(train := _Endless(TRAIN)), valid=(valid := _Endless(VALID))).history is not None
        and 2 in (train.begun, valid.begun)
    ),
    "stops-early": lambda a: any(len(_Run(a, 12, lr).history) < 12 for lr in (0.0, 3.0)),
    "asks-more-of-the-model": _asks_more,
    "examples-flattened": _flattens,
    "frozen-afterwards": lambda a: not _Run(a, lr=0.1).model.w.requires_grad,
    "shorter-left-out": lambda a: near(_pair(a)[0], _losses()[0]),
    "loaders-need-length": lambda a: (
        fails(lambda: _Run(a, train=_Endless(TRAIN), valid=_Endless(VALID)), TypeError) and not fails(lambda: _Run(a))
    ),
}


def _twice(a: Any) -> tuple[float, float]:
    """Return the pair for validation batches that all come twice."""
    loss, accuracy = _Run(a, valid=VALID + VALID).history[0]
    return float(loss), float(accuracy)


CLAIMS = by_question(fit=FIT)
