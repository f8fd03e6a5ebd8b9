"""What the hidden tests try out with a student's optimiser and fit.

This runs beside a student's code, as it stands here: it trains small models of torch's with what they have written,
and writes down what happened in which order.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim.sgd import sgd

# --- The optimiser --------------------------------------------------------------------------------------------------


def stepped(SGD: Any, values: list[Any], gradients: list[list[Any]], rates: list[float], given_as: str) -> Any:
    """{values:len} parameters given as a {given_as}; steps with these gradients, and opt.lr set to each of the rates.

    The first rate is the constructor's; where there is none, its default is asked for.
    """
    parameters = [nn.Parameter(value.clone()) for value in values]
    opt = SGD(_given(parameters, given_as), *rates[:1])
    other = nn.Parameter(torch.ones(2))
    SGD([other], 2.0)
    other.grad = torch.ones(2)
    seen = []
    for number, step in enumerate(gradients):
        if number and number < len(rates):
            opt.lr = rates[number]
        _set_gradients(parameters, step)
        with torch.enable_grad():
            opt.step()
        seen.append([one.detach().clone() for one in parameters])
    learning = all(one.requires_grad and one.is_leaf for one in parameters)
    alone = bool((other == 1).all())
    return {
        "after each step": seen,
        "parameters that can still learn": learning,
        "another optimiser's parameters as before": alone,
    }


def gradients_after(SGD: Any, values: list[Any], step: list[Any], rate: float) -> Any:
    """A step was taken: the parameters, and their gradients after it."""
    parameters = [nn.Parameter(value.clone()) for value in values]
    opt = SGD(parameters, rate)
    _set_gradients(parameters, step)
    with torch.enable_grad():
        opt.step()
    return {"parameters": [one.detach() for one in parameters], "gradients": [one.grad for one in parameters]}


def zeroed(SGD: Any, values: list[Any], step: list[Any], given_as: str, times: int) -> Any:
    """zero_grad() was called {times} times, with gradients before each: whether all are zero or None afterwards."""
    parameters = [nn.Parameter(value.clone()) for value in values]
    opt = SGD(_given(parameters, given_as))
    for _ in range(times):
        _set_gradients(parameters, step)
        opt.zero_grad()
    cleared = [one.grad is None or not bool(one.grad.any()) for one in parameters]
    return {"cleared": cleared, "parameters": [one.detach() for one in parameters]}


def _given(parameters: list[Any], given_as: str) -> Any:
    kinds = {
        "list": parameters,
        "generator": (one for one in parameters),
        "iterator": iter(parameters),
        "tuple": tuple(parameters),
    }
    return kinds[given_as]


def _set_gradients(parameters: list[Any], step: list[Any]) -> None:
    for one, gradient in zip(parameters, step, strict=True):
        one.grad = None if gradient is None else gradient.clone()


# --- fit ------------------------------------------------------------------------------------------------------------


def right_accuracy(logits: Any, y: Any, *options: Any, **more: Any) -> Any:
    """The fraction of rows whose largest entry is that of the label, as a float that can be used as a tensor."""
    return _Float((logits.argmax(1) == y).double().mean())


class _Float(float):
    """A float that has what a 0-dimensional tensor has."""

    def _itself(self, *options: Any, **more: Any) -> _Float:
        return self

    item = detach = cpu = float = double = mean = sum = to = clone = numpy = tolist = squeeze = _itself


@contextmanager
def _finding(answer: Any, accuracy: Any) -> Iterator[None]:
    """Have an answer find this accuracy: the student's own, or a right one."""
    names = inspect.unwrap(answer).__globals__
    before = {"accuracy": names["accuracy"]} if "accuracy" in names else {}
    names["accuracy"] = inspect.unwrap(accuracy)
    try:
        yield
    finally:
        del names["accuracy"]
        names.update(before)


def squared(logits: Any, y: Any) -> Any:
    """A loss: the mean over the batch of (1 - the label's logit), squared."""
    return ((1 - logits.gather(1, y.unsqueeze(1))) ** 2).mean()


_LOSSES = {"cross-entropy": F.cross_entropy, "squared": squared}


class _Model(nn.Module):
    """A small network with given weights, which notes each call: batch, mode, and whether a graph is built.

    A batch is known by the first number of its first example.
    """

    def __init__(self, weights: dict[str, Any], kind: str) -> None:
        super().__init__()
        classes, features = weights["weight"].shape
        self.linear = nn.Linear(features, classes, dtype=torch.float64)
        extra: dict[str, Any] = {
            "dropout": lambda: nn.Dropout(0.5),
            "batch norm": lambda: nn.BatchNorm1d(features, affine=False),
        }
        self.first = extra[kind]().double() if kind in extra else None
        with torch.no_grad():
            self.linear.weight.copy_(weights["weight"])
            self.linear.bias.copy_(weights["bias"])
        self.calls: list[tuple[float, bool, bool]] = []
        self.steps = 0

    def forward(self, x: Any) -> Any:
        logits = self.linear(x if self.first is None else self.first(x))
        self.calls.append((float(x[0, 0]), self.training, logits.requires_grad))
        return logits


class _Bare:
    """What a module of the assignment has, around a model, and no more; its examples are images (1, features, 1)."""

    def __init__(self, model: _Model) -> None:
        self._model = model

    def __call__(self, images: Any) -> Any:
        if images.dim() != 4:
            raise ValueError(f"the model is given a batch with {images.dim()} axes, and the loader's has 4")
        return self._model(images.flatten(1))

    def parameters(self) -> list[Any]:
        return list(self._model.parameters())

    def train(self, mode: bool = True) -> Any:
        self._model.train(mode)
        return self

    def eval(self) -> Any:
        return self.train(False)


