"""What comes back from training, in all assignments, when it is not what was asked for: it is told of the student."""

import dataclasses

import pytest
import torch

from autograder import wire
from autograder.judge.assignment import Assignment
from autograder.judge.training.run import End, Plan
from autograder.judge.training.supervisor import train
from autograder.judge.training.thresholds import thresholds
from autograder.judge.training.trainer import follows, reached
from autograder.judge.training.training_data import small_digits
from tests.judge.test_interference import Taken

ASSIGNMENTS = [Assignment.find(name) for name in ("linear_mnist", "minibatch_training", "batch_norm")]
RECIPES = [
    pytest.param(assignment, recipe, id=name)
    for assignment in ASSIGNMENTS
    for name, recipe in assignment.recipes.items()
]


class Forger:
    """Answers the request for a run with one message after another, and hears what is said to it."""

    def __init__(self, forge):
        self._forge = forge

    def __call__(self, channel):
        request = wire.receive(channel)["train"]
        channel.setblocking(False)  # whatever it is answered
        for message in self._forge(request["start"], request["first"], set(request["state"])):
            channel.setblocking(True)
            wire.send(channel, {"step": 1, "used": [], **message})


def of(kind, fill, start):
    """Return tensors with the start's names and shapes, each full of a number, or nearly."""
    return {name: kind(value, fill) for name, value in start.items()}


def full(value, fill):
    return torch.full_like(value, fill) if value.is_floating_point() else value.clone()


def weights(fill):
    return lambda start, first, state: [{"weights": of(full, fill, start), "gave": None}]


FORGED = {
    "nothing": lambda start, first, state: [{}],
    "another type": lambda start, first, state: [{"weights": [1], "ended": []}],
    "help for no weights": lambda start, first, state: [{"wanted": "gradient", "weights": {}}],
    "help for half of them": lambda start, first, state: [
        {"wanted": ["gradient"], "weights": dict(list(of(full, 0.5, start).items())[1:])}
    ],
    "help for nothing": lambda start, first, state: [{"wanted": 1}],
    "help for what is not finite": lambda start, first, state: [
        {"wanted": "gradient", "weights": of(full, torch.nan, start)}
    ],
    "infinite weights": weights(torch.inf),
    "no weights at all": lambda start, first, state: [{"weights": {}}],
    "other shapes": lambda start, first, state: [
        {"weights": {name: value[..., None] for name, value in start.items()}}
    ],
    "other kinds": lambda start, first, state: [{"weights": {n: value.bool() for n, value in start.items()}}],
    "a state that is not finite": lambda start, first, state: [
        {"weights": {n: full(v, torch.nan if n in state else 0.1) for n, v in start.items()}, "gave": {"gradient": "x"}}
    ],
    "enormous weights": lambda start, first, state: [
        {"step": step, "weights": of(full, 3e38, start), "gave": {}} for step in range(1, first + 1)
    ],
    "weights that can hardly be counted with": lambda start, first, state: [
        {"step": step, "weights": of(full, 1e-44, start), "gave": {}} for step in range(1, first + 1)
    ],
    "an epoch at once": lambda start, first, state: [{"weights": of(full, 0.1, start), "epoch": 1}],
    "no epoch": lambda start, first, state: [{"weights": of(full, 0.1, start), "epoch": [1]}],
    "a step that is none": lambda start, first, state: [{"step": True, "ended": "refused", "error": 5}],
    "the largest step": lambda start, first, state: [{"step": 2**62, "alive": True}, {"step": 2**62, "ended": "done"}],
    "no end": lambda start, first, state: [{"ended": {"why": 1}}],
    "an error that is none": lambda start, first, state: [
        {"ended": "refused", "function": ["f"], "error": {"type": [1], "message": {}, "line": 1.5}}
    ],
    "not finite, under another name": lambda start, first, state: [{"ended": "not finite", "name": ["w"]}],
    "used what is no name": lambda start, first, state: [{"used": [[1]], "alive": True}, {"ended": "done"}],
    "text that can't be written": lambda start, first, state: [{"ended": "missing", "function": "\ud800" * 5000}],
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize(("assignment", "recipe"), RECIPES)
def test_a_forged_run_ends_and_has_not_learnt(assignment, recipe, forge):
    data = small_digits()
    plan = Plan(recipe, data, str(data.folder), recipe.etas[0], patience=10.0, budget=20.0)
    copy = Taken(Forger(forge))
    try:
        run = train(copy, plan)
    finally:
        copy.kill()
        copy.close()
    assert run.end in End and run.measured
    wanted = thresholds(assignment, recipe.section(data.name), recipe.name)
    assert not reached(run, wanted)
    assert recipe.trajectory is None or not follows(recipe, run)
    repr((run.curve(True), run.stopped, run.error, run.function)).encode()
    dataclasses.asdict(run.curve(True))
