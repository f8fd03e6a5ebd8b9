"""Names the misconception whose formula takes the very steps that a student's optimiser took."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.judge.diagnosis.diagnose import Diagnosis
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.registry import Misconception
from autograder.judge.training.run import Plan, Trained

ROUNDING = 1e-4  # of the largest value: how far two ways of computing the same steps in float32 may be apart


def named(run: Trained, canonical: str, known: Sequence[Misconception]) -> Diagnosis | None:
    """Return the first of the ``known`` misconceptions that explains all first steps of a run; None if none does.

    None, too, where the right answer would explain them as well: many a mistake makes no difference in training, and
    none of these is what is wrong. ``canonical`` is the code of the right answer that they are edits of. Raises
    RegistryError when an entry makes no sense.
    """
    if explains(Formula((), canonical), run):
        return None
    for entry in known:
        if entry.is_a_formula:
            for code in entry.variants(canonical):
                if explains(Formula((entry.slug,), code), run):
                    return Diagnosis(entry.slug, entry.hint)
    return None


def explains(formula: Formula, run: Trained) -> bool:
    """Return whether a formula takes a run's first steps, given what the judge was told of them."""
    steps = replayed(formula, run)
    try:
        return bool(run.returned) and all(_same(returned, next(steps)) for returned in run.returned)
    except Exception:  # a formula that raises takes no steps
        return False


def replayed(formula: Formula, run: Trained) -> Iterator[dict[str, Any]]:
    """Yield what the driver makes of each step with a formula in place of the answer, as the student side would have.

    In place of the part that the judge was told of, it is given what that one gave; in place of others the right ones.
    """
    recipe = run.plan.recipe
    names: dict[str, Any] = {"torch": torch, "np": np, "numpy": np, "math": math, "F": F}
    exec(formula.compiled, names)
    parts: dict[str, Any] = {}
    for parameter, part in recipe.parts.items():
        if part.question == recipe.answer:
            parts[parameter] = names[part.name]
        else:
            parts[parameter] = recipe.stand_in(part.stand_in) if part.stand_in else None
    first = run.first_steps
    start = {name: value.clone() for name, value in first.start.items()}
    driver = recipe.driver(start=start, settings=run.plan.settings(), batches=_Epochs(run.plan), **parts)
    told, answer = iter(first.told), None
    while True:
        with warnings.catch_warnings(), np.errstate(all="ignore"), torch.no_grad():
            warnings.simplefilter("ignore")
            given = driver.send(answer)
        answer = None
        if isinstance(given, tuple):
            answer = next(told).clone()
        else:
            yield {name: value.clone().float() for name, value in given.items() if name in run.start}


class _Epochs:
    """A run's mini-batches, an epoch at a time."""

    def __init__(self, plan: Plan) -> None:
        self._batches, self._count = plan.batches(), plan.steps_per_epoch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return islice(self._batches, self._count)


def _same(yours: dict[str, Tensor], theirs: dict[str, Any]) -> bool:
    return all(_close(value, theirs[name]) for name, value in yours.items())


def _close(yours: Tensor, theirs: Tensor) -> bool:
    largest = theirs.abs().nan_to_num(posinf=0.0).max()  # a state may become infinite while w is not
    return bool(((yours == theirs) | ((yours - theirs).abs() <= ROUNDING * largest)).all())
