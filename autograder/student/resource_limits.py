"""The numbers a student kernel has to live with, and the ones the operating system enforces per process."""

from __future__ import annotations

import contextlib
import os
import resource
from dataclasses import asdict, dataclass
from pathlib import Path

MIB = 1 << 20
_CPU_GRACE = 5  # seconds between SIGXCPU and SIGKILL
_RESERVE = 64 * MIB  # of memory, see release_reserve


@dataclass(frozen=True)
class Limits:
    """Limits of one student kernel and whatever it starts. `StudentProvisioner` has a trait for each."""

    memory: int = 3072  # MiB a process, on top of what the zygote maps
    total_memory: int = 4096  # MiB, a sandbox in all: processes, files, what the system keeps for them
    processes: int = 128  # processes and threads of a sandbox
    open_files: int = 512  # per process
    file_size: int = 256  # MiB, the largest file that can be written
    scratch: int = 512  # MiB: home, /tmp and /dev/shm together
    scratch_files: int = 20_000  # files and folders in scratch
    cpu_seconds: int = 600  # seconds of processor time, per process
    threads: int = 1  # of torch and OpenMP
    seed: int = 0  # of random, numpy and torch

    def to_plain(self) -> dict[str, int]:
        """Return the limits as a dictionary that JSON can carry."""
        return asdict(self)


def apply(limits: Limits, sandbox: bool) -> None:
    """Put the per-process limits, except memory, on this process and its descendants; they cannot be raised again.

    Outside a sandbox the system counts all processes of the user: those that are there already are allowed for. The
    limit on processes does not bind real root.
    """
    others = 0 if sandbox else _tasks_of(os.geteuid())
    hard = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 8 * MIB,
        resource.RLIMIT_SIGPENDING: 256,
        resource.RLIMIT_FSIZE: limits.file_size * MIB,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_NPROC: limits.processes + others,
    }
    for kind, value in hard.items():
        resource.setrlimit(kind, _at_most(kind, value, value))
    cpu = _at_most(resource.RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + _CPU_GRACE)
    resource.setrlimit(resource.RLIMIT_CPU, cpu)


def first_to_go(proc: str = "/proc") -> None:
    """When there is no memory left, on the machine or in the sandbox, have this process ended before others."""
    with contextlib.suppress(OSError):
        Path(proc, "self/oom_score_adj").write_text("1000")


def apply_memory(limits: Limits) -> None:
    """Limit the memory of this process and of each of its descendants.

    Counted in mapped bytes, on top of what is mapped now: called when the kernel and its threads are up.
    """
    ceiling = _mapped_bytes() + limits.memory * MIB
    resource.setrlimit(resource.RLIMIT_AS, _at_most(resource.RLIMIT_AS, ceiling, ceiling + _RESERVE))


def release_reserve() -> None:
    """Give a process that has run out of memory what it takes to say so.

    A kernel that can't allocate a few pages for the traceback, or for the message with it, aborts instead.
    """
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _at_most(kind: int, soft: int, hard: int) -> tuple[int, int]:
    """A limit that is already lower than asked for stays as it is: raising it would be refused."""
    ceiling = resource.getrlimit(kind)[1]
    if ceiling == resource.RLIM_INFINITY:
        return soft, hard
    return min(soft, ceiling), min(hard, ceiling)


def _mapped_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _tasks_of(uid: int) -> int:
    count = 0
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and folder.stat().st_uid == uid:
                count += sum(1 for _ in (folder / "task").iterdir())
    return count
