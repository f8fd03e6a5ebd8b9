"""Finds out where a question is trained: data, device, and what is right."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from traitlets.config import Config

from autograder.judge.errors import CannotJudge
from autograder.judge.settings import NotebookJudge, Training
from autograder.judge.training.device import chosen
from autograder.judge.training.trainer import Place
from autograder.judge.training.training_data import training_data

LEFT = (
    "left to another machine (c.Training.enabled is off here): run `autograder grade {assignment} --only convergence` "
    "there with the same evidence store, then grade again here"
)
IN_THE_SANDBOX = "/data/MNIST"  # where the student side has the data


def place_of(module: ModuleType, assignment: str, config: Config, watched: frozenset[str]) -> Place:
    """Return where the hidden tests of ``module`` are trained; its ``reference`` and ``tolerances`` know what is right.

    Raises CannotJudge where nothing is to be trained, or there is nothing to train on or with.
    """
    settings = Training(config=config)
    if not settings.enabled:
        raise CannotJudge(LEFT.format(assignment=assignment))
    data = training_data(config)
    sandboxed = config.get("StudentProvisioner", {}).get("sandbox", "on") != "off"
    right: Any = module
    return Place(
        assignment=assignment,
        data=data,
        folder=IN_THE_SANDBOX if sandboxed else str(data.folder / "MNIST"),
        device=chosen(settings),
        settings=settings,
        patience=NotebookJudge(config=config).call_timeout,
        watched=tuple(sorted(watched)),
        right_gradient=right.reference.grad_func,
        gradient_tolerance=right.tolerances.gradient,
    )
