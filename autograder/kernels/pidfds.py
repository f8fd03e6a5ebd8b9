"""Processes by descriptor. A descriptor, unlike a number, never comes to mean another process."""

from __future__ import annotations

import contextlib
import select
import signal
from pathlib import Path


def process_id(pidfd: int) -> int:
    """Return the process id as seen from here, -1 once the process is gone; raise ValueError if it is no pidfd."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    raise ValueError("not a process descriptor")


def is_one(descriptor: int) -> bool:
    """Return whether a descriptor is that of a process."""
    try:
        process_id(descriptor)
    except (OSError, ValueError):
        return False
    return True


def ended(pidfd: int, timeout: float = 0.0) -> bool:
    """Wait up to `timeout` seconds for the end of a process; return whether it has ended."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(timeout * 1000))


def send_signal(pidfd: int, number: int) -> None:
    """Send a signal; a process that has ended is no error."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, number)
