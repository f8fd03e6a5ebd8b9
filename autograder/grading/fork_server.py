"""The process that judging processes are forked from: it imports torch and the judge once, for all of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

_FIRST = ("uncollected", "quick_import")  # before anything else
_IMPORTED = tuple(f"autograder.grading.{name}" for name in (*_FIRST, "judging_processes", "assignment_reading"))
_SAFE_PATH = "PYTHONSAFEPATH"
_JUDGE = "autograder.grading.submission_judging"  # the usual one's module


def start(judge: str = _JUDGE) -> None:
    """Start it, unless it runs: it imports at once, beside whatever this process does."""
    context(judge)
    with starting():
        forkserver.ensure_running()


def context(judge: str) -> ForkServerContext:
    """Return what makes processes that begin with all that is imported there, the module of the ``judge`` included."""
    found = multiprocessing.get_context("forkserver")
    found.set_forkserver_preload([*_IMPORTED, judge])
    return found


@contextmanager
def starting() -> Iterator[None]:
    """Start such processes, and it, if need be: they are not interrupted, and import nothing from where they start."""
    with _uninterrupted(), _away_from_the_working_directory():
        yield


@contextmanager
def _away_from_the_working_directory() -> Iterator[None]:
    """Start Pythons that don't import from the working directory first: a course may have a file called torch.py."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that ^C does not reach: it goes to all of a terminal's, and each would show its traceback.

    Here it counts once they are known, and can be ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[bool] = []
    handler = signal.signal(signal.SIGINT, lambda *_: came.append(True))  # another thread may be given the signal
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # what is started inherits it
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, signal.SIG_DFL if handler is None else handler)
    if came:
        raise KeyboardInterrupt


@contextmanager
def no_main_module() -> Iterator[None]:
    """Hide the program that runs: multiprocessing would have each worker import it, which is 2 s of nbgrader."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
