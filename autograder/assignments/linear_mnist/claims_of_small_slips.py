"""What hints about small slips say, of the loss and of its gradient alike: a shape, a small number, one example."""

from __future__ import annotations

import math
from typing import Any

import torch

from autograder.judge.diagnosis import claims
from autograder.judge.diagnosis.claims import Claim, all_of, any_of, attempt

from .claims_of_batches import BATCH, CERTAIN, OTHER_BATCH, SQUARE, Function, LogitBatch, N, one_example, repeated

_ONE = one_example(0.3, 0.9, -0.4)
_BELIEVES = torch.tensor([1.0, 2.0, -1.0])


def keepdim_missing(of: Function) -> Claim:
    """Claim that it works for as many examples as there are classes, and raises for more."""
    return all_of(claims.raises(of.value(BATCH)), of.finite(SQUARE))


def epsilon_in_softmax(of: Function) -> Claim:
    """Claim that there is a tiny error where the model is certain and right; or a number beside a sum in the code."""

    def tiny(answer: Any) -> bool:
        found = attempt(of.size(CERTAIN), answer)
        return claims.finite(found) and 1e-13 < float(found) < 1e-3

    return any_of(tiny, claims.mentions(r"sum\([^)]*\) \+ [\d.]+"))


def epsilon_beside_n(of: Function) -> Claim:
    """Claim that it changes by next to nothing with equal examples; or a number beside a size in the code."""

    def changes(answer: Any) -> bool:
        few, many = (attempt(of.size(batch), answer) for batch in (_ONE, repeated(_ONE, 50)))
        return claims.finite(few) and claims.finite(many) and 1e-10 < float((few / many - 1).abs()) < 1e-3

    return any_of(changes, claims.mentions(r"(shape\[0\]|len\(\w+\)|size\(0\)) \+ [\d.]+"))


def example_left_out(of: Function) -> Claim:
    """Claim that all examples count but one: by their labels, or by their logits."""
    by_label = of.counted(BATCH, LogitBatch.with_label)
    by_logits = of.counted(BATCH, lambda batch, i: batch.with_one(i, _BELIEVES))
    return lambda answer: N - 1 in (by_label(answer), by_logits(answer))


def rounded(of: Function) -> Claim:
    """Claim that no number has more than six decimals."""
    others = [LogitBatch(BATCH.logits * factor) for factor in (0.3, 0.6, 0.9, 1.2, 1.5)]

    def claim(answer: Any) -> bool:
        values = [attempt(of.numbers(batch), answer) for batch in (BATCH, OTHER_BATCH, *others)]
        if not all(map(claims.finite, values)):
            return False
        numbers = torch.cat([value.reshape(-1) for value in values]) * 1e6
        return bool(numbers.any()) and math.isclose(float((numbers - numbers.round()).abs().max()), 0, abs_tol=0.1)

    return claim
