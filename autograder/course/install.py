"""Plug autograder into nbgrader: what the course's `nbgrader_config.py` calls."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator

from traitlets.config import Config

from autograder.grading import fork_server


def install(c: Config) -> None:
    """Make the stock nbgrader commands and the formgrader grade with autograder.

    nbgrader executes `nbgrader_config.py` several times per command, so doing this twice is the same as once.
    """
    if "autograde" in sys.argv[1:2]:
        fork_server.start()  # it imports beside what is imported here, which takes as long
        with _uncollected():
            from autograder.course import plugging_in
    else:
        from autograder.course import plugging_in
    plugging_in.plug_in(c)


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Import without collecting garbage, then or at the end: what modules hold stays, whatever looks at it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
