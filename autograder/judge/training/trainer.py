"""``training``: the fixture through which a hidden test asks where training with the student's answers leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from torch import Tensor

from autograder.judge import describe
from autograder.judge.answer_checks import StudentFailed
from autograder.judge.connection import Copy
from autograder.judge.evidence import TrainingResult
from autograder.judge.missing_names import undefined_name
from autograder.judge.number_format import apart, difference
from autograder.judge.training.device import turn
from autograder.judge.training.recipe import Recipe
from autograder.judge.training.run import End, Plan, Trained
from autograder.judge.training.supervisor import DeviceLostError, train
from autograder.judge.training.thresholds import Thresholds, thresholds
from autograder.judge.training.training_setting import TrainingSetting
from autograder.judge.wrong_numbers import worst

ATTEMPTS = 2  # at a run in which the GPU was lost


class Trainer:
    """Trains once for all tests of a question, when the first of them asks.

    A part whose own question has failed is replaced by the right one: an error is carried forward, it does not cost
    twice. Where a part's question was not judged here, or the judge can help in its place, training is tried with the
    student's own; where that does not get there, and the part may be to blame, again with the right one, which then
    decides.
    """

    def __init__(
        self,
        recipe: Recipe,
        open_copy: Callable[[], Copy],
        place: Callable[[], TrainingSetting],
        why_missing: Callable[[str], str] = lambda name: "",
        about_time: Callable[[], str] = str,
        has_failed: Callable[[str], bool | None] = lambda question: None,
    ):
        self.recipe, self._open_copy, self._find_place = recipe, open_copy, place
        self._why_missing = why_missing  # why a part, or a name it uses, is not defined, or ""
        self._about_time = about_time  # what is to be said to one who ran out of it, or ""
        self._has_failed = has_failed  # whether a question's own tests have failed; None: they were not run here
        self.runs: list[Trained] = []

    @cached_property
    def place(self) -> TrainingSetting:
        """Where training takes place; raises CannotJudge where it can't."""
        return self._find_place()

    @cached_property
    def thresholds(self) -> Thresholds:
        """What is asked for. Raises CannotJudge where that is not known."""
        return thresholds(self.place.assignment, self.recipe.section(self.place.data.name), self.recipe.name)

    @cached_property
    def judged(self) -> Trained:
        """The run that decides."""
        wanted = self.thresholds  # without them nothing needs to be trained
        replaced = self._known_as_wrong()
        best = self._best(replaced)
        if self.follows(best) and reached(best, wanted):
            return best
        suspects = self._suspects(replaced)
        return self._best((*replaced, *suspects)) if suspects else best

    def _known_as_wrong(self) -> tuple[str, ...]:
        """Return the parts that are replaced from the first."""
        parts = self.recipe.parts.items()
        return tuple(name for name, part in parts if part.stand_in and self._has_failed(part.question))

    def _suspects(self, replaced: tuple[str, ...]) -> list[str]:
        """Return the parts that may be to blame for runs in which some others were replaced."""
        found = []
        for name, part in self.recipe.parts.items():
            if part.stand_in is None or name in replaced:
                continue
            knows = self._has_failed(part.question) is False
            is_right = knows if part.stand_in else any(self._is_right(run, name) for run in self.runs)
            found += [] if is_right else [name]
        return found

    def _best(self, replaced: tuple[str, ...]) -> Trained:
        """Train with one learning rate after another, until it is good enough; return the best run."""
        found: list[Trained] = []
        for eta in self.recipe.etas:
            found.append(self._train(eta, replaced))
            if reached(found[-1], self.thresholds):
                return found[-1]
            if found[-1].end.is_broken_off and self._suspects(replaced):  # with all learning rates
                break
        return max(found, key=lambda run: (run.epochs, -run.measured[-1].loss))

    def _train(self, eta: float, replaced: tuple[str, ...]) -> Trained:
        for attempt in range(ATTEMPTS):
            try:
                self.runs.append(self._train_once(eta, replaced))
                return self.runs[-1]
            except DeviceLostError:
                if attempt == ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _train_once(self, eta: float, replaced: tuple[str, ...]) -> Trained:
        place = self.place
        plan = Plan(
            *(self.recipe, place.data, place.folder, eta, replaced),
            device=place.device if place.device == "cpu" else "cuda:0",  # the student side sees one GPU only
            watched=place.watched,
            patience=place.patience,
            budget=max(place.settings.budget, self.recipe.seconds),
        )
        with turn(place.device, place.settings.per_device):
            copy = self._open_copy()
            try:
                return train(copy, plan)
            finally:
                copy.close()

    def _is_right(self, run: Trained, part: str) -> bool:
        """Whether nothing speaks against a part that the judge can help with: then its help would change nothing."""
        recipe = self.recipe
        if part != recipe.told or run.function == recipe.parts[part].name or run.used:
            return False
        if run.end.is_broken_off or run.end is End.NOT_FINITE or len(run.told) < recipe.followed:
            return False
        assert recipe.helped is not None and recipe.tolerance is not None
        weights, batches = run.start, run.plan.batches()
        for told, after in zip(run.told, run.returned, strict=False):
            arguments = (*next(batches), weights)
            off = (told.double() - recipe.helped(*arguments)).abs()
            if not bool((off <= recipe.tolerance(*arguments)).all()):
                return False
            weights = after
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
            raise StudentFailed(f"Step {left[0]} of {self.recipe.followed} leaves the right path: {left[1]}.")
        if len(run.returned) < self.recipe.followed:
            raise StudentFailed(self._why(run))
        if self.recipe.told and not any(bool(told.any()) for told in run.told):  # nobody can leave a path without one
            raise StudentFailed("All gradients were 0.")

    def must_converge(self) -> None:
        """Raise StudentFailed unless loss and accuracy on the validation images were good enough in the end."""
        run = self.judged
        self._must_be_allowed(run)
        if reached(run, self.thresholds):
            return
        if run.end not in (End.DONE, End.OUT_OF_TIME):
            raise StudentFailed(self._why(run))
        if run.ended_early:
            raise StudentFailed(
                f"The training was over after {run.epochs} of {len(run.plan.rates)} epochs: an epoch goes through all "
                "batches once."
            )
        if run.epochs == 0:
            raise StudentFailed(f"{self._why(run)} Not a single epoch was finished: too slow.")
        raise StudentFailed(f"{_short_of(run, self.thresholds)} {self._why(run)}".rstrip())

    def _why(self, run: Trained) -> str:
        name = run.function if run.end is End.MISSING else undefined_name(run.error)
        if missing := self._why_missing(name) if name else "":
            return f"{run.stopped.removesuffix('.')}: {missing}."
        too_slow = run.end in (End.OUT_OF_TIME, End.SILENT)
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
    return recipe.trajectory is None or (len(run.returned) == recipe.followed and leaves(recipe, run) is None)


