"""One step of an optimiser, part by part: what the hidden tests of both optimisers ask of w, m and v."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from autograder.judge.answer_checks import Answer, StudentFailed

from . import reference, tolerances


@dataclass(frozen=True)
class Step:
    """A step from some state, and what is right of it."""

    function: str
    names: tuple[str, ...]  # of what comes back; the moments are given in that order, too
    inputs: tuple[Any, ...]  # w, the moments, and the rest

    def right(self, name: str) -> Tensor:
        """Return a part of the right answer."""
        found: tuple[Tensor, ...] = getattr(reference, self.function)(*self.inputs)
        return found[self.names.index(name)]

    def off(self, name: str) -> Tensor:
        """Return how far float32 may be off, whatever the inputs are: accuracy is another test's business."""
        found: tuple[Tensor, ...] = tolerances.of_call(self.function, torch.float32, *self.inputs)
        return found[self.names.index(name)]

    def part(self, answer: Answer, name: str) -> Answer:
        """Return a part of the student's answer."""
        return answer.parts(self.names)[self.names.index(name)]

    def numbers(self, answer: Answer, name: str) -> Tensor:
        """Return its numbers, in float64."""
        return self.part(answer, name).tensor(self.inputs[0], f"The new {name}", strict=False).double()

    def check(self, answer: Answer, name: str) -> None:
        """Check one part alone."""
        self.part(answer, name).close(self.right(name), self.off(name), f"The new {name}")

    def is_right(self, answer: Answer, name: str) -> bool:
        """Return whether one part alone is right."""
        try:
            self.check(answer, name)
        except StudentFailed:
            return False
        return True

    def check_types(self, answer: Answer) -> None:
        """Check shapes and dtypes, and nothing else."""
        for name, old in zip(self.names, self.inputs, strict=False):
            self.part(answer, name).tensor(old, f"The new {name}")

    def check_is_a_step(self, answer: Answer) -> None:
        """Check that w changes in something like the right way: what knows nothing of the step gets no points."""
        self.part(answer, "w").resembles(self.right("w"), self.off("w"), "The new w", start=self.inputs[0])

    def check_moves(self, answer: Answer) -> None:
        """Check that w doesn't stay where it is, unless that is right."""
        w = self.inputs[0]
        stays = bool((self.numbers(answer, "w") == w).all())
        if stays and bool(((self.right("w") - w).abs() > 10 * self.off("w")).any()):
            raise self.part(answer, "w").fail("The new w is the old one.", "a step")

    def check_twice_as_far(self, answer: Answer, twice: Answer) -> None:
        """Check that the step of ``twice``, from the same state, is twice as long as this one, be that right or not."""
        self.check_is_a_step(answer)
        step = self.numbers(answer, "w") - self.inputs[0]
        off = 3 * self.off("w") + 1e-4 * step.abs()
        self.part(twice, "w").close(self.inputs[0] + 2 * step, off, "The new w, for twice the eta,")
