"""Named wrong answers: what each does, what to tell the student, and how it differs from the canonical answer.

One entry is all it takes for a wrong answer to be audited, diagnosed and simulated. Within a question the simplest and
most common come first: where two explain the same outputs, the first is named.
"""

from __future__ import annotations

from . import wrong_adam, wrong_gradients, wrong_losses, wrong_momentum
from .right_answers import OPTIONAL, RIGHT

__all__ = ["OPTIONAL", "RIGHT", "WRONG"]

WRONG = (*wrong_losses.WRONG, *wrong_gradients.WRONG, *wrong_momentum.WRONG, *wrong_adam.WRONG)
