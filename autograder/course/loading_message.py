"""Says on a terminal that libraries are being loaded, before that takes its seconds: the first thing in this room."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Final

LINE: Final = "autograde: loading libraries ..."
STOPPED: Final = "Stopped by hand. Nothing is lost: grade again, and it goes on where it stopped"


def say_so() -> None:
    """Say it where somebody is waiting: of nbgrader's commands `nbgrader autograde` alone takes its time."""
    if sys.argv[1:2] == ["autograde"] and sys.stderr is not None and sys.stderr.isatty():
        print(LINE, file=sys.stderr, flush=True)
        sys.excepthook = _without_traceback


def _without_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        print(STOPPED, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)
