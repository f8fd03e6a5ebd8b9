"""How far a run is: a bar on a terminal, a line every few seconds in a log, nothing when the log is quiet."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.grading.run import Done, Tell
from autograder.judge.evidence import Outcome

Advance = Callable[[str], None]  # moves a bar on by one and shows a note beside it


@contextmanager
def judging(total: int, log: logging.Logger, every: float) -> Iterator[Tell]:
    """Show how far judging ``total`` notebooks is; ``every``: seconds between two lines where there is no bar."""
    counts: Counter[Outcome] = Counter()
    with _bar("judging", total, log) as advance:
        lines = _Lines(total, log, every)

        def tell(done: Done) -> None:
            counts[done.outcome] += 1
            if advance is not None:
                advance(_counted(counts))
            else:
                lines.tell(counts)

        yield tell


class _Lines:
    """Writes a line to the log from time to time."""

    def __init__(self, total: int, log: logging.Logger, every: float):
        self._total, self._log, self._every = total, log, every
        self._start = self._last = time.monotonic()

    def tell(self, counts: Counter[Outcome]) -> None:
        now, count = time.monotonic(), counts.total()
        if now - self._last >= self._every and count < self._total:
            self._last = now
            left = timedelta(seconds=round((now - self._start) / count * (self._total - count)))
            self._log.info("Judged %d of %d: %s; about %s to go", count, self._total, _counted(counts), left)


def _counted(counts: Counter[Outcome]) -> str:
    words = {Outcome.PASSED: "all right", Outcome.FAILED: "lost points", Outcome.NOT_JUDGED: "could not be judged"}
    return ", ".join(f"{counts[outcome]} {text}" for outcome, text in words.items())


@contextmanager
def _bar(describe: str, total: int, log: logging.Logger) -> Iterator[Advance | None]:
    """Show a bar on a terminal.

    While it is shown, warnings and errors scroll above it and nbgrader's INFO lines (ten a student) are held back.
    """
    console = Console(stderr=True)
    if not console.is_terminal or not logging.INFO <= _shown_from(log) <= logging.WARNING:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=console, transient=True) as bar, _log_above(log):
        task = bar.add_task(describe, total=total, note="")
        yield lambda note: bar.update(task, advance=1, note=note)


@contextmanager
def _log_above(log: logging.Logger) -> Iterator[None]:
    """Send the terminal's log handlers through the bar's own stderr: what bypasses it is drawn over."""
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
