"""What a sandbox has of the things that the system counts per user, where all sandboxes are the same user.

Whoever takes all there is keeps the other kernels from starting. So each gets a share that no honest one comes near to,
and who has more in two looks in a row is ended, by name. Descriptors in flight (sent to a socket and not received yet)
are told of each socket that a process has. A socket that none has is in flight itself, and may hold more.
"""

from __future__ import annotations

import contextlib

from autograder.kernels.process_activity import read
from autograder.kernels.sandbox_descriptors import descriptors, in_flight_by_socket, watched_by_epoll

IN_FLIGHT = 128  # descriptors: a user can have as many in flight as a process may have open
WATCHED = 4096  # descriptors that epoll watches
_IN_ONE_MESSAGE = 253  # descriptors at most: what a socket out of sight may hold


class Shares:
    """What one sandbox has, from look to look."""

    def __init__(self, first_pid: int) -> None:
        self._first_pid = first_pid
        self._hidden: set[str] = set()
        self._before = ""

    def too_much(self) -> str:
        """Return what it has too much of since the last look, as the rest of a sentence about 'it', or ""."""
        now, before = self._now(), self._before
        self._before = now
        return now if now == before else ""

    def _now(self) -> str:
        there, found = _unix_sockets(self._first_pid), descriptors(self._first_pid)
        in_flight = in_flight_by_socket(found)
        hidden, before = there - set(in_flight), self._hidden
        self._hidden = hidden
        if sum(in_flight.values()) + len(hidden & before) * _IN_ONE_MESSAGE > IN_FLIGHT:
            return _words("open files on their way from one process to another", IN_FLIGHT)
        return _words("open files watched by epoll", WATCHED) if watched_by_epoll(found) > WATCHED else ""


def _words(what: str, most: int) -> str:
    return f"it took more than its share of what all students' kernels have in common: {what} (at most {most})"


def _unix_sockets(first_pid: int) -> set[str]:
    """Return the sockets of a sandbox that can hold descriptors, as links to them read.

    Their names are the student's: what looks like a line may be part of one.
    """
    found = set()
    with contextlib.suppress(OSError):
        for line in read(f"/proc/{first_pid}/net/unix").splitlines()[1:]:
            fields = line.split()
            if len(fields) > 6 and fields[6].isdigit() and int(fields[6]):  # 0: a connection, told with who listens
                found.add(f"socket:[{int(fields[6])}]")
    return found
