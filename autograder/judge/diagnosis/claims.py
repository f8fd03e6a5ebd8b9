"""Claims: what a hint says, as something that can be found out about an answer. Builders that every question can use.

A claim is a function of an answer (``LoadedAnswer``: ``answer.CE_loss`` is its function of that name, ``answer.code``
its text) that returns whether the hint is true of it. `autograder audit` evaluates it on answers of the author's only:
it must be true of the misconception's own code, false of all right answers to its question, and true of every wrong
answer that is given its hint, alone or beside another one. So it says what a person would check, and does not repeat
the formula: "the loss of a batch repeated twice is twice the loss", not "the loss is N times the right one", which no
longer holds when the sign is wrong as well.

Most are made of *trials*, functions of an answer that do something with it and return what came of it:

    LOSS = call("CE_loss", X, ystar, w)
    TWICE = call("CE_loss", torch.cat([X, X]), torch.cat([ystar, ystar]), w)
    Misconception(..., claim=scaled(LOSS, TWICE, 2))

    def epoch(answer):
        return list(answer.DataLoader(data, 4))

    Misconception(..., claim=never_returns(epoch))

What an answer raises in a trial makes claims about its value false; what a claim itself raises is the author's fault.
Values are pytrees of tensors, arrays and numbers; dtypes and kinds of containers don't count unless a claim is about
them.
"""

from __future__ import annotations

import copy
import re
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from autograder.judge import pytree
from autograder.judge.diagnosis.claims_of_code import calls_a_value, has_unknown_name, mentions, uses
from autograder.judge.diagnosis.loaded_answer import LoadedAnswer, NeverReturnsError, Raised, Trial, attempt
from autograder.judge.diagnosis.registry import Claim

__all__ = [
    "Claim",
    "LoadedAnswer",
    "Raised",
    "Trial",
    "alike",
    "all_of",
    "any_of",
    "attempt",
    "call",
    "calls_a_value",
    "changes",
    "finite",
    "float32_only",
    "gives",
    "has_unknown_name",
    "keeps_state",
    "mentions",
    "never_returns",
    "none_of",
    "numbers",
    "raises",
    "resolution",
    "returns_nothing",
    "returns_type",
    "right_below_and_broken_above",
    "same",
    "scaled",
    "text_of",
    "unless_raised",
    "unsteady",
    "uses",
]

FLOAT32 = (1e-9, 3e-7)  # a relative change of this size is the smallest that shows in what is computed in float32
_STARTS = tuple(1 + 0.37 * i for i in range(7))
_NUDGES = tuple(10 ** (exponent / 2) for exponent in range(-32, 0))


def call(function: str, *arguments: Any, **named: Any) -> Trial:
    """Return the trial that calls an answer's function with copies of these arguments."""
    return lambda answer: getattr(answer, function)(*copy.deepcopy(arguments), **copy.deepcopy(named))


def alike(one: Any, other: Any, relative: float = 1e-6, absolute: float = 1e-9) -> bool:
    """Return whether two values are the same: relative to the largest number of a leaf, and absolute.

    NaN and infinity must be at the same places. What was raised is like nothing.
    """
    plain = (pytree.tree_map(numbers, value) for value in (one, other))
    return all(_leaves_alike(a, b, relative, absolute) for _, a, b in pytree.pairs(*plain))


def finite(value: Any) -> bool:
    """Return whether there are numbers in a value, and all of them are finite."""
    leaves = [numbers(leaf) for _, leaf in pytree.leaves(value)]
    return bool(leaves) and all(isinstance(leaf, torch.Tensor) and bool(leaf.isfinite().all()) for leaf in leaves)


def same(one: Trial, other: Trial, relative: float = 1e-6) -> Claim:
    """Claim that two trials give the same: what differs between them doesn't count for the answer."""
    return scaled(one, other, 1, relative)


def scaled(one: Trial, other: Trial, factor: float, relative: float = 1e-6) -> Claim:
    """Claim that the other trial gives ``factor`` times what the one gives, and that this isn't 0 or not finite."""

    def claim(answer: Any) -> bool:
        value, second = attempt(one, answer), attempt(other, answer)
        if not finite(value) or all(not bool(numbers(leaf).any()) for _, leaf in pytree.leaves(value)):
            return False
        return alike(pytree.tree_map(lambda leaf: numbers(leaf) * factor, value), second, relative)

    return claim


def gives(trial: Trial, value: Any, relative: float = 1e-6) -> Claim:
    """Claim that a trial gives a certain value."""
    return lambda answer: alike(attempt(trial, answer), value, relative)


def all_of(*claims: Claim) -> Claim:
    """Claim several things at once."""
    return lambda answer: all(claim(answer) for claim in claims)


def any_of(*claims: Claim) -> Claim:
    """Claim at least one of several things, where a hint leaves open which."""
    return lambda answer: any(claim(answer) for claim in claims)


def none_of(*claims: Claim) -> Claim:
    """Claim that none of several things is true."""
    return lambda answer: not any(claim(answer) for claim in claims)


def unless_raised(claim: Claim) -> Claim:
    """Claim the same, but take it for a no where the answer raises something."""

    def asked(answer: Any) -> bool:
        try:
            return bool(claim(answer))
        except Exception:
            return False

    asked.__qualname__ = claim.__qualname__
    return asked


