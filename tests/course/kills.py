"""The processes of a running `nbgrader autograde`, to be killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random

KINDS = ("run", "worker", "zygote", "kernel")


def victims(run: int) -> dict[str, list[int]]:
    """Return the process ids of each kind below the process ``run``, as far as there are any."""
    tree = {pid: children(pid) for pid in [run, *below(run)]}
    servers = [pid for pid in tree if "multiprocessing.forkserver" in command(pid) and pid in children(run)]
    workers = [pid for server in servers for pid in tree.get(server, [])]
    student = [pid for pid in tree if "autograder.student.zygote" in command(pid)]
    zygotes = [pid for pid in student if not any(pid in tree.get(other, []) for other in student)]
    firsts = [pid for zygote in zygotes for pid in tree.get(zygote, [])]
    kernels = [pid for first in firsts for pid in tree.get(first, [])]
    return {"run": [run], "worker": workers, "zygote": zygotes, "kernel": kernels}


def kill_one(run: subprocess.Popen[str], chance: Random) -> str:
    """Kill a process of a random kind at a random moment of its life; return the kind, "" if the run ended before."""
    kind = chance.choice(KINDS)
    while run.poll() is None:
        if victims(run.pid)[kind]:
            time.sleep(chance.uniform(0.0, 3.0))
            if found := victims(run.pid)[kind]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(found), signal.SIGKILL)
                    return kind
        time.sleep(0.02)
    return ""


def below(pid: int) -> list[int]:
    found = children(pid)
    return found + [pid for child in found for pid in below(child)]


def children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
