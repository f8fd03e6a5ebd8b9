"""A handle on a forked copy of a student kernel.

Whatever comes from the other end of its socket may be the student's doing: it is checked, and decides nothing but the
words in a message.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

from autograder.kernels import exit_reasons, pidfds
from autograder.kernels.process_activity import Activity, activity

if TYPE_CHECKING:
    from autograder.kernels.kernel_handle import StudentKernel


def was_killed(status: int | None) -> bool:
    """Return whether a wait status is that of a killed process."""
    return status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


class Copy:
    """A forked copy of a kernel. `channel` is the trusted end of its socket; `pidfd` is readable when it has ended."""

    def __init__(self, kernel: StudentKernel, channel: socket.socket, pidfd: int, pid: int) -> None:
        self.channel = channel
        self.pidfd = pidfd
        self._kernel = kernel
        self._pid = pid
        self._outer_pid = pidfds.process_id(pidfd)  # as seen from here
        self._death = ""
        self._closed = False
        self._lock = threading.RLock()

    def alive(self) -> bool:
        """Return whether the copy is still there."""
        with self._lock:
            return not self._closed and not pidfds.ended(self.pidfd)

    def activity(self) -> Activity:
        """Return what the copy and all it has started are doing."""
        return activity(self._outer_pid)

    def go_on(self) -> None:
        """Let a stopped copy go on."""
        with self._lock:
            if not self._closed:
                pidfds.send_signal(self.pidfd, signal.SIGCONT)

    @property
    def vanished(self) -> bool:
        """Whether it ended because the kernel's whole sandbox was ended from outside."""
        return self._kernel.vanished

    def interrupt(self) -> None:
        """Send SIGINT; what that does is up to the serve loop."""
        with self._lock:
            if not self._closed:
                pidfds.send_signal(self.pidfd, signal.SIGINT)

    def kill(self, reason: str = exit_reasons.STOPPED) -> None:
        """End the copy; `death()` will give the reason. Does not wait."""
        with self._lock:
            if self.alive():
                self._death = self._death or reason
                pidfds.send_signal(self.pidfd, signal.SIGKILL)

    def death(self) -> str:
        """Say how the copy ended, or "it is still running"."""
        if self._closed or self._death:
            return self._death
        if self.alive():
            return "it is still running"
        if self._kernel.doomed():
            self._death = self._kernel.death()
        else:
            self._death = self._kernel.ending(self._kernel.ask_status(self._pid))
        return self._death

    def close(self) -> None:
        """End the copy and free everything. May be called twice."""
        if self._closed:
            return
        self.death()
        if not self._kernel.doomed():
            self._kernel.bury(self._pid)  # and what it has left behind
        with self._lock:
            self._closed = True
            self.channel.close()
            os.close(self.pidfd)
        if self._kernel.copy is self:
            self._kernel.copy = None