def leaves(recipe: Recipe, run: Trained) -> tuple[int, str] | None:
    """Return the first step that is not the right answer's, and what is wrong with it; None if there is none."""
    assert recipe.trajectory is not None
    right = recipe.trajectory(run.first_steps) if run.returned else iter(())
    weights = [name for name in run.start if name not in recipe.state]
    for step, (returned, wanted) in enumerate(zip(run.returned, right, strict=False), start=1):
        for name, (value, tolerance) in wanted.items():
            what = "weights" if [name] == weights else f"entries of {name}"
            wrong = _off(what, returned[name], value, tolerance)
            if wrong:
                return step, wrong
    return None


def _off(what: str, value: Tensor, wanted: Tensor, tolerance: Tensor) -> str:
    """Return where what a step gave back is not what was wanted; "" where it is."""
    off = (value.double() - wanted).abs()
    bad = ~(off <= tolerance)
    if not bool(bad.any()):
        return ""
    at = worst(value.double(), wanted, bad)
    first, second = float(value[tuple(at)]), float(wanted[tuple(at)])
    yours, right = apart(first, second, value.dtype)
    by = f", {small}" if (small := difference(first, second)) else ""
    return (
        f"{int(bad.sum())} of {value.numel()} {what} are off; at {at} yours is {yours}, "
        f"but it should be about {right}{by}"
    )


def reached(run: Trained, wanted: Thresholds) -> bool:
    """Return whether a run was good enough. One that was out of time is judged by its last whole epoch."""
    if run.used or run.epochs == 0 or run.ended_early or run.end not in (End.DONE, End.OUT_OF_TIME):
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
    """Return the run that decided, after the best of those with less replaced, if there are any."""
    decided = [run for run in runs if run is judged]
    least = min(len(run.plan.replaced) for run in runs)
    if decided and len(decided[0].plan.replaced) == least:
        return decided
    own = [run for run in runs if run is not judged and len(run.plan.replaced) == least]
    return [*sorted(own, key=lambda run: (-run.epochs, run.measured[-1].loss))[:1], *decided]
