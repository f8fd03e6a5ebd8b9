"""``training``: the fixture through which a hidden test asks where training with the student's answers leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from autograder.judge import describe
from autograder.judge.answer_checks import StudentFailed
from autograder.judge.connection import Copy
from autograder.judge.evidence import TrainingResult
from autograder.judge.missing_names import undefined_name
from autograder.judge.number_format import apart, difference
from autograder.judge.training.device import turn
from autograder.judge.training.recipe import BATCH, FOLLOWED_STEPS, Recipe
from autograder.judge.training.supervisor import DeviceLostError, Plan, Trained, train
from autograder.judge.training.thresholds import Thresholds, thresholds
from autograder.judge.training.training_setting import TrainingSetting
from autograder.judge.wrong_numbers import worst

ATTEMPTS = 2  # at a run in which the GPU was lost


class Trainer:
    """Trains once for all tests of a question, when the first of them asks.

    First with the student's own gradient; where that does not get there and the gradient may be to blame, again with
    the right one, which then decides: an error is carried forward, it does not cost twice.
    """

    def __init__(
        self,
        recipe: Recipe,
        open_copy: Callable[[], Copy],
        place: Callable[[], TrainingSetting],
        why_missing: Callable[[str], str] = lambda name: "",
        about_time: Callable[[], str] = str,
    ):
        self.recipe, self._open_copy, self._find_place = recipe, open_copy, place
        self._why_missing = why_missing  # why the step, or a name it uses, is not defined, or ""
        self._about_time = about_time  # what is to be said to one who ran out of it, or ""
        self.runs: list[Trained] = []

    @cached_property
    def place(self) -> TrainingSetting:
        """Where training takes place; raises CannotJudge where it can't."""
        return self._find_place()

    @cached_property
    def thresholds(self) -> Thresholds:
        """What is asked for. Raises CannotJudge where that is not known."""
        return thresholds(self.place.assignment, self.place.data.name, self.recipe.name)

    @cached_property
    def judged(self) -> Trained:
        """The run that decides."""
        wanted = self.thresholds  # without them nothing needs to be trained
        best = self._best(own_gradient=True)
        if self.follows(best) and reached(best, wanted):
            return best
        if any(self._gradient_is_right(run) for run in self.runs):
            return best
        return self._best(own_gradient=False)

    def _best(self, own_gradient: bool) -> Trained:
        """Train with one learning rate after another, until it is good enough; return the best run."""
        found: list[Trained] = []
        for eta in self.recipe.etas:
            found.append(self._train(eta, own_gradient))
            if reached(found[-1], self.thresholds):
                return found[-1]
            if own_gradient and found[-1].broken_off:  # it may be the gradient's doing, with all learning rates
                break
        return max(found, key=lambda run: (run.epochs, -run.measured[-1].loss))

    def _train(self, eta: float, own_gradient: bool) -> Trained:
        for attempt in range(ATTEMPTS):
            try:
                self.runs.append(self._train_once(eta, own_gradient))
                return self.runs[-1]
            except DeviceLostError:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _train_once(self, eta: float, own_gradient: bool) -> Trained:
        place = self.place
        plan = Plan(
            *(self.recipe, place.data, place.folder, eta, own_gradient),
            device=place.device if place.device == "cpu" else "cuda:0",  # the student side sees one GPU only
            watched=place.watched,
            patience=place.patience,
            budget=place.settings.budget,
        )
        with turn(place.device, place.settings.per_device):
            copy = self._open_copy()
            try:
                return train(copy, plan, place.right_gradient)
            finally:
                copy.close()

    def _gradient_is_right(self, run: Trained) -> bool:
        """Whether nothing speaks against the student's gradient in a run: then the right one would change nothing."""
        if run.function == self.recipe.gradient or run.used or run.broken_off or len(run.gradients) < FOLLOWED_STEPS:
            return False
        if run.stopped and "NaN" in run.stopped:
            return False
        w = torch.zeros_like(run.gradients[0])
        batches = self.place.data.batches(run.plan.seed, BATCH)
        for grad, after in zip(run.gradients, run.weights, strict=False):
            X, ystar = next(batches)
            off = (grad.double() - self.place.right_gradient(X, ystar, w)).abs()
            if not bool((off <= self.place.gradient_tolerance(X, ystar, w)).all()):
                return False
            w = after
        return True

    def follows(self, run: Trained) -> bool:
        """Return whether the first steps of a run are the right answer's, up to rounding."""
        return follows(self.recipe, run)

    def must_follow(self) -> None:
        """Raise StudentFailed unless the first steps were the right answer's."""
        run = self.judged
        self._must_be_allowed(run)
        left = leaves(self.recipe, run)
        if left is not None:
            raise StudentFailed(f"Step {left[0]} of {FOLLOWED_STEPS} leaves the right path: {left[1]}.")
        if len(run.returned) < FOLLOWED_STEPS:
            raise StudentFailed(self._why(run))
        if not any(bool(grad.any()) for grad in run.gradients):  # nobody can leave a path without one
            raise StudentFailed("All gradients were 0.")

    def must_converge(self) -> None:
        """Raise StudentFailed unless loss and accuracy on the validation images were good enough in the end."""
        run = self.judged
        self._must_be_allowed(run)
        if reached(run, self.thresholds):
            return
        if run.stopped and not run.out_of_time:
            raise StudentFailed(self._why(run))
        if run.epochs == 0:
            raise StudentFailed(f"{self._why(run)} Not a single epoch was finished: too slow.")
        raise StudentFailed(f"{_short_of(run, self.thresholds)} {self._why(run)}".rstrip())

    def _why(self, run: Trained) -> str:
        name = self.recipe.step if run.missing == self.recipe.step else undefined_name(run.stopped)
        if missing := self._why_missing(name) if name else "":
            return f"{run.stopped.removesuffix('.')}: {missing}."
        too_slow = run.out_of_time or "nothing came back" in run.stopped
        return f"{run.stopped} {self._about_time()}".rstrip() if too_slow else run.stopped

    def _must_be_allowed(self, run: Trained) -> None:
        if run.used:
            raise StudentFailed(run.stopped)

    def evidence(self) -> TrainingResult | None:
        """Return what the runs have shown; None where there was none."""
        if not self.runs:
            return None
        judged = self.__dict__.get("judged")
        curves = tuple(run.curve(run is judged) for run in _telling(self.runs, judged))
        return TrainingResult(self.place.data.name, self.place.device, curves, self.thresholds.band)


