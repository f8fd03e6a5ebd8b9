"""What the table of a class says of each student, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mark:
    """The points for one question."""

    points: float | None  # None: could not be judged
    max_points: float  # 0: all points are extra points

    @property
    def is_full(self) -> bool:
        """Whether there is nothing more to be had; extra points need not be."""
        return self.points is not None and self.points >= self.max_points


@dataclass(frozen=True)
class ByHand:
    """The points for what humans mark."""

    points: float  # given so far
    max_points: float
    waits: bool = False  # whether some of it is still to be marked


@dataclass(frozen=True)
class Row:
    """One student."""

    student: str
    marks: Mapping[str, Mark] = field(default_factory=dict)  # by question, in the notebook's order
    trouble: str = ""  # what went wrong, in one line
    unprotected: bool = False  # whether the student's code ran without a sandbox
    by_hand: ByHand | None = None  # None: there is nothing for humans to mark
    penalty: float = 0.0  # points taken off for lateness
    seconds_late: float = 0.0

    @property
    def is_judged(self) -> bool:
        """Whether all questions were judged."""
        return bool(self.marks) and all(mark.points is not None for mark in self.marks.values())

    @property
    def is_all_right(self) -> bool:
        """Whether all questions have full marks; what humans mark is another matter."""
        return bool(self.marks) and all(mark.is_full for mark in self.marks.values())

    @property
    def total(self) -> float | None:
        """All points less the penalty, never below 0; None where something could not be judged."""
        if not self.is_judged:
            return None
        given = sum(mark.points or 0.0 for mark in self.marks.values())
        return max(0.0, given + (self.by_hand.points if self.by_hand else 0.0) - self.penalty)

    @property
    def max_points(self) -> float:
        """All points there are, extra points aside."""
        return sum(mark.max_points for mark in self.marks.values()) + (self.by_hand.max_points if self.by_hand else 0.0)
