"""How training goes with a question's answer, as an assignment says it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from autograder.judge.crossing_rules import checked_text
from autograder.judge.needed_code import needed
from autograder.judge.training.data_set import DataSet
from autograder.judge.training.device import CPU

Tensors = Mapping[str, Tensor]
# What each of the first steps gives back, by name: the right values in float64, and how far a right answer in float32
# may be from them
Steps = Iterator[dict[str, tuple[Tensor, Tensor]]]
# A generator function of the assignment's drivers.py. Called with the parts by name and ``start`` (named tensors),
# ``settings`` (plain data, with "etas": the learning rate of each epoch) and ``batches`` (student.training_batches), it
# yields after each step, or each epoch, tensors with the names of ``start``: what the step has made of them. Where a
# part is None, the judge does what it would: ``yield (what, tensors)`` gives what ``Recipe.helped`` makes of them.
Driver = Callable[..., Generator[Any, Any, None]]

FOLLOWED_STEPS = 50  # steps that are followed one by one, where a recipe doesn't say otherwise
BATCH = 64


@dataclass(frozen=True)
class Part:
    """A function or class of the student's that is trained with."""

    name: str  # the student's name for it
    question: str  # the solution cell that it stands in
    stand_in: str | None = None  # the right one: its name in drivers.py; "": the judge's help; None: it has none
    told: bool = False  # whether the judge is told what it gives in the first steps: a tensor like the first weight


@dataclass(frozen=True)
class FirstSteps:
    """What the right first steps of a run follow from."""

    start: Tensors
    told: Sequence[Tensor]  # what the part that is ``told`` gave in each step, or the judge in its place
    rates: Sequence[float]  # the learning rate of each step
    batches: Iterator[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Recipe:
    """A training run with the student's own functions and classes."""

    name: str  # in convergence.toml
    answer: str  # the solution cell whose answer is judged
    driver: Driver
    parts: Mapping[str, Part]  # by the driver's name for them
    data: DataSet
    etas: tuple[float, ...]  # learning rates of the first epoch; of several the best one counts
    epochs: Mapping[str, int]  # by data set
    decay: float = 1.0  # of the learning rate, per epoch
    on_gpu: Mapping[str, Any] = field(default_factory=dict)  # fields that are others where a GPU trains
    kind: str = ""  # of device, where that makes a difference: "gpu"
    model: Callable[[], nn.Module] | None = None  # the judge's: names and shapes of what is trained, and its values
    zeros: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # shapes of further tensors, which start as 0
    state: tuple[str, ...] = ()  # those of them that are no weights, but what a step hands on to the next
    logits: Callable[[Tensors, Tensor], Tensor] | None = None  # (weights, X) → (N, C), where there is no model
    batch: int = BATCH
    shape: tuple[int, ...] = (784,)  # of an example
    one_hot: bool = False  # whether labels are given as rows of zeros and a one
    own_batches: bool = False  # whether the student's own code draws the batches: how many there are is not known
    settings: Mapping[str, Any] = field(default_factory=dict)  # for the driver, plain data
    followed: int = FOLLOWED_STEPS
    trajectory: Callable[[FirstSteps], Steps] | None = None  # of the right answer, where there is one
    helped: Callable[[Tensor, Tensor, Tensors], Tensor] | None = None  # (X, y, what the driver sent) → the right answer
    tolerance: Callable[[Tensor, Tensor, Tensors], Tensor] | None = None  # of it: how far a right one may be off
    baseline: str = ""  # code of the answer that must be matched; "": the canonical one
    rivals: tuple[str, ...] = ()  # the nearest wrong answers, measured for comparison: "slug", "question/slug"
    seconds: float = 0.0  # of processor time that a run may take at least, whatever the settings say

    def on(self, device: str) -> Recipe:
        """Return the recipe for a device, "cpu" or "cuda:N"."""
        return replace(self, **self.on_gpu, kind="gpu") if self.on_gpu and device != CPU else self

    def section(self, data: str) -> str:
        """Return the name of the part of convergence.toml that says what is reached on a data set."""
        return f"{data}-{self.kind}" if self.kind else data

    def rates(self, eta: float, data: str) -> list[float]:
        """Return the learning rate of each epoch on a data set; KeyError for one the recipe doesn't know."""
        return [eta * self.decay**epoch for epoch in range(self.epochs[data])]

    def start(self, seed: int) -> dict[str, Tensor]:
        """Return what training starts from: the model's parameters and buffers with a seed, and the zeros."""
        zeros = {name: torch.zeros(shape) for name, shape in self.zeros.items()}
        if self.model is None:
            return zeros
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return {name: value.clone() for name, value in self.model().state_dict().items()} | zeros

    def values(self, weights: Tensors) -> Callable[[Tensor], Tensor]:
        """Return the function that weights are: examples X (N, *shape) → logits (N, C), in evaluation mode."""
        if self.model is None:
            logits = self.logits
            assert logits is not None, f"{self.name} has neither model nor logits"
            return lambda X: logits(weights, X)
        model = self.model().eval()
        own = {name: weights[name] for name in model.state_dict()}
        return lambda X: torch.func.functional_call(model, own, (X,))

    def source(self, replaced: Iterable[str] = ()) -> str:
        """Return what the driver, and right ones in place of some parts, need of its module: it crosses.

        Raises CannotJudge where the module holds what students must not read.
        """
        text = checked_text(Path(inspect.unwrap(self.driver).__code__.co_filename))
        stand_ins = (self.parts[parameter].stand_in for parameter in replaced)
        return needed(text, [self.driver_name, *filter(None, stand_ins)])

    def stand_in(self, name: str) -> Any:
        """Return what drivers.py has under a name."""
        return inspect.unwrap(self.driver).__globals__[name]

    @property
    def driver_name(self) -> str:
        """The driver's name in its module."""
        return str(inspect.unwrap(self.driver).__name__)

    @property
    def told(self) -> str:
        """The part whose results in the first steps the judge is told; "" where there is none."""
        return next((parameter for parameter, part in self.parts.items() if part.told), "")
