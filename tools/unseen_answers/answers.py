"""The form of the answers that no registry has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unseen:
    """An answer to one question as a student or a course wrote it, and what a teacher would say of it.

    ``true`` holds the names of all registered misconceptions whose hint is true of it, word for word; none where no
    hint is. Where two mistakes came together, each has its name. A name that the registry doesn't have yet stands for
    a hint that would be worth having.
    """

    question: str
    slug: str
    note: str  # what is wrong, or how a right one goes about it
    true: frozenset[str]
    code: str  # the whole cell
    right: bool = False


# Names that stand in no registry yet, and what they would say.
WORTH_HAVING = {
    "log-of-softmax": "the logarithm of a probability that has underflowed to 0",
    "mean-of-means": "a mean of the means of blocks of unequal size",
    "tuple-from-max": "max(dim) gives values and indices, and both are used as if they were one tensor",
    "transpose-without-dims": "transpose() needs to be told which two dimensions",
    "xor-for-power": "^ is not the power in Python",
    "mixed-devices": "some tensors are put onto another device than the rest",
}
