"""Right answers, written as differently as students write them. All of them must get all points.

The first one of a question is the usual answer: what the misconceptions edit.
"""

from __future__ import annotations

from . import right_batches, right_fit, right_functions, right_modules
from .knows_nothing import KNOWS_NOTHING

__all__ = ["KNOWS_NOTHING", "RIGHT", "TEXTS"]

RIGHT = (*right_functions.RIGHT, *right_modules.RIGHT, *right_batches.RIGHT, *right_fit.RIGHT)

# What simulated students write where a human marks: short, plausible, and not all of it right.
TEXTS = {
    "shuffling": (
        "If the order is the same in every epoch, the same examples always come together in a batch, and the steps "
        "are not independent of each other. For validation only the mean over all examples counts, which doesn't "
        "depend on the order. Sorted by digit, the network would see only zeros first and forget them in the end.",
        "Shuffling makes each batch a random sample of the data, so its gradient points about where that of all the "
        "data does. If the data are sorted, a batch has only one digit in it and the network learns that digit alone.",
        "Shuffling avoids overfitting. The validation set is not shuffled because we want to compare the results.",
    ),
}
