"""The open descriptors of a sandbox's processes, and what the system tells of them."""

from __future__ import annotations

import contextlib
import os

from autograder.kernels.process_activity import descendants, read

Descriptors = list[tuple[str, str]]  # where to read of each, and what it is


def descriptors(first_pid: int) -> Descriptors:
    """Return the descriptors of a process and all its descendants."""
    found = []
    for process in descendants(first_pid):
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{process}/fd"):  # noqa: PTH208 - see read
                with contextlib.suppress(OSError):
                    target = os.readlink(f"/proc/{process}/fd/{name}")  # noqa: PTH115 - see read
                    found.append((f"/proc/{process}/fdinfo/{name}", target))
    return found


def in_flight_by_socket(found: Descriptors) -> dict[str, int]:
    """Return how many descriptors have been sent to each socket and not received. Processes may share a socket."""
    return {target: _sent(path) for path, target in found if target.startswith("socket:")}


def _sent(path: str) -> int:
    with contextlib.suppress(OSError):
        return sum(int(line.split()[1]) for line in read(path).splitlines() if line.startswith(b"scm_fds:"))
    return 0


def watched_by_epoll(found: Descriptors) -> int:
    """Return how many descriptors epoll watches."""
    watched = 0
    for path, target in found:
        if target == "anon_inode:[eventpoll]":
            with contextlib.suppress(OSError):
                watched += read(path).count(b"\ntfd:")
    return watched
