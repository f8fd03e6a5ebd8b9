"""What judging one submission may take of the grader, whatever it is that takes it: time and memory.

Time counts as it passes here, all of it: cells, calls, training, kernels that start and end, answers compared and put
into words. Only what a student's process, or this one, was demonstrably kept waiting for by the machine is taken off
(see ``stopwatch``), so that a busy machine costs nobody points. What has no place in the budget any more is not tried
and counts as failed: the code itself has used it up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from resource import getpagesize

from autograder.judge.answer_checks import StudentLost
from autograder.judge.errors import CannotJudge
from autograder.judge.settings import NotebookJudge

SLACK = 4  # times the limit by the clock after which it is the machine that does not get on
LONGEST = 60.0  # seconds that count of a stretch in which nobody looked: the rest is a stall of this process
PERIOD = 0.1  # seconds between two looks at the memory
MIB = 1 << 20
_current: ContextVar[SubmissionBudget | None] = ContextVar("submission budget", default=None)


class BudgetUsedUp(StudentLost):
    """A submission has used up what there is for it; nothing more of it is tried."""

    def __init__(self, message: str) -> None:
        super().__init__(message, None, ends_question=True)


class SubmissionBudget:
    """What is left of the time and memory for one submission. Whoever does something for it asks ``check``."""

    def __init__(self, seconds: float, mebibytes: int) -> None:
        self._limit, self._memory = seconds, mebibytes * MIB
        self._used = 0.0
        self._began = self._looked = time.monotonic()
        self._before, self._next_look = _own_memory(), self._began
        self.end: BudgetUsedUp | CannotJudge | None = None  # once it is used up

    @classmethod
    def of(cls, limits: NotebookJudge) -> SubmissionBudget:
        """Return a budget as it is set."""
        return cls(limits.submission_timeout, limits.memory)

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Let all that is done meanwhile be part of this submission's judging."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @property
    def used(self) -> float:
        """The seconds that count, so far."""
        now = time.monotonic()
        self._used += min(now - self._looked, LONGEST)
        self._looked = now
        return self._used

    def excuse(self, seconds: float) -> None:
        """Take off what the machine kept it waiting."""
        self._used = max(0.0, self.used - min(seconds, LONGEST))

    def check(self) -> None:
        """Raise BudgetUsedUp where nothing is left, CannotJudge where it is the machine that does not get on."""
        if self.end is None:
            self.end = self._why_over()
        if self.end is not None:
            raise self.end.with_traceback(None)

    def _fills_memory(self) -> bool:
        """Whether memory is used up, as far as that was looked at: it takes a while."""
        if self._looked < self._next_look:
            return False
        self._next_look = self._looked + PERIOD
        return _own_memory() - self._before > self._memory

    def _why_over(self) -> BudgetUsedUp | CannotJudge | None:
        if self.used > self._limit:
            return BudgetUsedUp(
                f"The {_minutes(self._limit)} that a notebook has for everything (its cells, all tests, training) were "
                "used up: this was not judged to its end."
            )
        if self._fills_memory():
            return BudgetUsedUp("What the notebook's code has sent to the grader filled the grader's memory.")
        passed = self._looked - self._began
        if passed > SLACK * self._limit:
            return CannotJudge(
                f"judging this did not get on for {passed:.0f} s, of which {self._used:.0f} s count as the "
                "submission's: the machine is overloaded; grade again when it has less to do"
            )
        return None


def current() -> SubmissionBudget | None:
    """Return the budget of the submission that is being judged; None where there is no limit."""
    return _current.get()


def check() -> None:
    """Raise BudgetUsedUp or CannotJudge where there is nothing left for the submission that is being judged."""
    if (budget := current()) is not None:
        budget.check()


@contextmanager
def excused(beyond: float = 0.0) -> Iterator[None]:
    """Let time pass that is no part of a submission's judging, ``beyond`` some seconds: others have their turn."""
    began = time.monotonic()
    try:
        yield
    finally:
        if (budget := current()) is not None:
            budget.excuse(max(0.0, time.monotonic() - began - beyond))


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:g} minutes" if seconds >= 60 else f"{seconds:g} s"


def _own_memory() -> int:
    """Return the bytes of memory that are this process's own."""
    _, resident, shared, *_ = map(int, Path("/proc/self/statm").read_text().split())
    return (resident - shared) * getpagesize()
