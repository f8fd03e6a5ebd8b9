"""The memory of all processes of a sandbox together.

Limits of the operating system count per process. Every 100 ms this adds up a sandbox: a cheap overestimate first, the
exact sum (PSS: shared pages count in proportion) only when that is over the limit. A forked copy is ended before the
kernel it came from is.
"""

from __future__ import annotations

import contextlib
import threading

from autograder.kernels import exit_reasons, pidfds
from autograder.kernels.kernel_handle import StudentKernel
from autograder.kernels.process_activity import descendants, read
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
    if sum(max(0, _private(pid) - anonymous) for pid in processes) <= limit:
        return
    if sum(proportional(pid) for pid in processes) <= limit:
        return
    reason = exit_reasons.too_much_memory(kernel.limits)
    copy = kernel.copy
    if copy is not None and copy.alive() and _weight(copy.pidfd) > limit // 2:
        copy.kill(reason)
    else:
        kernel.kill(reason)


def _weight(pidfd: int) -> int:
    with contextlib.suppress(OSError, ValueError):
        return sum(proportional(pid) for pid in descendants(pidfds.process_id(pidfd)))
    return 0


def _private(pid: int) -> int:
    """Anonymous and shared memory of a process, bytes; 0 if it is gone. Cheap."""
    return _sum(f"/proc/{pid}/status", (b"RssAnon:", b"RssShmem:"))


def proportional(pid: int) -> int:
    """PSS of a process, bytes; 0 if it is gone. Costs milliseconds."""
    return _sum(f"/proc/{pid}/smaps_rollup", (b"Pss:",))


def _sum(path: str, fields: tuple[bytes, ...]) -> int:
    with contextlib.suppress(OSError):
        lines = read(path).splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(fields))
    return 0
