"""The judge's end of a training run: says go on or stop, and measures what the weights are worth."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from autograder import wire
from autograder.judge.connection import Copy, broken
from autograder.judge.errors import CannotJudge
from autograder.judge.stopwatch import StalledError, Stopwatch
from autograder.judge.student_fixture import VANISHED, death_of
from autograder.judge.training.measuring import worth
from autograder.judge.training.run import End, Plan, Trained

OUT_OF_TIME = "The time for one training run was used up"


class DeviceLostError(CannotJudge):
    """The GPU failed in the middle of a run: that is worth another try."""


def train(copy: Copy, plan: Plan) -> Trained:
    """Have a copy of the student's kernel train.

    Whatever the student's functions do is in the result. Raises CannotJudge where it isn't theirs, StalledError where
    it may not be.
    """
    return _Supervisor(copy, plan).train()


class _Supervisor:
    def __init__(self, copy: Copy, plan: Plan):
        self._copy, self._plan, self._recipe = copy, plan, plan.recipe
        self._run = Trained(plan, plan.recipe.start(plan.seed))
        self._weights = [name for name in self._run.start if name not in plan.recipe.state]
        self._began = time.monotonic()
        self._stopwatch = Stopwatch(copy, plan.budget, plan.patience)
        self._batches: Iterator[tuple[Tensor, Tensor]] | None = None  # for the judge's help
        epochs = len(plan.rates)
        self._most = math.inf if plan.recipe.own_batches else plan.steps_per_epoch * epochs

    def train(self) -> Trained:
        run = self._run
        try:
            self._send({"watch": list(self._plan.watched), "train": self._plan.request(run.start)})
            self._measure(run.start)  # meanwhile the first steps are made
            while not self._take(self._receive()):
                pass
        except TimeoutError:
            self._copy.kill()
            self._late()
        except StalledError:
            self._copy.kill()
            raise
        except EOFError:
            death = death_of(self._copy)
            if self._copy.vanished:
                raise CannotJudge(VANISHED) from None
            run.stop(End.DIED, f"The training ended its process after step {run.steps}: {death}.")
        except wire.WireError:
            self._copy.kill()
            run.stop(End.NO_TRAINING, "What came back is no training: the code interferes with the grader.")
        if not run.measured:  # it ended before it was told anything
            self._measure(run.start)
        run.seconds = time.monotonic() - self._began
        return run

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
        run, plan = self._run, self._plan
        if not self._stopwatch.lap_is_over:
            sentence = f"{OUT_OF_TIME} ({plan.budget:g} s) in epoch {run.epochs + 1}, after step {run.steps}."
            run.stop(End.OUT_OF_TIME, sentence)
        else:
            run.stop(End.SILENT, f"After step {run.steps} nothing came back for {plan.patience:g} s.")

    def _take(self, message: dict[str, Any]) -> bool:
        """Answer one message; return whether it was the last one."""
        run = self._run
        if "broken" in message:
            raise broken(message)
        if "no_memory" in message:
            run.stop(End.NO_MEMORY, f"After step {run.steps} there was no memory left.")
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
            run.stop(End.FORBIDDEN, f"It uses {run.used}, which this question asks you to do without.")
        if "ended" in message:
            self._ended(message)
            return True
        if "wanted" in message:
            self._help(message.get("weights"))
        elif "weights" in message:
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
        return "wanted" in message or ("weights" in message and self._run.steps >= self._recipe.followed)

    def _help(self, found: Any) -> None:
        """Give what a right part would, on the next mini-batch, in float32 as a student would."""
        helped, names = self._recipe.helped, self._some(found)
        if helped is None or not self._offers_help:
            raise wire.WireError("nobody has offered help")
        weights = self._checked(found, names)
        self._batches = self._batches or self._plan.batches()
        X, y = next(self._batches)
        given: Tensor = helped(X, y, weights).float()
        if len(self._run.told) < self._recipe.followed:
            self._run.told.append(given.clone())
        self._send({"go": not self._run.stopped, "given": given})

    @property
    def _offers_help(self) -> bool:
        """Whether the judge does what a part would, in this run."""
        return any(self._recipe.parts[name].stand_in == "" for name in self._plan.replaced)

    def _look_at(self, message: dict[str, Any]) -> None:
        """Note the weights after a step or an epoch; say whether to go on."""
        run, followed, epoch = self._run, self._recipe.followed, message.get("epoch")
        early = run.steps <= followed
        found = self._checked(message["weights"], list(run.start) if early else self._weights)
        if not all(bool(found[name].isfinite().all()) for name in self._weights):
            raise wire.WireError("the student side would have said so")
        if epoch is not None and not self._is_due(epoch):
            raise wire.WireError("this epoch is not over")
        if early:
            run.returned.append(found)
            self._note_told(message.get("gave"))
            if run.steps == followed and all(torch.equal(found[name], run.start[name]) for name in self._weights):
                what = "the weights are" if len(self._weights) > 1 else f"{self._weights[0]} is"
                run.stop(End.STANDS_STILL, f"After {followed} steps {what} still as at the start.")
        if self._waits(message):
            self._send({"go": not run.stopped})
        if epoch is not None and not run.stopped:  # meanwhile the next epoch has begun
            self._look_at_epoch(found)

    def _is_due(self, epoch: Any) -> bool:
        """Whether that epoch can be over now."""
        if type(epoch) is not int or epoch != self._run.epochs + 1 or epoch > len(self._plan.rates):
            return False
        return self._recipe.own_batches or self._run.steps == epoch * self._plan.steps_per_epoch

    def _note_told(self, gave: Any) -> None:
        part = self._recipe.told
        if part and part not in self._plan.replaced:
            value: Any = gave.get(part) if isinstance(gave, dict) else None
            like = next(iter(self._run.start.values()))
            fits = isinstance(value, Tensor) and value.shape == like.shape and value.is_floating_point()
            self._run.told.append(value.float() if fits else torch.full_like(like, math.nan))  # no right one

    def _look_at_epoch(self, weights: Mapping[str, Tensor]) -> None:
        run, before = self._run, self._run.measured[-1]
        self._measure(weights)
        if run.measured[-1] == before:
            sentence = f"Nothing changed in epoch {run.epochs}: loss and accuracy are what they were before it."
            run.stop(End.STANDS_STILL, sentence)
        elif run.measured[-1].loss >= run.measured[0].loss:
            sentence = f"After epoch {run.epochs} the loss was above its start: training made it worse."
            run.stop(End.GETS_WORSE, sentence)

    def _measure(self, weights: Mapping[str, Tensor]) -> None:
        self._run.measured.append(worth(self._plan, weights))

    def _some(self, found: Any) -> list[str]:
        """Return the names in what came, if they are of the start's, and all weights among them."""
        names = list(found) if isinstance(found, dict) else []
        if not set(self._weights) <= set(names) <= set(self._run.start):
            raise wire.WireError("what came are other weights")
        return names

    def _checked(self, found: Any, names: list[str]) -> dict[str, Tensor]:
        """Return tensors with exactly these names, each with the start's shape and dtype."""
        if not isinstance(found, dict) or set(found) != set(names):
            raise wire.WireError("what came are no weights")
        return {name: self._like(found[name], self._run.start[name]) for name in names}

    def _like(self, value: Any, like: Tensor) -> Tensor:
        fits = isinstance(value, Tensor) and value.shape == like.shape
        if not fits or value.is_floating_point() is not like.is_floating_point():
            raise wire.WireError("what came are no weights")
        return torch.as_tensor(value, dtype=like.dtype)

    def _ended(self, message: dict[str, Any]) -> None:
        run = self._run
        error = message.get("error")
        error = error if isinstance(error, dict) else {}
        text = ": ".join(str(error.get(name, ""))[:1000] for name in ("type", "message") if error.get(name))
        if run.stopped:
            return
        match message["ended"]:
            case "no data":
                raise CannotJudge(f"the student side can't read the training images ({text}): grade again")
            case "not finite":
                name = message.get("name")
                name = name if name in self._weights else "a weight"
                run.stop(End.NOT_FINITE, f"In step {run.steps} {name} became NaN or infinite.")
            case "missing":
                run.function = str(message.get("function", ""))[:100]
                run.stop(End.MISSING, f"{run.function} is not defined at this point of the notebook.")
            case "refused":
                self._refused(str(message.get("function", ""))[:100], error, text)

    def _refused(self, function: str, error: dict[str, Any], text: str) -> None:
        run = self._run
        if self._plan.device != "cpu" and ("CUDA" in text or "cuda" in text):
            raise DeviceLostError(f"{self._plan.device} failed in step {run.steps} ({text[:300]}): grade again")
        run.function, run.error = function, text
        line = str(error.get("line", ""))[:200]
        at = f" (in the line `{line}`)" if line else ""
        when = f"in step {run.steps}" if run.steps else "before the first step"
        run.stop(End.FAILED, f"{function or 'The training'} failed {when}: {text}{at}.")
