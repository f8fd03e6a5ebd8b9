"""The memory of a whole sandbox, where the system has no groups that hold it to its limit (`memory_groups`).

Limits of the operating system count per process. Every 100 ms this adds up a sandbox: a cheap overestimate first, the
exact sum only when that is over the limit. A forked copy is ended before the kernel it came from is.
"""

from __future__ import annotations

import contextlib
import threading

from autograder.kernels import exit_reasons, pidfds, sandbox_memory
from autograder.kernels.kernel_handle import StudentKernel
from autograder.kernels.process_activity import descendants
from autograder.student.resource_limits import MIB

_PERIOD = 0.1  # seconds


class Watchdog:
    """Watches kernels from a thread of its own that lives as long as there are any."""

    def __init__(self) -> None:
        self._kernels: dict[StudentKernel, int] = {}  # with the anonymous bytes each started with, a process
        self._lock = threading.Lock()
        self._more = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, kernel: StudentKernel, anonymous: int) -> None:
        """Watch a kernel until it is closed; `anonymous` are the bytes it shares with the zygote."""
        kernel.on_close(lambda: self._forget(kernel))
        with self._lock:
            self._kernels[kernel] = anonymous
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="memory-watchdog", daemon=True)
                self._thread.start()

    def _forget(self, kernel: StudentKernel) -> None:
        with self._lock:
            self._kernels.pop(kernel, None)

    def _run(self) -> None:
        while True:
            with self._lock:
                kernels = list(self._kernels.items())
                if not kernels:
                    self._thread = None
                    return
            for kernel, anonymous in kernels:
                _look_at(kernel, anonymous)
            self._more.wait(_PERIOD)


def _look_at(kernel: StudentKernel, anonymous: int) -> None:
    limit = kernel.limits.total_memory * MIB
    processes = descendants(kernel.first_pid)
    kept = sandbox_memory.kept(kernel.first_pid) if kernel.sandbox != "off" else 0
    if kept + sum(sandbox_memory.at_most(pid, anonymous) for pid in processes) <= limit:
        return
    if kept + sum(sandbox_memory.exactly(pid) for pid in processes) <= limit:
        return
    reason = exit_reasons.too_much_memory(kernel.limits)
    copy = kernel.copy
    if copy is not None and copy.alive() and _weight(copy.pidfd) > limit // 2:
        copy.kill(reason)
    else:
        kernel.kill(reason)


def _weight(pidfd: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        return sum(sandbox_memory.exactly(pid) for pid in descendants(pidfds.process_id(pidfd)))
    return 0
