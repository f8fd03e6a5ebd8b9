"""One training run: what was asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from torch import Tensor

from autograder.judge.evidence import Curve
from autograder.judge.training.data_set import TrainingData
from autograder.judge.training.recipe import FirstSteps, Recipe
from autograder.wire.limits import pieces


class End(StrEnum):
    """How a run ended."""

    DONE = "it went to its end"
    OUT_OF_TIME = "its time was used up"
    SILENT = "nothing came back"
    DIED = "its process ended"
    NO_MEMORY = "there was no memory left"
    NO_TRAINING = "what came back is no training"
    FORBIDDEN = "it uses what is not allowed"
    NOT_FINITE = "weights are not finite"
    MISSING = "a part is not defined"
    FAILED = "a part failed"
    STANDS_STILL = "nothing changes"
    GETS_WORSE = "the loss is above its start"

    @property
    def is_broken_off(self) -> bool:
        """Whether it was too late, ended its process, or sent what is no message: no step shows why."""
        return self in (End.OUT_OF_TIME, End.SILENT, End.DIED, End.NO_MEMORY, End.NO_TRAINING)


@dataclass(frozen=True)
class Plan:
    """One training run."""

    recipe: Recipe
    data: TrainingData
    folder: str  # of the data sets, as the student side sees it
    eta: float
    replaced: tuple[str, ...] = ()  # parts in whose place the right ones are
    seed: int = 0
    device: str = "cpu"
    watched: tuple[str, ...] = ()
    patience: float = 10.0  # seconds of its own for a sign of life
    budget: float = 60.0  # seconds of its own in all

    @property
    def rates(self) -> list[float]:
        """The learning rate of each epoch."""
        return self.recipe.rates(self.eta, self.data.name)

    @property
    def steps_per_epoch(self) -> int:
        """The number of the judge's own mini-batches in an epoch."""
        return self.data.steps(self.recipe.batch)

    def first_rates(self, count: int) -> list[float]:
        """Return the learning rates of the first steps."""
        return [self.rates[step // self.steps_per_epoch] for step in range(count)]

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the run's mini-batches, as its driver gets them."""
        recipe = self.recipe
        return self.data.batches(self.seed, recipe.batch, recipe.shape, recipe.one_hot)

    def settings(self) -> dict[str, Any]:
        """Return what the driver is told."""
        return {**self.recipe.settings, "etas": self.rates}

    def request(self, start: Mapping[str, Tensor]) -> dict[str, Any]:
        """Return what the student side is told: ``student.training_loop.Run``."""
        recipe = self.recipe
        return {
            "source": pieces(recipe.source(self.replaced)),
            "of": f"driver of {recipe.name}",
            "driver": recipe.driver_name,
            "parts": {parameter: part.name for parameter, part in recipe.parts.items()},
            "stand_ins": {parameter: recipe.parts[parameter].stand_in or None for parameter in self.replaced},
            "told": [recipe.told] if recipe.told else [],
            "start": dict(start),
            "state": list(recipe.state),
            "settings": self.settings(),
            "files": {
                **self.data.files(self.folder),
                "shape": list(recipe.shape),
                "one_hot": self.data.classes if recipe.one_hot else 0,
                "batch": recipe.batch,
                "seed": self.seed,
                "device": self.device,
            },
            "first": recipe.followed,
        }


class Measured(NamedTuple):
    """What weights are worth; see ``evidence.Curve``."""

    loss: float
    accuracy: float
    training_loss: float
    training_accuracy: float


@dataclass
class Trained:
    """What came of one run. ``stopped`` is why it ended early, a sentence for the student."""

    plan: Plan
    start: dict[str, Tensor] = field(default_factory=dict)
    returned: list[dict[str, Tensor]] = field(default_factory=list)  # by each of the first steps: weights and state
    told: list[Tensor] = field(default_factory=list)  # what the part that is told gave in each of them
    measured: list[Measured] = field(default_factory=list)  # at the start, then after each epoch
    steps: int = 0
    seconds: float = 0.0  # that it took
    end: End = End.DONE
    stopped: str = ""
    used: str = ""  # what the question asks to do without
    function: str = ""  # the student's function or class that raised, gave back what it must not, or is not there
    error: str = ""  # what was raised: type and message

    @property
    def epochs(self) -> int:
        """The number of whole epochs."""
        return max(0, len(self.measured) - 1)

    @property
    def ended_early(self) -> bool:
        """Whether it said it was done before its last epoch: no driver does, unless its settings are tampered with."""
        return self.end is End.DONE and self.epochs < len(self.plan.rates)

    @property
    def first_steps(self) -> FirstSteps:
        """What the right first steps follow from."""
        count = min(len(self.returned), self.plan.recipe.followed)
        return FirstSteps(self.start, self.told[:count], self.plan.first_rates(count), self.plan.batches())

    def stop(self, end: End, sentence: str) -> None:
        """Note why it ended, unless that is known already."""
        if not self.stopped:
            self.end, self.stopped = end, sentence

    def curve(self, judged: bool) -> Curve:
        """Return the run as evidence has it."""
        series = {name: tuple(round(getattr(row, name), 6) for row in self.measured) for name in Measured._fields}
        replaced = tuple(self.plan.recipe.parts[parameter].name for parameter in self.plan.replaced)
        return Curve(replaced, self.plan.eta, **series, steps=self.steps, stopped=self.stopped, judged=judged)
