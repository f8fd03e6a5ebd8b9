"""What this machine can isolate, tried for real, in plain words: for `autograder doctor`."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.student import isolation_features

_TIMEOUT = 60.0  # seconds
_OFF = 'grade on another machine, or set c.StudentProvisioner.sandbox = "off" knowingly'


@dataclass(frozen=True)
class Capability:
    """One thing that isolation needs."""

    name: str
    ok: bool
    sentence: str  # what it means that it is there, or why it is not
    next_step: str = ""  # what to do when it is not
    needed: bool = True  # without it, `sandbox = "on"` refuses to start


@dataclass(frozen=True)
class _Wanted:
    means: str
    next_step: str = _OFF
    needed: bool = True


_WANTED = {
    isolation_features.USER: _Wanted(
        "student code has no rights outside its sandbox", f"ask the administrator, {_OFF}"
    ),
    isolation_features.MOUNT: _Wanted(
        "course, hidden tests, home folders and other submissions do not exist for student code"
    ),
    isolation_features.PROCESS: _Wanted("student code sees only its own processes, and they all end with it"),
    isolation_features.NETWORK: _Wanted("student code has no network"),
    isolation_features.IPC: _Wanted("student code shares no memory segments or queues with others"),
    isolation_features.SECCOMP: _Wanted(
        "student code cannot look into other processes or reach rarely used parts of the system"
    ),
    isolation_features.PROCESS_LIMIT: _Wanted(
        "the limit on processes counts each sandbox by itself",
        "use Linux 5.14 or newer, or grade as a user that runs little else",
        needed=False,
    ),
    isolation_features.OWN_USERS: _Wanted(
        "each sandbox is a user of its own: what the system counts per user, no student can take from the others",
        "sandboxes that take what all share are found, ended and named. For users of their own, install newuidmap "
        "(Debian: uidmap) and have the administrator run `usermod --add-subuids 300000-365535 --add-subgids "
        "300000-365535 USER` with numbers that nobody has",
        needed=False,
    ),
    isolation_features.MEMORY_GROUP: _Wanted(
        "the system itself holds each sandbox to its memory, wherever that is",
        "memory is added up instead (below). For a group of the system's, grade as root, or start grading with "
        "`systemd-run --user --scope -p Delegate=yes`",
        needed=False,
    ),
    isolation_features.TOTAL_MEMORY: _Wanted(
        "where there is no memory group, a watchdog adds up the memory of each sandbox ten times a second and ends one "
        "that is over its limit",
        "only the limit per process holds here: give the machine memory to spare, or ask for a kernel with "
        "/proc/<pid>/task/<tid>/children and smaps_rollup",
        needed=False,
    ),
}


def probe() -> list[Capability]:
    """Try every feature in a short-lived process and say what came of it."""
    if sys.platform != "linux":
        return [
            Capability("Linux", False, f"the sandbox needs Linux; this is {sys.platform}", "use WSL 2 or a container")
        ]
    code = "import sys; sys.path.insert(0, sys.argv[1]); from autograder.kernels.isolation_trials import main; main()"
    command = [sys.executable, "-I", "-S", "-c", code, str(Path(__file__).parents[2])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False, env={})
    if done.returncode:
        return [Capability("probe", False, f"the probe itself failed: {done.stderr[-500:]}", "report this")]
    return [_capability(name, reason) for name, reason in json.loads(done.stdout).items()]


def _capability(name: str, reason: str) -> Capability:
    wanted = _WANTED[name]
    if not reason:
        return Capability(name, True, wanted.means, needed=wanted.needed)
    return Capability(name, False, f"not possible here: {reason}", wanted.next_step, wanted.needed)
