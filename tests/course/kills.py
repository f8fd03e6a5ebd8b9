"""The processes of a running `nbgrader autograde`, to be killed."""

from __future__ import annotations

import contextlib
import time
from random import Random

import psutil

KINDS = ("run", "worker", "zygote", "kernel")


def victims(run: psutil.Process) -> dict[str, list[psutil.Process]]:
    """Return the processes of each kind below ``run``, as far as there are any."""
    servers = [process for process in run.children() if "multiprocessing.forkserver" in command(process)]
    workers = [worker for server in servers for worker in children(server)]
    student = [process for process in run.children(recursive=True) if "autograder.student.zygote" in command(process)]
    zygotes = [process for process in student if process.ppid() not in {other.pid for other in student}]
    kernels = [kernel for zygote in zygotes for first in children(zygote) for kernel in children(first)]
    return {"run": [run], "worker": workers, "zygote": zygotes, "kernel": kernels}


def kill(kind: str, pid: int, chance: Random) -> bool:
    """Kill a process of this kind, at a random moment of its life; return False if the run ended before."""
    with contextlib.suppress(psutil.NoSuchProcess):
        run = psutil.Process(pid)
        while run.status() != psutil.STATUS_ZOMBIE:
            with contextlib.suppress(psutil.NoSuchProcess):
                if victims(run)[kind]:
                    time.sleep(chance.uniform(0.0, 3.0))
                    if found := victims(run)[kind]:
                        chance.choice(found).kill()
                        return True
            time.sleep(0.02)
    return False


def children(process: psutil.Process) -> list[psutil.Process]:
    """Return the children of a process; none when it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return list(process.children())
    return []


def command(process: psutil.Process) -> str:
    """Return the command line of a process, "" when it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return " ".join(process.cmdline())
    return ""
