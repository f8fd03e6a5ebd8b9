"""How much memory a sandbox has, by what the system tells of it: its processes, and what no process has.

Shared memory lies in scratch (the system call filter leaves no other), which is counted once, mapped or not. What the
system keeps in buffers is not told of anybody: there it goes by how many sockets and descriptors there are.
"""

from __future__ import annotations

import contextlib
import math
import os

from autograder.kernels.process_activity import descendants, read
from autograder.kernels.sandbox_descriptors import descriptors, watched_by_epoll
from autograder.student.root_filesystem import SCRATCH
from autograder.student.sandbox_network import BUFFER

_DESCRIPTOR = 6 << 10  # bytes: half of a pipe, with two pages in it
_MAPPING = _WATCH = 256  # bytes of what the system notes of a part of memory, of a descriptor that epoll watches
_MOST_MAPPINGS = 1 << 18  # of all processes: going through more takes too long; a process that trains has 2,000
_KIB = 1024


def files(first_pid: int) -> int:
    """Return the bytes in scratch; 0 if the sandbox is gone."""
    with contextlib.suppress(OSError):
        scratch = os.statvfs(f"/proc/{first_pid}/root{SCRATCH}")
        return (scratch.f_blocks - scratch.f_bfree) * scratch.f_frsize
    return 0


def sockets(first_pid: int) -> int:
    """Return the bytes that the sockets of a sandbox can hold at most; 0 if it is gone."""
    return _sum(f"/proc/{first_pid}/net/sockstat", {b"sockets: used": 2 * BUFFER})


def notes(first_pid: int) -> float:
    """Return the bytes of what the system notes of a sandbox's memory and watched descriptors. Costs milliseconds.

    Infinite if they can't be counted in a reasonable time.
    """
    mappings = 0
    for process in descendants(first_pid):
        with contextlib.suppress(OSError):
            mappings += read(f"/proc/{process}/maps").count(b"\n")
        if mappings > _MOST_MAPPINGS:
            return math.inf
    return mappings * _MAPPING + watched_by_epoll(descriptors(first_pid)) * _WATCH


def at_most(pid: int, anonymous: int) -> int:
    """Return the bytes a process has beside those it shares with the zygote, or more; 0 if it is gone. Cheap."""
    parts = {b"RssAnon:": _KIB, b"VmSwap:": _KIB, b"VmPTE:": _KIB, b"FDSize:": _DESCRIPTOR}
    return max(0, _sum(f"/proc/{pid}/status", parts) - anonymous)


def exactly(pid: int) -> int:
    """Return the bytes of a process, of those it shares its part; 0 if it is gone. Costs milliseconds."""
    parts = {b"Pss_Anon:": _KIB, b"Pss_File:": _KIB, b"SwapPss:": _KIB}
    own = _sum(f"/proc/{pid}/status", {b"VmPTE:": _KIB, b"FDSize:": _DESCRIPTOR})
    return own + _sum(f"/proc/{pid}/smaps_rollup", parts)


def _sum(path: str, parts: dict[bytes, int]) -> int:
    """Return the numbers after these beginnings of lines, each times its factor, added up; 0 if the file is gone."""
    total = 0
    with contextlib.suppress(OSError):
        for line in read(path).splitlines():
            for name, factor in parts.items():
                if line.startswith(name):
                    total += factor * int(line.removeprefix(name).split()[0])
    return total
