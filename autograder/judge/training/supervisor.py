"""The judge's end of a training run: says go on or stop, and measures what the weights are worth."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from autograder import wire
from autograder.judge.connection import Copy, broken
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Curve
from autograder.judge.stopwatch import StalledError, Stopwatch
from autograder.judge.student_fixture import VANISHED, death_of
from autograder.judge.training.recipe import BATCH, FOLLOWED_STEPS, Recipe
from autograder.judge.training.training_data import CLASSES, IMAGES, LABELS, TrainingData

OUT_OF_TIME = "The time for one training run was used up"


class DeviceLostError(CannotJudge):
    """The GPU failed in the middle of a run: that is worth another try."""


@dataclass(frozen=True)
class Plan:
    """One training run."""

    recipe: Recipe
    data: TrainingData
    place: str  # where the student side has the data: the folder "MNIST"
    eta: float
    own_gradient: bool
    seed: int = 0
    device: str = "cpu"
    watched: tuple[str, ...] = ()
    patience: float = 10.0  # seconds of its own for a sign of life
    budget: float = 60.0  # seconds of its own in all

    def first_rates(self, count: int) -> list[float]:
        """Return the learning rates of the first steps."""
        steps = self.data.steps(BATCH)
        rates = self.recipe.rates(self.eta, self.data.name)
        return [rates[step // steps] for step in range(count)]

    def request(self) -> dict[str, Any]:
        """Return what the student side is told: ``student.training.Run``."""
        recipe, data = self.recipe, self.data
        return {
            "step": recipe.step,
            "arguments": list(recipe.arguments),
            "returns": list(recipe.returns),
            "state": dict(recipe.state),
            "images": f"{self.place}/{IMAGES}",
            "labels": f"{self.place}/{LABELS}",
            "classes": CLASSES,
            "batch": BATCH,
            "etas": recipe.rates(self.eta, data.name),
            "seed": self.seed,
            "first": FOLLOWED_STEPS,
            "gradient": recipe.gradient if self.own_gradient else "",
            "device": self.device,
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
    returned: list[dict[str, Tensor]] = field(default_factory=list)  # by each of the first steps: w and its state
    gradients: list[Tensor] = field(default_factory=list)  # the first steps were made with
    measured: list[Measured] = field(default_factory=list)  # at w = 0, then after each epoch
    steps: int = 0
    seconds: float = 0.0  # that it took
    stopped: str = ""
    out_of_time: bool = False
    broken_off: bool = False  # it was too late, ended its process, or sent what is no message
    used: str = ""  # what the question asks to do without
    function: str = ""  # the student's function that raised, or gave back what it must not
    missing: str = ""  # the student's function that is not defined

    @property
    def weights(self) -> list[Tensor]:
        """The weights after each of the first steps."""
        return [returned["w"] for returned in self.returned]

    @property
    def epochs(self) -> int:
        """The number of whole epochs."""
        return len(self.measured) - 1

    def curve(self, judged: bool) -> Curve:
        """Return the run as evidence has it."""
        series = {name: tuple(round(getattr(row, name), 6) for row in self.measured) for name in Measured._fields}
        whose = "yours" if self.plan.own_gradient else "the right one"
        return Curve(whose, self.plan.eta, **series, steps=self.steps, stopped=self.stopped, judged=judged)


def train(copy: Copy, plan: Plan, right_gradient: Any) -> Trained:
    """Have a copy of the student's kernel train; ``right_gradient(X, ystar, w)`` gives (d, C), of any float dtype.

    Whatever the student's functions do is in the result. Raises CannotJudge where it isn't theirs, StalledError where
    it may not be.
    """
    return _Supervisor(copy, plan, right_gradient).train()


class _Supervisor:
    def __init__(self, copy: Copy, plan: Plan, right_gradient: Any):
        self._copy, self._plan, self._right_gradient = copy, plan, right_gradient
        self._run = Trained(plan)
        self._start = time.monotonic()
        self._stopwatch = Stopwatch(copy, plan.budget, plan.patience)
        self._batches: Iterator[tuple[Tensor, Tensor]] = iter(())
        self._epoch = plan.data.steps(BATCH)
        self._most = self._epoch * plan.recipe.epochs[plan.data.name]

    def train(self) -> Trained:
        self._run.measured.append(Measured(*self._plan.data.measured_at_zero))
        if not self._plan.own_gradient:
            self._batches = self._plan.data.batches(self._plan.seed, BATCH)
        try:
            self._send({"watch": list(self._plan.watched), "train": self._plan.request()})
            while not self._take(self._receive()):
                pass
        except TimeoutError:
            self._copy.kill()
            self._run.broken_off = True
            self._late()
        except StalledError:
            self._copy.kill()
            raise
        except EOFError:
            death = death_of(self._copy)
            if self._copy.vanished:
                raise CannotJudge(VANISHED) from None
            self._run.broken_off = True
            self._run.stopped = f"The training ended its process after step {self._run.steps}: {death}."
        except wire.WireError:
            self._copy.kill()
            self._run.broken_off = True
            self._run.stopped = "What came back is no training: the code interferes with the grader."
        self._run.seconds = time.monotonic() - self._start
        return self._run

    def _send(self, message: dict[str, Any]) -> None:
        self._stopwatch.lap()
        try:
            wire.send(self._copy.channel, message, self._stopwatch.wait)
        except TimeoutError:
            raise
        except OSError:
            raise EOFError from None

    def _receive(self) -> dict[str, Any]:
        self._stopwatch.lap()
        return wire.receive(self._copy.channel, self._stopwatch.wait)

    def _late(self) -> None:
        run = self._run
        if not self._stopwatch.lap_is_over:
            run.out_of_time = True
            run.stopped = f"{OUT_OF_TIME} ({self._plan.budget:g} s) in epoch {run.epochs + 1}, after step {run.steps}."
        else:
            run.stopped = f"After step {run.steps} nothing came back for {self._plan.patience:g} s."

    def _take(self, message: dict[str, Any]) -> bool:
        """Answer one message; return whether it was the last one."""
        run = self._run
        if "broken" in message:
            raise broken(message)
        if "no_memory" in message:
            run.broken_off = True
            run.stopped = run.stopped or f"After step {run.steps} there was no memory left."
            return True
        step, used = message.get("step"), message.get("used", [])
        if not isinstance(step, int) or not isinstance(used, list) or not run.steps <= step <= self._most:
            raise wire.WireError("what came is no message of a training run")
        if run.stopped and "ended" not in message:  # found out while the next epoch had begun
            return self._part(message)
        if not run.stopped:
            run.steps = max(run.steps, step - ("wanted" in message))  # that one is not yet made
        if used and not run.used:
            run.used = str(used[0])[:100]
            run.stopped = f"It uses {run.used}, which this question asks you to do without."
        if "ended" in message:
            self._ended(message)
            return True
        if "wanted" in message:
            self._give(message["wanted"])
        elif "w" in message:
            self._look_at(message)
        if run.stopped and not self._waits(message):
            self._copy.kill()
            return True
        return False

    def _part(self, message: dict[str, Any]) -> bool:
        """Say that it is enough, or end what can't be told so; return whether there is no more to come."""
        if self._waits(message):
            self._send({"go": False})
            return False
        self._copy.kill()
        return True

    def _waits(self, message: dict[str, Any]) -> bool:
        """Whether the student side waits for an answer to a message, as it does from the last of the first steps on."""
        return "wanted" in message or ("w" in message and self._run.steps >= FOLLOWED_STEPS)

    def _give(self, w: Any) -> None:
        """Give the right gradient at w on the next mini-batch, in float32 as a student would."""
        X, ystar = next(self._batches)
        grad = self._right_gradient(X, ystar, self._checked(w)).float()
        if len(self._run.gradients) < FOLLOWED_STEPS:
            self._run.gradients.append(grad.clone())
        self._send({"go": not self._run.stopped, "grad": grad})

    def _look_at(self, message: dict[str, Any]) -> None:
        """Note the weights after a step or an epoch; say whether to go on."""
        run, w = self._run, self._checked(message["w"])
        if not bool(w.isfinite().all()):
            raise wire.WireError("the student side would have said so")
        if run.steps <= FOLLOWED_STEPS:
            run.returned.append({"w": w, **self._state(message.get("state"))})
            if self._plan.own_gradient:
                run.gradients.append(self._checked(message.get("grad"), finite=False))
            if run.steps == FOLLOWED_STEPS and not bool(w.any()):
                run.stopped = f"w is still 0 after {FOLLOWED_STEPS} steps."
        if self._waits(message):
            self._send({"go": not run.stopped})
        if run.steps % self._epoch == 0 and not run.stopped:  # meanwhile the next epoch has begun
            self._look_at_epoch(w)

    def _state(self, found: Any) -> dict[str, Tensor]:
        names = [name for name, zeros in self._plan.recipe.state.items() if zeros]
        if not isinstance(found, dict):
            raise wire.WireError("what came is no state")
        return {name: self._checked(found.get(name)) for name in names}

    def _look_at_epoch(self, w: Tensor) -> None:
        run, before = self._run, self._run.measured[-1]
        self._measure(w)
        if run.measured[-1] == before:
            run.stopped = f"Nothing changed in epoch {run.epochs}: loss and accuracy are what they were before it."
        elif run.measured[-1].loss >= run.measured[0].loss:
            run.stopped = f"After epoch {run.epochs} the loss was above its start: training made it worse."

    def _measure(self, w: Tensor) -> None:
        data = self._plan.data
        self._run.measured.append(Measured(*data.measured(w), *data.measured_in_training(w)))

    def _checked(self, value: Any, finite: bool = True) -> Tensor:
        if not isinstance(value, Tensor) or value.shape != plan_shape(self._plan) or not value.is_floating_point():
            if finite:
                raise wire.WireError("what came are no weights")
            return torch.full(plan_shape(self._plan), math.nan)  # a gradient of another shape: no right one
        return value.float()

    def _ended(self, message: dict[str, Any]) -> None:
        run = self._run
        if run.stopped:
            return
        error = message.get("error")
        error = error if isinstance(error, dict) else {}
        text = ": ".join(str(error.get(name, ""))[:1000] for name in ("type", "message") if error.get(name))
        match message["ended"]:
            case "no data":
                raise CannotJudge(f"the student side can't read the training images ({text}): grade again")
            case "not finite":
                run.stopped = f"In step {run.steps} w became NaN or infinite."
            case "refused":
                self._refused(str(message.get("function", ""))[:100], error, text)

    def _refused(self, function: str, error: dict[str, Any], text: str) -> None:
        run = self._run
        if self._plan.device != "cpu" and ("CUDA" in text or "cuda" in text):
            raise DeviceLostError(f"{self._plan.device} failed in step {run.steps} ({text[:300]}): grade again")
        run.function = function
        if error.get("type") == "KeyError" and error.get("message") == repr(function):
            run.missing = function
            run.stopped = f"{function} is not defined at this point of the notebook."
            return
        line = str(error.get("line", ""))[:200]
        at = f" (in the line `{line}`)" if line else ""
        run.stopped = f"{function} failed in step {run.steps}: {text}{at}."


def plan_shape(plan: Plan) -> torch.Size:
    """Return the shape of a plan's weights."""
    return torch.Size((plan.data.validation[0].shape[1], CLASSES))
