"""Memory of what this process has started, sampled while it works."""

from __future__ import annotations

import contextlib
import threading
import time

import psutil

PERIOD = 0.25  # seconds; a sample costs milliseconds a process
ZYGOTE = "autograder.student.zygote"


class Sampler:
    """Samples the proportional set size (PSS: shared pages count in proportion) of all descendants."""

    def __init__(self) -> None:
        self.kernels: list[int] = []  # bytes, of each student process in each sample
        self.own: list[int] = []  # of these: what it shares with nobody (USS)
        self.curve: list[tuple[float, int, int]] = []  # seconds, bytes of the main process, bytes of all together
        self._start = time.monotonic()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._end.wait(PERIOD):
            everything = psutil.Process().children(recursive=True)
            both = {process.pid: _pss_and_uss(process) for process in everything}
            sizes = {number: pss for number, (pss, _) in both.items()}
            kernels = [both[process.pid] for process in everything if _is_kernel(process)]
            self.kernels += [pss for pss, _ in kernels if pss]
            self.own += [uss for pss, uss in kernels if pss]
            main = sum(sizes.get(process.pid, 0) for process in psutil.Process().children())
            self.curve.append((time.monotonic() - self._start, main, sum(sizes.values())))


def _pss_and_uss(process: psutil.Process) -> tuple[int, int]:
    with contextlib.suppress(psutil.Error, FileNotFoundError):
        found = process.memory_full_info()
        return int(found.pss), int(found.uss)
    return 0, 0


def _is_kernel(process: psutil.Process) -> bool:
    """Whether it was forked from a zygote, two levels down: below it, and below a sandbox's first process."""
    with contextlib.suppress(psutil.Error):
        above = [process, *process.parents()[:2]]
        return len(above) == 3 and all(ZYGOTE in " ".join(one.cmdline()) for one in above)
    return False
