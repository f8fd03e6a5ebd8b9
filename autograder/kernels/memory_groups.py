"""A memory group of the system's (cgroup) for each sandbox: whatever a sandbox takes counts there, and has an end.

The system itself counts: pages of processes, files in scratch, and what it keeps for them (buffers of sockets and
pipes, tables of pages, descriptors). When there is no more to be had, it ends a process of the group.

Root can make groups below its own one (cgroup v1) or at the top (v2); an ordinary user where systemd has delegated a
group: `systemd-run --user --scope -p Delegate=yes nbgrader autograde …`.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "autograder-"
_GRADERS = "graders"  # in a delegated group of version 2, which can't have processes and groups at once
_DELEGATED = "user.delegate"  # what systemd notes at such a group
_REMOVAL = 1.0  # seconds
_numbers = itertools.count()


@dataclass(frozen=True)
class Version:
    """The names that one version of the system's groups has for things."""

    limits: dict[str, float]  # files, and which part of the limit is written there. The first must be there
    events: str  # file in which a line says how many processes were ended for want of memory
    counts_sockets: bool


# In version 1 what TCP has in its buffers counts by itself, and UDP not at all.
V1 = Version(
    {"memory.limit_in_bytes": 1, "memory.memsw.limit_in_bytes": 1, "memory.kmem.tcp.limit_in_bytes": 1 / 16},
    "memory.oom_control",
    counts_sockets=False,
)
V2 = Version({"memory.max": 1, "memory.swap.max": 0}, "memory.events", counts_sockets=True)


@dataclass(frozen=True)
class Place:
    """Where groups can be made, or why they can't."""

    folder: Path | None
    version: Version
    reason: str = ""


class MemoryGroup:
    """One sandbox's group. ``entry`` is a descriptor: who writes "0" to it joins."""

    def __init__(self, folder: Path, version: Version, limit: int) -> None:
        """Make it, for ``limit`` bytes. Raises OSError."""
        self._folder = folder
        self._version = version
        self.counts_sockets = version.counts_sockets
        self._seen = 0
        folder.mkdir()
        try:
            for name, part in version.limits.items():
                file = folder / name
                if file.exists() or name == next(iter(version.limits)):
                    file.write_text(str(int(limit * part)))
            self.entry = os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
        except BaseException:
            folder.rmdir()
            raise

    def was_full(self) -> bool:
        """Return whether a process was ended for want of memory since this was asked before."""
        before, self._seen = self._seen, self.ended()
        return self._seen > before

    def ended(self) -> int:
        """Return how many processes were ended for want of memory so far; 0 once the group is removed."""
        try:
            lines = (self._folder / self._version.events).read_text().splitlines()
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENODEV):
                return 0
            raise
        return sum(int(number) for name, _, number in (line.partition(" ") for line in lines) if name == "oom_kill")

    def remove(self) -> None:
        """Remove it, once its last process has ended; a group that can't be removed is left to the next grader."""
        end = time.monotonic() + _REMOVAL
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                self._folder.rmdir()
                return
            time.sleep(0.01)


def make(limit: int) -> MemoryGroup | None:
    """Make a group for ``limit`` bytes, or return None where there are none. Raises OSError."""
    place = found()
    if place.folder is None:
        return None
    return MemoryGroup(place.folder / f"{_PREFIX}{os.getpid()}-{next(_numbers)}", place.version, limit)


@functools.cache
def found() -> Place:
    """Return where this process can make groups; clear away what is left of graders that were killed."""
    reasons = []
    for folder, version, reason in _candidates():
        if not (why := reason or _refusal(folder, version)):
            _clear_away(folder)
            return Place(folder, version)
        reasons.append(why)
    return Place(None, V2, "; ".join(dict.fromkeys(reasons)) or "the system has no groups that limit memory")


def _candidates() -> list[tuple[Path, Version, str]]:
    """Return the folders in which groups may be made, or a reason against them, the best first."""
    result = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, more = line.partition(" - ")
        kind, _, options = more.split(" ", 2)
        root, mounted = fields.split(" ")[3:5]
        if kind == "cgroup2":
            result += _of_version_2(root, Path(mounted))
        elif kind == "cgroup" and "memory" in options.split(","):
            result.append((_own_group(":memory:", root, Path(mounted)), V1, ""))
    return result


def _of_version_2(root: str, mounted: Path) -> list[tuple[Path, Version, str]]:
    own = _own_group("0::", root, mounted)
    if own.name == _GRADERS:
        own = own.parent
    found = [(own, V2, "" if _delegated(own) else f"systemd has not delegated the group {own}")]
    if os.geteuid() == 0:
        found.append((mounted, V2, ""))
    return found


def _own_group(kind: str, root: str, mounted: Path) -> Path:
    """Return the folder of the group this process is in."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if kind in line:
            return mounted / os.path.relpath(line.split(":", 2)[2], root)
    return mounted


def _delegated(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.getxattr(folder, _DELEGATED) == b"1"
    return False


def _refusal(folder: Path, version: Version) -> str:
    """Have the children of a group limit memory, and try it; return why that can't be done, or ""."""
    try:
        if version is V2 and "memory" not in (folder / "cgroup.subtree_control").read_text().split():
            if _delegated(folder):
                _move_down(folder)
            (folder / "cgroup.subtree_control").write_text("+memory")
        group = MemoryGroup(folder / f"{_PREFIX}{os.getpid()}-trial", version, 1 << 30)
        os.close(group.entry)
        group.was_full()
        group.remove()
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return ""


def _move_down(folder: Path) -> None:
    """Move the processes of a delegated group, which are this grader's, into a group below it."""
    (folder / _GRADERS).mkdir(exist_ok=True)
    for process in (folder / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            (folder / _GRADERS / "cgroup.procs").write_text(process)


def _clear_away(folder: Path) -> None:
    for group in folder.glob(f"{_PREFIX}[0-9]*"):
        process = group.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path("/proc", process).exists():
            with contextlib.suppress(OSError):  # its last processes are about to end
                group.rmdir()