class _Optimiser:
    """Torch's own gradient descent."""

    def __init__(self, model: _Model, rate: float) -> None:
        self.model, self.rate = model, rate

    def step(self) -> None:
        self.model.steps += 1
        known: Any = [one for one in self.model.parameters() if one.grad is not None]
        with torch.no_grad():
            sgd(
                known, [one.grad for one in known], [None for _ in known], lr=self.rate, foreach=False,
                weight_decay=0, momentum=0, dampening=0, nesterov=False, maximize=False,
            )  # fmt: skip

    def zero_grad(self) -> None:
        for one in self.model.parameters():
            one.grad = None


class _Loader:
    """Batches without a length; notes the state of the model at the beginning of each pass through them."""

    def __init__(self, batches: list[Any], model: _Model, shape: tuple[int, ...] = (-1,)) -> None:
        self.batches, self.model, self.shape = batches, model, shape
        self.states: list[Any] = []

    def __iter__(self) -> Iterator[Any]:
        self.states.append(_state(self.model))
        yield from ((X.reshape(len(X), *self.shape), y) for X, y in self.batches)


def _state(model: _Model) -> Any:
    return [model.steps, *(value.clone() for value in model.state_dict().values())]


def _fit(
    fit: Any, accuracy: Any, model: _Model, train: Any, valid: Any, epochs: int, rate: float, loss: str,
    bare: bool = False,
) -> Any:  # fmt: skip
    with _finding(fit, accuracy), torch.enable_grad():
        return fit(epochs, _Bare(model) if bare else model, _LOSSES[loss], _Optimiser(model, rate), train, valid)


def history(fit: Any, accuracy: Any, weights: Any, train: Any, valid: Any, epochs: int, rate: float, loss: str) -> Any:
    """What comes back after {epochs} epoch(s) with learning rate {rate}, the loss {loss}, batches as given."""
    return _fit(fit, accuracy, _Model(weights, "linear"), train, valid, epochs, rate, loss)


def weights_after(
    fit: Any, accuracy: Any, weights: Any, train: Any, valid: Any, epochs: int, rate: float, loss: str
) -> Any:
    """A linear model's weights after {epochs} epoch(s) with learning rate {rate}, the loss {loss}, batches as given."""
    model = _Model(weights, "linear")
    _fit(fit, accuracy, model, train, valid, epochs, rate, loss)
    return {name: value.detach() for name, value in model.linear.state_dict().items()}


def modes_in_fit(fit: Any, accuracy: Any, weights: Any, train: Any, valid: Any, epochs: int, kind: str) -> Any:
    """A model with {kind}, first in evaluation mode, after {epochs} epoch(s): the modes for each batch, and whether a
    graph was built.

    Batches are numbered by the first number of their first example.
    """
    model = _Model(weights, kind)
    model.eval()
    _fit(fit, accuracy, model, train, valid, epochs, 0.5, "cross-entropy")
    first = {float(X[0, 0]): f"{name} batch {i}" for name, some in (("training", train), ("validation", valid))
             for i, (X, _) in enumerate(some)}  # fmt: skip
    found: dict[str, dict[str, Any]] = {name: {"in training mode": set(), "graph": set()} for name in first.values()}
    for number, training, graph in model.calls:
        if number in first:
            found[first[number]]["in training mode"].add(training)
            found[first[number]]["graph"].add(graph)
    return {name: {what: sorted(seen) for what, seen in one.items()} for name, one in found.items()}


def validation_changes(fit: Any, accuracy: Any, weights: Any, train: Any, valid: Any) -> Any:
    """One epoch: how many steps there were in the validation, and whether it left the model's weights as they were,
    and such that they can be trained.
    """
    model = _Model(weights, "linear")
    loader = _Loader(valid, model)
    _fit(fit, accuracy, model, train, loader, 1, 0.5, "cross-entropy")
    if not loader.states:
        return "there was no validation"
    after = _state(model)
    same = [
        torch.equal(torch.as_tensor(one), torch.as_tensor(other))
        for one, other in zip(loader.states[0], after, strict=True)
    ]
    return {
        "steps in the validation": after[0] - loader.states[0][0],
        "weights as before": all(same[1:]),
        "weights that can still be trained": all(one.requires_grad for one in model.parameters()),
    }


def passes(fit: Any, accuracy: Any, weights: Any, train: Any, valid: Any, epochs: int) -> Any:
    """{epochs} epoch(s) with loaders of images that have no length, and a model that has what Module has, and no more:
    how often each was gone through, and the number of steps.
    """
    model = _Model(weights, "linear")
    training, validation = (_Loader(batches, model, (1, -1, 1)) for batches in (train, valid))
    _fit(fit, accuracy, model, training, validation, epochs, 0.5, "cross-entropy", bare=True)
    return {
        "through the training batches": len(training.states),
        "through the validation": len(validation.states),
        "steps": model.steps,
    }


def measured(fit: Any, accuracy: Any, weights: Any, train: Any, valid: Any, epochs: int, rate: float) -> Any:
    """What comes back after {epochs} epochs with learning rate {rate}; and for each pass through the validation: the
    part of all steps that was taken before it, and the weights in it.
    """
    model = _Model(weights, "linear")
    loader = _Loader(valid, model)
    pairs = _fit(fit, accuracy, model, train, loader, epochs, rate, "cross-entropy")
    return {
        "pairs": pairs,
        "steps before": [steps / max(1, model.steps) for steps, *_ in loader.states],
        "weights": [{"weight": weight, "bias": bias} for _, weight, bias in loader.states],
    }