def changes(position: int, function: str, *arguments: Any) -> Claim:
    """Claim that a function changes the numbers of its argument at ``position`` (from 0)."""

    def claim(answer: Any) -> bool:
        given = copy.deepcopy(arguments)
        attempt(lambda a: getattr(a, function)(*given), answer)
        return not alike(given[position], arguments[position], relative=0, absolute=0)

    return claim


def raises(trial: Trial, pattern: str = "") -> Claim:
    """Claim that a trial raises something whose type and message (``TypeError: …``) hold the regular expression."""

    def claim(answer: Any) -> bool:
        value = attempt(trial, answer)
        return isinstance(value, Raised) and re.search(pattern, f"{value.kind}: {value.text}") is not None

    return claim


def never_returns(trial: Trial) -> Claim:
    """Claim that a trial runs without end: that more of the answer's code is run than any right answer would need."""
    return raises(trial, f"^{NeverReturnsError.__name__}: ")


def returns_nothing(trial: Trial) -> Claim:
    """Claim that a trial gives None."""
    return lambda answer: attempt(trial, answer) is None


def returns_type(trial: Trial, *types: type, dtype: torch.dtype | None = None) -> Claim:
    """Claim that all that a trial gives is of these types, the parts where it gives several things; or of a dtype."""

    def claim(answer: Any) -> bool:
        value = attempt(trial, answer)
        leaves = [leaf for _, leaf in pytree.leaves(value)]
        fits = dtype is None or all(leaf.dtype == dtype for leaf in leaves if hasattr(leaf, "dtype"))
        return bool(leaves) and fits and all(isinstance(leaf, types) for leaf in leaves)

    return claim


def unsteady(trial: Trial, times: int = 4) -> Claim:
    """Claim that a trial doesn't give the same each time: the answer draws random numbers, or remembers something."""

    def claim(answer: Any) -> bool:
        first, *rest = [attempt(trial, answer) for _ in range(times)]
        return not isinstance(first, Raised) and not all(alike(first, value) for value in rest)

    return claim


def keeps_state(trial: Trial, before: Trial) -> Claim:
    """Claim that a trial gives something else after another one than without, and each time the same."""

    def claim(answer: Any) -> bool:
        def after(fresh: Any) -> Any:
            attempt(before, fresh)
            return attempt(trial, fresh)

        alone, second = (attempt(trial, answer.fresh()) for _ in range(2))
        later, again = (after(answer.fresh()) for _ in range(2))
        return alike(alone, second) and alike(later, again) and not alike(alone, later)

    return claim


def right_below_and_broken_above(
    trial_at: Callable[[float], Trial], right_at: Callable[[float], Any], below: float, above: float
) -> Claim:
    """Claim that what a trial gives is right up to a size of its inputs, and from a larger one on isn't, nor finite.

    ``trial_at`` and ``right_at`` return the trial, and what a right answer gives, with inputs of a size.
    """

    def claim(answer: Any) -> bool:
        low, high = (attempt(trial_at(size), answer) for size in (below, above))
        return alike(low, right_at(below)) and not finite(high) and finite(right_at(above))

    return claim


def resolution(nudged: Callable[[float], Trial], answer: Any) -> float:
    """Return the smallest relative change of an input that shows in the result: 1e-16 for float64, 1e-7 for float32.

    ``nudged`` returns the trial in which one of the inputs, or several, are multiplied by a factor. The result is the
    median over some factors from 1 to 3; infinite where nothing shows, or the answer raises.
    """

    def smallest(start: float) -> float:
        value = attempt(nudged(start), answer)
        if not finite(value):
            return float("inf")
        shown = (nudge for nudge in _NUDGES if not _identical(value, attempt(nudged(start * (1 + nudge)), answer)))
        return next(shown, float("inf"))

    return statistics.median(map(smallest, _STARTS))


def float32_only(nudged: Callable[[float], Trial]) -> Claim:
    """Claim that float64 inputs are worked on in float32: smaller changes of them don't show (see ``resolution``)."""
    return lambda answer: FLOAT32[0] < resolution(nudged, answer) < FLOAT32[1]


def text_of(claim: Claim) -> str:
    """Return a claim as people find it again: its name, or the builder's that made it."""
    name = str(getattr(claim, "__qualname__", repr(claim)))
    return re.sub(r"\.<locals>\.(claim|<lambda>)$", "", name).rpartition(".")[2]


def numbers(leaf: Any) -> Any:
    """Return the numbers of a tensor, array or number as a float64 tensor; anything else as it is."""
    if isinstance(leaf, np.ndarray | np.generic):
        leaf = torch.as_tensor(np.asarray(leaf, dtype=np.float64 if leaf.dtype.kind == "f" else None))
    if isinstance(leaf, torch.Tensor):
        return leaf.detach().double()
    return torch.tensor(float(leaf), dtype=torch.float64) if isinstance(leaf, bool | int | float) else leaf


def _leaves_alike(one: Any, other: Any, relative: float, absolute: float) -> bool:
    if isinstance(one, Raised) or isinstance(other, Raised):
        return False
    if not isinstance(one, torch.Tensor) or not isinstance(other, torch.Tensor):
        return type(one) is type(other) and bool(one == other)
    if one.shape != other.shape:
        return False
    largest = other[other.isfinite()].abs().max() if bool(other.isfinite().any()) else torch.tensor(0.0)
    return torch.allclose(one, other, rtol=0, atol=float(relative * largest + absolute), equal_nan=True)


def _identical(one: Any, other: Any) -> bool:
    return alike(one, other, relative=0, absolute=0)
