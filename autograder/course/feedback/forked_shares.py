"""Work on many students shared among forks of this process, which has loaded all that they need."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from nbgrader.converters.base import NbGraderException

Item = TypeVar("Item")


def run(work: Callable[[list[Item]], None], items: Sequence[Item], count: int) -> None:
    """Call ``work`` with a part of the items in each of ``count`` processes, and wait for all of them.

    Where there is only one part, or this process has threads, which no fork would have, it is called here. ``work``
    says itself what went wrong: raises NbGraderException if one of them did, or ended before its end.
    """
    shares = [share for share in (list(items[first::count]) for first in range(count)) if share]
    if len(shares) < 2 or threading.active_count() > 1:
        work(list(items))
        return
    context = multiprocessing.get_context("fork")
    forks = [context.Process(target=_quietly, args=(work, share)) for share in shares]
    try:
        for fork in forks:
            fork.start()
        for fork in forks:
            fork.join()
    except BaseException:  # an interrupt: the forks have heard of it, too, unless it was for this process alone
        for fork in forks:
            if fork.pid is not None:
                fork.terminate()
        raise
    if any(fork.exitcode for fork in forks):
        raise NbGraderException("Some feedback could not be made: see above.")


def _quietly(work: Callable[[list[Any]], None], share: list[Any]) -> None:
    """Say how it ended by the exit status alone: an interrupt has no traceback, a failure has been told."""
    try:
        work(share)
    except (NbGraderException, KeyboardInterrupt):
        raise SystemExit(1) from None
