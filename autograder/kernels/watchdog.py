"""What is watched where the system doesn't hold a sandbox to it: its memory, and what all sandboxes share.

Limits of the operating system count per process. Where there is no group for a sandbox (`memory_groups`), its memory is
added up every 100 ms: a cheap overestimate first, the exact sum only when that is over the limit. A forked copy is
ended before the kernel it came from is. Where there is a group, the system ends single processes; the kernel that goes
on without them is ended as well, or it would seem as if nothing had happened. Where there is no user for a sandbox
(`user_ids`), see `shared_counts`.
"""

from __future__ import annotations

import contextlib
import logging
import threading

from autograder.kernels import exit_reasons, pidfds, sandbox_memory
from autograder.kernels.kernel_handle import StudentKernel
from autograder.kernels.memory_groups import MemoryGroup
from autograder.kernels.process_activity import descendants
from autograder.kernels.shared_counts import Shares
from autograder.student.resource_limits import MIB

log = logging.getLogger(__name__)

_PERIOD = 0.1  # seconds
_EVERY = 10  # looks at memory: a look at what all sandboxes share


class Watchdog:
    """Watches kernels from a thread of its own that lives as long as there are any."""

    def __init__(self) -> None:
        self._kernels: dict[StudentKernel, _Watched] = {}
        self._lock = threading.Lock()
        self._more = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, kernel: StudentKernel, anonymous: int) -> None:
        """Watch a kernel until it is closed; `anonymous` are the bytes it shares with the zygote."""
        kernel.on_close(lambda: self._forget(kernel))
        with self._lock:
            self._kernels[kernel] = _Watched(kernel, anonymous)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()

    def _forget(self, kernel: StudentKernel) -> None:
        with self._lock:
            self._kernels.pop(kernel, None)

    def _run(self) -> None:
        while True:
            with self._lock:
                kernels = list(self._kernels.values())
                if not kernels:
                    self._thread = None
                    return
            for kernel in kernels:
                try:
                    kernel.look()
                except Exception:  # the others are watched all the same
                    log.exception("A student's kernel can't be watched; it is ended")
                    kernel.end_unwatched()
            self._more.wait(_PERIOD)


class _Watched:
    """A kernel, and what it is watched for."""

    def __init__(self, kernel: StudentKernel, anonymous: int) -> None:
        self._kernel = kernel
        self._anonymous = anonymous  # bytes each of its processes started with
        self._limit = kernel.limits.total_memory * MIB
        self._shares = Shares(kernel.first_pid)
        self._notes = 0.0
        self._ended = 0  # processes of its group, for want of memory
        self._looks = 0

    def look(self) -> None:
        """Look at the kernel, and end it or its copy."""
        thoroughly = self._looks % _EVERY == 0
        self._looks += 1
        if self._kernel.group is None:
            self._add_up(thoroughly)
        else:
            self._look_at_group(self._kernel.group)
        if thoroughly and self._kernel.shares_its_user and (reason := self._shares.too_much()):
            self._kernel.kill(reason)

    def end_unwatched(self) -> None:
        """End the kernel, since nobody would know what it takes."""
        self._kernel.kill(f"{exit_reasons.STOPPED}, who could not see what it uses")

    def _look_at_group(self, group: MemoryGroup) -> None:
        """End the copy or the kernel that goes on without a process that the system has ended for want of memory."""
        before, self._ended = self._ended, group.ended()
        copy, reason = self._kernel.copy, exit_reasons.too_much_memory(self._kernel.limits)
        if self._ended > before:
            (copy or self._kernel).kill(reason)  # a copy that was ended itself stays as it is
        elif not group.counts_sockets and sandbox_memory.sockets(self._kernel.first_pid) > self._limit // 4:
            self._kernel.kill(reason)

    def _add_up(self, thoroughly: bool) -> None:
        first = self._kernel.first_pid
        kept: float = 0
        if self._kernel.sandbox != "off":
            self._notes = sandbox_memory.notes(first) if thoroughly else self._notes
            kept = self._notes + sandbox_memory.files(first) + sandbox_memory.sockets(first)
        processes = descendants(first)
        if kept + sum(sandbox_memory.at_most(pid, self._anonymous) for pid in processes) <= self._limit:
            return
        if kept + sum(sandbox_memory.exactly(pid) for pid in processes) <= self._limit:
            return
        reason = exit_reasons.too_much_memory(self._kernel.limits)
        copy = self._kernel.copy
        if copy is not None and copy.alive() and _weight(copy.pidfd) > self._limit // 2:
            copy.kill(reason)
        else:
            self._kernel.kill(reason)


def _weight(pidfd: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        return sum(sandbox_memory.exactly(pid) for pid in descendants(pidfds.process_id(pidfd)))
    return 0