def follows(recipe: Recipe, run: Trained) -> bool:
    """Return whether the first steps of a run are the right answer's, up to rounding; True where there is none."""
    return recipe.trajectory is None or (len(run.returned) == FOLLOWED_STEPS and leaves(recipe, run) is None)


def leaves(recipe: Recipe, run: Trained) -> tuple[int, str] | None:
    """Return the first step that is not the right answer's, and what is wrong with it; None if there is none."""
    assert recipe.trajectory is not None
    gradients = run.gradients[: len(run.returned)]
    right = recipe.trajectory(gradients, run.plan.first_rates(len(gradients))) if gradients else iter(())
    for step, (returned, wanted) in enumerate(zip(run.returned, right, strict=False), start=1):
        for name, value in returned.items():
            wrong = _off(name, value, *wanted[name])
            if wrong:
                return step, wrong
    return None


def _off(name: str, value: Tensor, wanted: Tensor, tolerance: Tensor) -> str:
    """Return where what a step gave back is not what was wanted; "" where it is."""
    off = (value.double() - wanted).abs()
    bad = ~(off <= tolerance)
    if not bool(bad.any()):
        return ""
    at = worst(value.double(), wanted, bad)
    first, second = float(value[tuple(at)]), float(wanted[tuple(at)])
    yours, right = apart(first, second, value.dtype)
    by = f", {small}" if (small := difference(first, second)) else ""
    what = "weights" if name == "w" else f"entries of {name}"
    return (
        f"{int(bad.sum())} of {value.numel()} {what} are off; at {at} yours is {yours}, "
        f"but it should be about {right}{by}"
    )


def reached(run: Trained, wanted: Thresholds) -> bool:
    """Return whether a run was good enough. One that was out of time is judged by its last whole epoch."""
    if run.used or run.epochs == 0 or (run.stopped and not run.out_of_time):
        return False
    return wanted.reached(run.epochs, run.measured[-1].loss, run.measured[-1].accuracy)


def _short_of(run: Trained, wanted: Thresholds) -> str:
    """Return how a run was not good enough, in numbers with digits enough to show it."""
    epoch, last = run.epochs, run.measured[-1]
    loss, most = describe.unequal(last.loss, wanted.band.most_loss[epoch], 4)
    accuracy, least = describe.unequal(last.accuracy, wanted.band.least_accuracy[epoch], 2, "%")
    epochs = "1 epoch" if epoch == 1 else f"{epoch} epochs"
    text = f"After {epochs} the validation loss is {loss} and the accuracy {accuracy}; "
    return f"{text}at most {most} and at least {least} were expected."


def _telling(runs: Sequence[Trained], judged: Any) -> list[Trained]:
    """Return the run that decided, after the best with the student's own gradient if that is another one."""
    own = [run for run in runs if run.plan.own_gradient and run is not judged]
    decided = [run for run in runs if run is judged]
    if decided and decided[0].plan.own_gradient:
        return decided
    return [*sorted(own, key=lambda run: (-run.epochs, run.measured[-1].loss))[:1], *decided]
