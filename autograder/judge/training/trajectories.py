"""Names the misconception whose formula takes the very steps that a student's optimiser took."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.judge.diagnosis.diagnose import Diagnosis
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.registry import Misconception, Symptom
from autograder.judge.training.recipe import Recipe
from autograder.judge.training.supervisor import Trained

ROUNDING = 1e-4  # of the largest value: how far two ways of computing the same steps in float32 may be apart


def named(run: Trained, recipe: Recipe, canonical: str, known: Sequence[Misconception]) -> Diagnosis | None:
    """Return the first of the ``known`` misconceptions that explains all first steps of a run; None if none does.

    ``canonical`` is the code of the right answer that they are edits of. Raises RegistryError when an entry makes no
    sense.
    """
    for entry in known:
        if entry.cause is None and entry.symptom is not Symptom.UNSTEADY:
            for code in entry.variants(canonical):
                if explains(Formula((entry.slug,), code), run, recipe):
                    return Diagnosis(entry.slug, entry.hint)
    return None


def explains(formula: Formula, run: Trained, recipe: Recipe) -> bool:
    """Return whether a formula takes a run's first steps, given its gradients."""
    count = len(run.returned)
    steps = replayed(formula, run.gradients[:count], recipe, run.plan.first_rates(count))
    try:
        return bool(run.returned) and all(_same(returned, next(steps)) for returned in run.returned)
    except Exception:  # a formula that raises takes no steps
        return False


def replayed(
    formula: Formula, gradients: Sequence[Tensor], recipe: Recipe, etas: Sequence[float]
) -> Iterator[dict[str, Any]]:
    """Yield w and the state after each step of a formula from w = 0, as the student side would have taken them."""
    names: dict[str, Any] = {"torch": torch, "np": np, "numpy": np, "math": math, "F": F}
    exec(formula.compiled, names)
    w = torch.zeros_like(gradients[0])
    state: dict[str, Any] = {name: torch.zeros_like(w) if zeros else None for name, zeros in recipe.state.items()}
    for t, (grad, eta) in enumerate(zip(gradients, etas, strict=True), start=1):
        known = {**state, "w": w, "grad": grad.clone(), "eta": eta, "t": t}
        arguments = [known[value] if isinstance(value, str) else value for value in recipe.arguments]
        with warnings.catch_warnings(), np.errstate(all="ignore"), torch.no_grad():
            warnings.simplefilter("ignore")
            back = dict(zip(recipe.returns, names[recipe.step](*arguments), strict=True))
        w = back.pop("w").float()
        state = back
        yield {"w": w.clone(), **state}


def _same(yours: dict[str, Tensor], theirs: dict[str, Any]) -> bool:
    return all(_close(value, theirs[name]) for name, value in yours.items())


def _close(yours: Tensor, theirs: Tensor) -> bool:
    largest = theirs.abs().nan_to_num(posinf=0.0).max()  # a state may become infinite while w is not
    return bool(((yours == theirs) | ((yours - theirs).abs() <= ROUNDING * largest)).all())
