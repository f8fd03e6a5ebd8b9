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
class Unjudged:
    """What there is no verdict on, and why, with the step to take: that is never cut."""

    what: str  # "ce_loss, adam", "steps.ipynb"; "": all there is
    why: str
    how: str = "could not be judged"
    is_file: bool = False  # whether it is a whole notebook, which may be texts alone

    @property
    def short(self) -> str:
        """Say it without the reason, which is told below."""
        return f"Not judged: {self.what} (see below)" if self.what else f"{self.how} (see below)"

    @property
    def whole(self) -> str:
        """Say it with the reason."""
        return f"{self.what}: {self.how}: {self.why}" if self.what else f"{self.how}: {self.why}"


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
    trouble: str = ""  # what went wrong with what could be judged, in one line
    unprotected: bool = False  # whether the student's code ran without a sandbox
    by_hand: ByHand | None = None  # None: there is nothing for humans to mark
    penalty: float = 0.0  # points taken off for lateness
    seconds_late: float = 0.0
    unjudged: tuple[Unjudged, ...] = ()
    is_entry: bool = False  # whether this is no student, but something else among the submissions

    @property
    def is_judged(self) -> bool:
        """Whether everything was judged."""
        return self._has_all_points and not any(unjudged.is_file for unjudged in self.unjudged)

    @property
    def _has_all_points(self) -> bool:
        return bool(self.marks) and all(mark.points is not None for mark in self.marks.values())

    @property
    def has_lost_points(self) -> bool:
        """Whether a question that was judged has less than full marks, whatever became of the others."""
        return any(mark.points is not None and not mark.is_full for mark in self.marks.values())

    @property
    def is_all_right(self) -> bool:
        """Whether all questions have full marks; what humans mark is another matter."""
        return self.is_judged and all(mark.is_full for mark in self.marks.values())

    @property
    def total(self) -> float | None:
        """All points less the penalty, never below 0; None where something could not be judged."""
        if not self._has_all_points:  # a human's points count where the judge had none
            return None
        given = sum(mark.points or 0.0 for mark in self.marks.values())
        return max(0.0, given + (self.by_hand.points if self.by_hand else 0.0) - self.penalty)

    @property
    def max_points(self) -> float:
        """All points there are, extra points aside."""
        return sum(mark.max_points for mark in self.marks.values()) + (self.by_hand.max_points if self.by_hand else 0.0)
