"""``convergence.toml``: what training reaches with right answers, as `autograder calibrate` has measured it."""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import autograder.assignments
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Band

FILE = "convergence.toml"


@dataclass(frozen=True)
class Thresholds:
    """What is asked of one recipe on one data set, after each number of epochs."""

    band: Band

    def reached(self, epoch: int, loss: float, accuracy: float) -> bool:
        """Return whether a run is good enough after that many epochs."""
        return loss <= self.band.most_loss[epoch] and accuracy >= self.band.least_accuracy[epoch]


def path_of(assignment: str) -> Path:
    """Return the path of an assignment's file."""
    return Path(autograder.assignments.__path__[0]) / assignment / FILE


def thresholds(assignment: str, data: str, recipe: str) -> Thresholds:
    """Return the thresholds; raise CannotJudge, with a next step, where they have not been measured."""
    step = f"run `autograder calibrate {assignment}`"
    try:
        found: Mapping[str, Any] = tomllib.loads(path_of(assignment).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CannotJudge(f"{path_of(assignment)} can't be read ({error}): {step}") from error
    try:
        part = found[data][recipe]
        series = {name: tuple(float(value) for value in part[name]) for name in Band.__dataclass_fields__}
    except (KeyError, TypeError, ValueError) as error:
        raise CannotJudge(f"there are no thresholds for {recipe} on {data} (no {error}): {step}") from error
    return Thresholds(Band(**series))


def recipes(assignment: str) -> dict[str, Any]:
    """Return an assignment's recipes by question, empty where nothing is judged by training."""
    folder = path_of(assignment).parent
    if not (folder / "recipes.py").is_file():
        return {}
    return dict(importlib.import_module(f"autograder.assignments.{assignment}.recipes").RECIPES)
