"""Named wrong answers: what each does, what to tell the student, and how it differs from the canonical answer.

One entry is all it takes for a wrong answer to be audited, diagnosed and simulated. Within a question the simplest and
most common come first: where two explain the same outputs, the first is named.
"""

from __future__ import annotations

from . import wrong_batches, wrong_fit, wrong_functions, wrong_losses, wrong_modules
from .right_answers import RIGHT

__all__ = ["RIGHT", "WRONG"]

WRONG = (*wrong_functions.WRONG, *wrong_losses.WRONG, *wrong_modules.WRONG, *wrong_batches.WRONG, *wrong_fit.WRONG)
