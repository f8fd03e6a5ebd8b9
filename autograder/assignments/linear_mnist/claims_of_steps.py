"""What hints about a step of an optimiser have in common: claims that are asked of any of them.

A step is asked with one setting or input changed at a time. What comes back may be in another order: w is what moves
with w, v what moves with v. Each time the answer is a fresh one, so that nothing is left of the time before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.claims import Claim, Trial, attempt, call

Changed = Any  # inputs and settings of a step, by their names


def near(one: float, other: float) -> bool:
    """Return whether two numbers are the same but for rounding, and finite."""
    return math.isfinite(one) and math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-10)


@dataclass(frozen=True)
class Function:
    """The function of a step: its name, its usual inputs and settings, and which of them come back changed."""

    name: str
    usual: Mapping[str, Any]
    state: tuple[str, ...]

    def call(self, **changed: Changed) -> Trial:
        """Ask for a step."""
        return call(self.name, *{**self.usual, **changed}.values())

    def single(self) -> Trial:
        """Ask for a step in float32."""
        return self.call(**{name: self.usual[name].float() for name in (*self.state, "grad")})

    def nudged(self, factor: float) -> Trial:
        """Ask for a step with the gradient multiplied by a factor."""
        return self.call(grad=self.usual["grad"] * factor)

    def changes_gradient(self) -> Claim:
        """Claim that the gradient is changed."""
        return claims.changes(list(self.usual).index("grad"), self.name, *self.usual.values())

    def keeps_something(self) -> Claim:
        """Claim that an earlier call makes a difference."""
        return claims.keeps_state(self.call(), self.call(grad=3 * self.usual["grad"]))


@dataclass(frozen=True)
class Step:
    """An answer's steps."""

    function: Function
    answer: Any

    def parts(self, **changed: Changed) -> list[Tensor]:
        """Return what comes back, in the order it has; NaN for what doesn't."""
        value = attempt(self.function.call(**changed), self.answer.fresh())
        missing = torch.full_like(self.function.usual["w"], math.nan)
        found = [value] if isinstance(value, Tensor | np.ndarray) else list(value) if claims.finite(value) else []
        found = [claims.numbers(part) for part in found] + [missing] * len(self.function.state)
        return [part if part.shape == missing.shape else missing for part in found[: len(self.function.state)]]

    def order(self) -> list[int]:
        """Return where w, and m or m and v, stand in what comes back: what moves most with w, then with v."""
        left = list(range(len(self.function.state)))
        places: dict[str, int] = {}
        for name in ("w", "v"):
            if name in self.function.state:
                moved = self._moved(name)
                places[name] = max(left, key=lambda i: moved[i])
                left.remove(places[name])
        return [places.get(name, left[0]) for name in self.function.state]

    def _moved(self, name: str) -> list[float]:
        usual = self.function.usual[name]
        pairs = zip(self.parts(), self.parts(**{name: usual + 1}), strict=True)
        return [float((other - one).nan_to_num().abs().max()) for one, other in pairs]

    def after(self, **changed: Changed) -> dict[str, Tensor]:
        """Return what comes back, by name."""
        parts = self.parts(**changed)
        return {name: parts[i] for name, i in zip(self.function.state, self.order(), strict=True)}

    def given(self, name: str, **changed: Changed) -> Tensor:
        """Return an input as it was before the step."""
        tensor: Tensor = {**self.function.usual, **changed}[name]
        return tensor


def of_step(function: Function) -> Callable[[Callable[[Step], bool]], Claim]:
    """Return what makes a claim about an answer of one about its steps."""

    def made(claim: Callable[[Step], bool]) -> Claim:
        def asked(answer: Any) -> bool:
            return claim(Step(function, answer))

        asked.__qualname__, asked.__doc__ = claim.__qualname__, claim.__doc__
        return asked

    return made


def swapped(step: Step) -> bool:
    """What moves with w doesn't come first, or what moves with v not last."""
    return step.order() != sorted(step.order())


def weights_stay(step: Step) -> bool:
    """W comes back as it was."""
    return claims.alike(step.after()["w"], step.given("w"))


def weights_ignored(step: Step) -> bool:
    """Nothing that comes back depends on w."""
    usual, other = step.parts(), step.parts(w=step.given("w") + 1)
    return claims.finite(usual[0]) and claims.alike(usual, other)


def moments_stay(step: Step) -> bool:
    """All but w comes back as it was, however large the gradient is."""
    after = step.after(grad=3 * step.given("grad"))
    return all(claims.alike(after[name], step.given(name)) for name in step.function.state[1:])


def stops_where_flat(step: Step) -> bool:
    """All comes back as it was where the gradient is zero, and not else."""
    flat, steep = (step.after(grad=factor * step.given("grad")) for factor in (0, 3))
    names = step.function.state
    stays = all(claims.alike(flat[name], step.given(name)) for name in names)
    return stays and not all(claims.alike(steep[name], step.given(name)) for name in names)


def comes_alone(function: Function) -> Claim:
    """Claim that one tensor comes back."""

    def claim(answer: Any) -> bool:
        value = attempt(function.call(), answer)
        return isinstance(value, Tensor | np.ndarray) or (isinstance(value, list | tuple) and len(value) == 1)

    return claim
