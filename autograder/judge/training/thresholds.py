"""``convergence.toml``: what training reaches with right answers, as `autograder calibrate` has measured it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Band
from autograder.judge.training.recipe import Recipe


@dataclass(frozen=True)
class Thresholds:
    """What is asked of one recipe on one data set, after each number of epochs."""

    band: Band

    def reached(self, epoch: int, loss: float, accuracy: float) -> bool:
        """Return whether a run is good enough after that many epochs."""
        return loss <= self.band.most_loss[epoch] and accuracy >= self.band.least_accuracy[epoch]


def thresholds(assignment: Assignment, data: str, recipe: str) -> Thresholds:
    """Return the thresholds; raise CannotJudge, with a next step, where they have not been measured."""
    step = f"run `autograder calibrate {assignment.name}`"
    path = assignment.thresholds_file
    try:
        found = _read(assignment)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CannotJudge(f"{path} can't be read ({error}): {step}") from error
    try:
        part = found[data][recipe]
        series = {name: tuple(float(value) for value in part[name]) for name in Band.__dataclass_fields__}
    except (KeyError, TypeError, ValueError) as error:
        raise CannotJudge(f"there are no thresholds for {recipe} on {data} (no {error}): {step}") from error
    return Thresholds(Band(**series))


def recipe_on(assignment: Assignment, question: str, device: str) -> Recipe:
    """Return how a question is trained with on a device.

    A recipe that is another one on a GPU is taken there as it is on a CPU, until its thresholds have been measured.
    """
    recipe: Recipe = assignment.recipes[question]
    there = recipe.on(device)
    if not there.kind:
        return recipe
    try:
        measured = _read(assignment)
    except (OSError, tomllib.TOMLDecodeError):
        return recipe
    sections = [measured[name] for name in map(there.section, there.epochs) if name in measured]
    return there if any(there.name in section for section in sections) else recipe


def _read(assignment: Assignment) -> Mapping[str, Any]:
    return tomllib.loads(assignment.thresholds_file.read_text(encoding="utf-8"))
