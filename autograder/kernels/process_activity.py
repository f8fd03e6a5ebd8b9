"""What a process and all it has started are doing: processor time, and whether they sleep."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass

_TICKS = os.sysconf("SC_CLK_TCK")  # of processor time, a second
_AT_WORK = b"RD"  # running, waiting for a processor, or for a disk
_STOPPED = b"T"
_TELLS_DELAYS = os.path.exists("/proc/self/schedstat")  # noqa: PTH110 - not all Linux kernels do


@dataclass(frozen=True)
class Activity:
    """What some processes are doing at one moment."""

    processor: float  # seconds of processor time that they have used so far, ended children included
    asleep: bool  # all of them wait, and neither for a processor nor for a disk
    stopped: bool  # they would go on, but one of them was stopped (SIGSTOP)
    at_disk: bool = False  # one of them waits for a disk
    delayed: float | None = None  # seconds that those which live have waited for a processor so far; None: not known


def activity(pid: int) -> Activity:
    """Return what a process and all its descendants are doing."""
    ticks, states, delay = 0, set(), 0
    for process in descendants(pid):
        with contextlib.suppress(OSError):
            ticks += sum(map(int, _fields(f"/proc/{process}/stat")[11:15]))  # utime, stime, cutime, cstime
            for task in os.listdir(tasks := f"/proc/{process}/task"):  # noqa: PTH208 - see read
                states.add(_fields(f"{tasks}/{task}/stat")[0])
                delay += _delay(f"{tasks}/{task}/schedstat")
    at_work = any(state in _AT_WORK for state in states)
    stopped = not at_work and any(state in _STOPPED for state in states)
    asleep, delayed = not at_work and not stopped, delay / 1e9 if _TELLS_DELAYS else None
    return Activity(ticks / _TICKS, asleep, stopped, at_disk=b"D" in states, delayed=delayed)


def _delay(path: str) -> int:
    """Return the nanoseconds that a thread has waited for a processor."""
    with contextlib.suppress(OSError):  # it has just ended
        return int(read(path).split()[1]) if _TELLS_DELAYS else 0
    return 0


def _fields(path: str) -> list[bytes]:
    """Return the fields of a stat file from the state on; the name before it may hold anything."""
    return read(path).rpartition(b")")[2].split()


def descendants(pid: int) -> list[int]:
    """Return a process and all its descendants, as far as they still exist."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        with contextlib.suppress(OSError):
            for task in os.listdir(tasks := f"/proc/{current}/task"):  # noqa: PTH208 - see read
                waiting += map(int, read(f"{tasks}/{task}/children").split())
    return found


def read(path: str) -> bytes:
    """Return what a file of the operating system says; a dozen are read ten times a second for each kernel."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a third of pathlib's time
        return file.read()
