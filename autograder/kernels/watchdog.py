"""What is watched where the system doesn't hold a sandbox to it: its memory, and what all sandboxes share.

Limits of the operating system count per process. Where there is no group for a sandbox (`memory_groups`), its memory is
added up every 100 ms: a cheap overestimate first, the exact sum only when that is over the limit. A forked copy is
ended before the kernel it came from is. Where there is no user for it (`user_ids`), see `shared_counts`.
"""

from __future__ import annotations

import contextlib
import threading

from autograder.kernels import exit_reasons, pidfds, sandbox_memory
from autograder.kernels.kernel_handle import StudentKernel
from autograder.kernels.process_activity import descendants
from autograder.kernels.shared_counts import Shares
from autograder.student.resource_limits import MIB

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
                kernel.look()
            self._more.wait(_PERIOD)


class _Watched:
    """A kernel, and what it is watched for."""

    def __init__(self, kernel: StudentKernel, anonymous: int) -> None:
        self._kernel = kernel
        self._anonymous = anonymous  # bytes each of its processes started with
        self._shares = Shares(kernel.first_pid)
        self._looks = 0

    def look(self) -> None:
        if self._kernel.group is None:
            _look_at(self._kernel, self._anonymous)
        if self._kernel.shares_its_user and self._looks % _EVERY == 0 and (reason := self._shares.too_much()):
            self._kernel.kill(reason)
        self._looks += 1


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
