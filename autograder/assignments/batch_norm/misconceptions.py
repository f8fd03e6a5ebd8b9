"""Named wrong answers: what each does, what to tell the student, and how it differs from the canonical answer.

One entry is all it takes for a wrong answer to be audited, diagnosed and simulated. They stand in the files that are
named after their questions.
"""

from __future__ import annotations

from dataclasses import replace

from .claims import CLAIMS
from .right_answers import RIGHT
from .wrong_evaluate import EVALUATE
from .wrong_functions import BATCH_NORM, ERROR_RATIO, STANDARDISE
from .wrong_gradients import BATCH_NORM_GRAD
from .wrong_layer_statistics import LAYER_STATISTICS
from .wrong_layers import LAYER
from .wrong_networks import CONV_NET
from .wrong_seen import SEEN

__all__ = ["RIGHT", "WRONG"]

_ALL = (*STANDARDISE, *BATCH_NORM, *BATCH_NORM_GRAD, *LAYER_STATISTICS, *LAYER, *CONV_NET, *EVALUATE, *ERROR_RATIO)
WRONG = (*(replace(entry, claim=CLAIMS[entry.question, entry.slug]) for entry in _ALL), *SEEN)
