"""Named wrong answers."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Cause, Misconception

WRONG = (
    Misconception("rms", "no-mean", "the sum of the squares", "Over what do you average?", ((".mean()", ".sum()"),)),
    Misconception("rms", "no-root", "the mean of the squares", "Which unit has your result?", ((".sqrt()", ""),)),
    Misconception("rms", "hangs", "does not end", "Does your loop end?", code="def rms(x):\n    while True: pass\n",
                  cause=Cause.HANG),
    Misconception("chunks", "last-not-counted", "the length leaves the last chunk out", "Is the last chunk counted?",
                  (("-(-len(self.items) // self.size)", "len(self.items) // self.size"),)),
    Misconception("chunks", "one-pass", "can be gone through once", "What is left for the second time?",
                  (("self.items, self.size = items, size", "self.items, self.size, self.left = items, size, items[:]"),
                   ("for start in range(0, len(self.items), self.size)", "while self.left"),
                   ("yield self.items[start:start + self.size]",
                    "yield [self.left.pop(0) for _ in self.left[:self.size]]"))),
)  # fmt: skip
