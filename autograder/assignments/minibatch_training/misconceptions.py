"""Named wrong answers: what each does, what to tell the student, and how it differs from the canonical answer.

One entry is all it takes for a wrong answer to be audited, diagnosed and simulated. Within a question the simplest and
most common come first: where two explain the same outputs, the first is named.
"""

from __future__ import annotations

from dataclasses import replace

from . import (
    wrong_batches,
    wrong_fit,
    wrong_functions,
    wrong_losses,
    wrong_modules,
    wrong_optimizer,
    wrong_samplers,
    wrong_seen,
)
from .claims import CLAIMS
from .right_answers import RIGHT

__all__ = ["RIGHT", "WRONG"]

_FILES = (
    wrong_functions,
    wrong_losses,
    wrong_modules,
    wrong_optimizer,
    wrong_batches,
    wrong_samplers,
    wrong_fit,
)
_CLAIMED = (replace(entry, claim=CLAIMS[entry.question, entry.slug]) for file in _FILES for entry in file.WRONG)
WRONG = (*_CLAIMED, *wrong_seen.WRONG)
