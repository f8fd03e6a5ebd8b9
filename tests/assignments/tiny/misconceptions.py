"""Named wrong answers."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import Cause, Misconception

WRONG = (
    Misconception("rms", "no-mean", "the sum of the squares", "Over what do you average?", ((".mean()", ".sum()"),)),
    Misconception("rms", "no-root", "the mean of the squares", "Which unit has your result?", ((".sqrt()", ""),)),
    Misconception("rms", "hangs", "does not end", "Does your loop end?", code="def rms(x):\n    while True: pass\n",
                  cause=Cause.HANG),
)  # fmt: skip
