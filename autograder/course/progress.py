"""A progress bar on a terminal; elsewhere nothing but the log."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

Item = TypeVar("Item")


def with_progress(items: list[Item], log: logging.Logger, describe: str) -> Iterator[Item]:
    """Yield the items; on a terminal under a bar that says how many are left and how long it will take.

    While the bar is shown, warnings and errors scroll above it and nbgrader's INFO lines (ten a student) are held back.
    """
    console = Console(stderr=True)
    if not console.is_terminal or log.getEffectiveLevel() < logging.INFO:
        yield from items
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar, _log_above(log):
        task = bar.add_task(describe, total=len(items))
        for item in items:
            yield item
            bar.advance(task)


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


def _terminal_handlers(log: logging.Logger) -> Iterable[logging.StreamHandler]:  # type: ignore[type-arg]
    current: logging.Logger | None = log
    while current is not None:
        for handler in current.handlers:
            if type(handler) is logging.StreamHandler:
                yield handler
        current = current.parent if current.propagate else None
