"""Right answers as students write them."""

from __future__ import annotations

from autograder.judge.diagnosis.registry import RightAnswer

RIGHT = (
    RightAnswer("rms", "by-hand", "squares, mean, root", "def rms(x):\n    return (x ** 2).mean().sqrt()\n"),
    RightAnswer("rms", "norm", "the length over the root of n", "def rms(x):\n    return x.norm() / len(x) ** 0.5\n"),
)
