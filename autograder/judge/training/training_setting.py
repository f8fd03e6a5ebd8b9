"""Finds out where a question is trained: data and device."""

from __future__ import annotations

import dataclasses

from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.settings import NotebookJudge, Training
from autograder.judge.training.data_set import DataSet, TrainingData
from autograder.judge.training.device import chosen

LEFT = (
    "left to another machine (c.Training.enabled is off here): run `autograder grade {assignment} --only convergence` "
    "there with the same evidence store, then grade again here"
)
IN_THE_SANDBOX = "/data"  # where the student side has the data sets


@dataclasses.dataclass(frozen=True)
class TrainingSetting:
    """Where training takes place."""

    assignment: Assignment
    data: TrainingData
    folder: str  # of the data sets, as the student side sees it
    device: str  # "cpu", or "cuda:N" as this machine counts
    settings: Training
    patience: float
    watched: tuple[str, ...]


def training_setting(
    data_set: DataSet, assignment: Assignment, config: Config, watched: frozenset[str]
) -> TrainingSetting:
    """Return where the hidden tests of an assignment are trained.

    Raises CannotJudge where nothing is to be trained, or there is nothing to train on.
    """
    settings = Training(config=config)
    if not settings.enabled:
        raise CannotJudge(LEFT.format(assignment=assignment.name))
    data = data_set.at_hand(config)
    sandboxed = config.get("StudentProvisioner", {}).get("sandbox", "on") != "off"
    return TrainingSetting(
        assignment=assignment,
        data=data,
        folder=IN_THE_SANDBOX if sandboxed else str(data.folder),
        device=chosen(settings),
        settings=settings,
        patience=NotebookJudge(config=config).call_timeout,
        watched=tuple(sorted(watched)),
    )
