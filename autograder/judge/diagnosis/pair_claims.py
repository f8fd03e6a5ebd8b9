"""Of two mistakes at once each hint is said only where it is true of both together.

"Your rows add up to 4" is true of one mistake and not of the two. What explains a student's answer is code of the
author's, which does the same on all that was tried: so the claims of both hints are asked of that, not of the student.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from autograder.judge.diagnosis.claims import Claim
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.loaded_answer import holds
from autograder.judge.diagnosis.registry import Misconception, Symptom

_OBSERVED = (Symptom.CHANGED, Symptom.FLOAT32)  # seen of the student's own answer; the code need not show them
_KEPT = 10_000


def sayable_names(formula: Formula, known: Sequence[Misconception]) -> list[str]:
    """Return which of a formula's names may be said: all of a single one, of two together those that are true."""
    entries = [entry for entry in known if entry.slug in formula.names]
    if len(entries) > 1:
        entries = [entry for entry in entries if entry.symptom in _OBSERVED or _is_true(entry.claim, formula)]
    return [entry.slug for entry in entries]


def _is_true(claim: Claim | None, formula: Formula) -> bool:
    return claim is None or _holds(claim, formula.code, formula.others)


@functools.lru_cache(_KEPT)
def _holds(claim: Claim, code: str, others: str) -> bool:
    try:
        return holds(claim, code, others)
    except Exception:  # two mistakes may break what a claim asks for
        return False
