"""Named wrong answers."""

from __future__ import annotations

from typing import Any

import torch

from autograder.judge.diagnosis.claims import call, never_returns, scaled
from autograder.judge.diagnosis.registry import Cause, Misconception

X = torch.tensor([1.0, -2.0, 4.0], dtype=torch.float64)
USUAL, LARGER, TWICE = call("rms", X), call("rms", 2 * X), call("rms", torch.cat([X, X]))


def miscounted(answer: Any) -> bool:
    """The length isn't the number of chunks."""
    chunks = answer.Chunks([1, 2, 3], 2)
    return len(chunks) != len(list(chunks))


def used_up(answer: Any) -> bool:
    """There is nothing left the second time."""
    chunks = answer.Chunks([1, 2, 3], 2)
    return bool(list(chunks)) and not list(chunks)


WRONG = (
    Misconception("rms", "no-mean", "the sum of the squares", "Over what do you average?", ((".mean()", ".sum()"),),
                  claim=scaled(USUAL, TWICE, 2**0.5)),
    Misconception("rms", "no-root", "the mean of the squares", "Which unit has your result?", ((".sqrt()", ""),),
                  claim=scaled(USUAL, LARGER, 4)),
    Misconception("rms", "hangs", "does not end", "Does your loop end?", code="def rms(x):\n    while True: pass\n",
                  cause=Cause.HANG, claim=never_returns(USUAL)),
    Misconception("chunks", "last-not-counted", "the length leaves the last chunk out", "Is the last chunk counted?",
                  (("-(-len(self.items) // self.size)", "len(self.items) // self.size"),), claim=miscounted),
    Misconception("chunks", "one-pass", "can be gone through once", "What is left for the second time?",
                  (("self.items, self.size = items, size", "self.items, self.size, self.left = items, size, items[:]"),
                   ("for start in range(0, len(self.items), self.size)", "while self.left"),
                   ("yield self.items[start:start + self.size]",
                    "yield [self.left.pop(0) for _ in self.left[:self.size]]")), claim=used_up),
)  # fmt: skip
