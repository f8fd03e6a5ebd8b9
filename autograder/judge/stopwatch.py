"""How long a student's process takes: its own time, not the time that a busy or stalled machine keeps it waiting.

Its own is the processor time it uses, and the time it sleeps while the machine would let it run. What it waits for a
processor or a disk, stopped, or together with the whole machine, isn't. So a right answer loses nothing on a machine
under load, and one that hangs, busily or asleep, is found out.
"""

from __future__ import annotations

import math
import time
from typing import Protocol

from autograder.judge import submission_budget
from autograder.judge.errors import CannotJudge

PERIOD = 0.1  # seconds between two looks at a process
SLACK = 10  # times a limit by the clock after which it is the machine that does not get on
_LONGEST = 1.0  # seconds between two looks; the rest of a longer one is a stall of this process
_TIMES = 3  # that a stopped process is made to go on; who stops again and again does so itself


class Activity(Protocol):
    """What processes are doing at one moment."""

    @property
    def processor(self) -> float: ...  # noqa: D102 - seconds used so far
    @property
    def asleep(self) -> bool: ...  # noqa: D102
    @property
    def stopped(self) -> bool: ...  # noqa: D102
    @property
    def at_disk(self) -> bool: ...  # noqa: D102
    @property
    def delayed(self) -> float | None: ...  # noqa: D102 - seconds that it waited for a processor


class Runner(Protocol):
    """A process that is waited for."""

    def activity(self) -> Activity: ...  # noqa: D102
    def go_on(self) -> None: ...  # noqa: D102


class StalledError(CannotJudge):
    """A process did not get on, and it is not known to be its own doing: that is worth another try."""


class Stopwatch:
    """Measures a process's own time, in laps, against a limit for all of them and one for each, in seconds.

    Whoever waits for the process asks ``wait`` again and again how long to wait until the next question.
    """

    def __init__(self, runner: Runner, limit: float, lap_limit: float = math.inf) -> None:
        self._runner, self._limit, self._lap_limit = runner, limit, lap_limit
        self.used = self.lap_used = 0.0  # seconds of its own time, in all and in this lap
        self._clock = self._lap_clock = 0.0  # the same by the clock
        self._looked = self._began = time.monotonic()
        self._processor: float | None = None
        self._stopped, self._made_to_go_on = 0.0, 0
        self._waits = _Waits()
        self._lap_waited = 0.0
        self._budget, self._own_processor = submission_budget.current(), time.process_time()

    def lap(self) -> None:
        """Begin a lap."""
        now = time.monotonic()
        if now - self._looked >= PERIOD:
            self._look(now, waiting=False)
        self._began, self.lap_used, self._lap_clock = now, 0.0, 0.0
        self._lap_waited = self._waits.proven

    @property
    def lap_is_over(self) -> bool:
        """Whether it is the lap's limit that was reached."""
        return self.used < self._limit and self.lap_used >= self._lap_limit

    def wait(self) -> float:
        """Return for how many seconds to wait now.

        Raises TimeoutError when the process has used up its time, StalledError when that can't be told any more, and
        what the submission's budget raises where nothing is left of it.
        """
        now = time.monotonic()
        if now - self._looked >= PERIOD:
            self._look(now, waiting=True)
        if self._budget is not None:
            self._budget.check()
        is_stalled = self._clock > SLACK * self._limit or self._lap_clock > SLACK * self._lap_limit
        if is_stalled:  # unless it has not been kept waiting: it only hides what it does
            self.used = max(self.used, self._clock - self._waits.proven)
            self.lap_used = max(self.lap_used, self._lap_clock - (self._waits.proven - self._lap_waited))
        left = min(self._limit - self.used, self._lap_limit - self.lap_used)
        if left <= 0:
            raise TimeoutError("no answer in time")
        if is_stalled:
            seconds = max(self._clock, self._lap_clock)
            raise StalledError(
                f"the student's process did not get on for {seconds:.0f} s, of which {self.used:.1f} s were its own: "
                "the machine is overloaded or was stopped; grade again when it has less to do"
            )
        return max(min(left, PERIOD), 0.001)

    def _look(self, now: float, waiting: bool) -> None:
        passed, waited = now - self._looked, min(now - max(self._looked, self._began), _LONGEST)
        own_processor, self._own_processor = self._own_processor, time.process_time()
        found = self._runner.activity()
        # What has been used before the first look is not known.
        spent = min(max(found.processor - self._processor, 0.0), passed) if self._processor is not None else 0.0
        self._processor, self._looked = found.processor, now
        if waiting:
            self._clock += waited
            self._lap_clock += waited
            if found.asleep or (found.stopped and self._by_itself(waited)):
                spent = max(spent, min(waited, 2 * PERIOD))
            newly = self._waits.look(found, passed - min(spent, passed))
            if self._budget is not None:  # what this process computed meanwhile is the submission's
                self._budget.excuse(max(0.0, newly - (self._own_processor - own_processor)))
        self.used += spent
        self.lap_used += spent

    def _by_itself(self, waited: float) -> bool:
        """Whether a stopped process stops by itself: it has been made to go on, and has stopped again."""
        self._stopped += waited
        if self._made_to_go_on < _TIMES and self._stopped >= min(self._limit, self._lap_limit):
            self._stopped, self._made_to_go_on = 0.0, self._made_to_go_on + 1
            self._runner.go_on()
        return self._made_to_go_on >= _TIMES


class _Waits:
    """How long a process was demonstrably kept waiting: what was not seen to be its own time may be hidden.

    A process whose work is done by children that live too shortly to be seen uses no processor and doesn't sleep. But
    nor does it wait for a processor, as far as Linux counts that.
    """

    def __init__(self) -> None:
        self.proven = 0.0  # seconds, so far
        self._unseen = self._excused = self._delay = 0.0
        self._first: float | None = None

    def look(self, found: Activity, unseen: float) -> float:
        """Take in what a process does, and for how long it was not seen at work; return how much more is proven."""
        self._unseen += unseen
        if found.delayed is None or found.stopped or found.at_disk:
            self._excused += unseen
        else:
            self._first = found.delayed if self._first is None else self._first
            self._delay = max(self._delay, found.delayed - self._first)
        before, self.proven = self.proven, max(self.proven, min(self._unseen, self._excused + self._delay))
        return self.proven - before
