"""Finds out where a question is trained: data, device, and what is right."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from torch import Tensor
from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.settings import NotebookJudge, Training
from autograder.judge.training.device import chosen
from autograder.judge.training.training_data import TrainingData, training_data

LEFT = (
    "left to another machine (c.Training.enabled is off here): run `autograder grade {assignment} --only convergence` "
    "there with the same evidence store, then grade again here"
)
IN_THE_SANDBOX = "/data/MNIST"  # where the student side has the data


@dataclasses.dataclass(frozen=True)
class TrainingSetting:
    """Where training takes place, and with what right."""

    assignment: Assignment
    data: TrainingData
    folder: str  # of the data, as the student side sees it
    device: str  # "cpu", or "cuda:N" as this machine counts
    settings: Training
    patience: float
    watched: tuple[str, ...]
    right_gradient: Callable[[Tensor, Tensor, Tensor], Tensor]
    gradient_tolerance: Callable[[Tensor, Tensor, Tensor], Tensor]


def training_setting(assignment: Assignment, config: Config, watched: frozenset[str]) -> TrainingSetting:
    """Return where an assignment is trained; its ``reference`` and ``tolerances`` know what is right.

    Raises CannotJudge where nothing is to be trained, or there is nothing to train on or with.
    """
    settings = Training(config=config)
    if not settings.enabled:
        raise CannotJudge(LEFT.format(assignment=assignment.name))
    data = training_data(config)
    sandboxed = config.get("StudentProvisioner", {}).get("sandbox", "on") != "off"
    reference: Any = assignment.reference
    tolerances: Any = assignment.tolerances
    return TrainingSetting(
        assignment=assignment,
        data=data,
        folder=IN_THE_SANDBOX if sandboxed else str(data.folder / "MNIST"),
        device=chosen(settings),
        settings=settings,
        patience=NotebookJudge(config=config).call_timeout,
        watched=tuple(sorted(watched)),
        right_gradient=reference.grad_func,
        gradient_tolerance=tolerances.gradient,
    )
