"""How a question's answer is trained with, as an assignment says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

# What each of the first steps gives back, w and the state by name: the right values in float64, and how far a right
# answer in float32 may be from them
Steps = Iterator[dict[str, tuple[Tensor, Tensor]]]
# (gradients of the first steps, learning rates of each) → the steps
Trajectory = Callable[[Sequence[Tensor], Sequence[float]], Steps]

FOLLOWED_STEPS = 50  # steps that are followed one by one
BATCH = 64


@dataclass(frozen=True)
class Recipe:
    """A training run from w = 0, with the student's gradient and step."""

    name: str  # in convergence.toml
    answer: str  # the solution cell whose answer is trained with
    step: str  # the function in it
    arguments: tuple[str | float, ...]  # of a step: "w", "grad", "eta", "t", a name of the state, or a number
    returns: tuple[str, ...]  # "w" and the names of the state
    state: Mapping[str, bool]  # by name: whether it is zeros before the first step, else None
    etas: tuple[float, ...]  # learning rates of the first epoch; of several the best one counts
    decay: float  # of the learning rate, per epoch
    epochs: Mapping[str, int]  # by data set
    trajectory: Trajectory | None = None  # of the right answer, where there is one
    gradient: str = "grad_func"
    baseline: str = ""  # code of the step that must be matched; "": the answer's usual right one
    rivals: tuple[str, ...] = ()  # the nearest wrong answers, which are measured for comparison

    def rates(self, eta: float, data: str) -> list[float]:
        """Return the learning rate of each epoch on a data set; KeyError for one the recipe doesn't know."""
        return [eta * self.decay**epoch for epoch in range(self.epochs[data])]
