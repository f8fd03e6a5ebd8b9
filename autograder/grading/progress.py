"""How far a run is: live on a terminal, a line every few seconds in a log, nothing when the log is quiet."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from autograder.grading.class_run import Done
from autograder.grading.run_observer import Watch
from autograder.judge.evidence import Outcome

_WORDS = {Outcome.PASSED: "all right", Outcome.FAILED: "lost points", Outcome.NOT_JUDGED: "could not be judged"}
_BAR = 12  # columns
_NAMES = 40  # characters of students' names
_SHORTEST = 0.05  # seconds between two looks at the clock


class Progress(Watch):
    """Knows what a run is at, and puts it into words."""

    def __init__(self, total: int):
        self.total = total
        self.counts: Counter[Outcome] = Counter()
        self._start = time.monotonic()
        self._first = 0.0  # when there was the first result: what came before it was getting ready
        self._now: Counter[str] = Counter()  # students, by the number of their notebooks that are being judged
        self._doing: list[str] = []
        self._side_by_side = 1

    def __call__(self, done: Done) -> None:
        """Hear what came out."""
        self._first = self._first or time.monotonic()
        self.counts[done.outcome] += 1

    def begins(self, student: str) -> None:
        """Hear that a notebook of a student's is being judged."""
        self._now[student] += 1
        self._side_by_side = max(self._side_by_side, self._now.total())

    def ends(self, student: str) -> None:
        """Hear that it has been."""
        self._now[student] -= 1
        self._now = +self._now

    def spared(self, notebooks: int) -> None:
        """Hear that some notebooks are not there to be judged after all."""
        self.total -= notebooks

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Hear what is done in the context, beside judging."""
        self._doing.append(what)
        try:
            yield
        finally:
            self._doing.remove(what)

    @property
    def count(self) -> int:
        """The number of notebooks that are done."""
        return self.counts.total()

    @property
    def elapsed(self) -> timedelta:
        """The time since the start."""
        return timedelta(seconds=int(time.monotonic() - self._start))

    @property
    def left(self) -> str:
        """A clause on how long it will take, once that can be said."""
        since_first = self.count - 1
        if since_first < self._side_by_side or self.count >= self.total:
            return ""
        seconds = (time.monotonic() - self._first) / since_first * (self.total - self.count)
        return f"about {timedelta(seconds=round(seconds))} to go"

    @property
    def stage(self) -> str:
        """What is being done now, and for whom."""
        names = ", ".join(list(self._now))
        names = names if len(names) <= _NAMES else f"{names[: _NAMES - 1]}…"
        parts = [f"judging {names}"] if names else []
        return "; ".join([*parts, *self._doing[-1:]]) or ("judging" if self.count else "getting ready")

    @property
    def outcomes(self) -> str:
        """What came out so far."""
        return ", ".join(f"{self.counts[outcome]} {text}" for outcome, text in _WORDS.items())


@contextmanager
def judging(total: int, log: logging.Logger, every: float) -> Iterator[Progress]:
    """Show how far judging ``total`` notebooks is; ``every``: seconds between two lines where there is no terminal."""
    console = Console(stderr=True)
    changeable = console.is_terminal and not console.is_dumb_terminal
    live = changeable and logging.INFO <= _shown_from(log) <= logging.WARNING
    progress = Progress(total)
    with _live(progress, console, log) if live else _lines(progress, log, every):
        yield progress


@contextmanager
def _live(progress: Progress, console: Console, log: logging.Logger) -> Iterator[None]:
    """Show two lines that change on a terminal.

    While they are shown, warnings and errors scroll above and nbgrader's INFO lines (ten a student) are held back.
    """
    with (
        Live(get_renderable=lambda: _drawn(progress), console=console, transient=True, refresh_per_second=4),
        _log_above(log),
    ):
        yield


def _drawn(progress: Progress) -> Group:
    clock = ", ".join(filter(None, [str(progress.elapsed), progress.left]))
    bar = Table.grid(padding=(0, 1))
    bar.add_row(
        ProgressBar(progress.total, progress.count, width=_BAR),
        _one_line(f"{progress.count}/{progress.total}"),
        _one_line(progress.outcomes),
    )
    return Group(_one_line(f"{clock}: {progress.stage}"), bar)


def _one_line(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


@contextmanager
def _lines(progress: Progress, log: logging.Logger, every: float) -> Iterator[None]:
    """Write a line to the log at once and from time to time, whatever the run is at."""
    over = threading.Event()

    def write() -> None:
        told = -1.0
        while not over.is_set():
            if progress.count < progress.total and time.monotonic() - told >= every:
                told = time.monotonic()
                left = f"; {progress.left}" if progress.left else ""
                log.info(
                    "Judged %d of %d: %s%s; %s so far; now %s",
                    *(progress.count, progress.total, progress.outcomes, left, progress.elapsed, progress.stage),
                )
            over.wait(max(_SHORTEST, min(every, 1.0)))

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _log_above(log: logging.Logger) -> Iterator[None]:
    """Send the terminal's log handlers through the live lines' own stderr: what bypasses it is drawn over."""
    handlers = list(_terminal_handlers(log))
    before = [(handler, handler.stream, handler.level) for handler in handlers]
    for handler in handlers:
        handler.setStream(sys.stderr)
        handler.setLevel(max(handler.level, logging.WARNING))
    try:
        yield
    finally:
        for handler, stream, level in before:
            handler.setStream(stream)
            handler.setLevel(level)


def _shown_from(log: logging.Logger) -> int:
    """Return the level from which messages reach the terminal; nbgrader's logger itself takes all, for its log file."""
    level = log.getEffectiveLevel()
    return min((max(level, handler.level) for handler in _terminal_handlers(log)), default=level)


def _terminal_handlers(log: logging.Logger) -> Iterable[logging.StreamHandler]:  # type: ignore[type-arg]
    current: logging.Logger | None = log
    while current is not None:
        for handler in current.handlers:
            if type(handler) is logging.StreamHandler:
                yield handler
        current = current.parent if current.propagate else None
