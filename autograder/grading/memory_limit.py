"""How much memory a process may take: what asks for more gets a MemoryError, and the machine goes on."""

from __future__ import annotations

import resource
from pathlib import Path

MIB = 1 << 20


def limit_memory(mebibytes: int) -> None:
    """Let this process, and those that it starts, take so much more than it has, in memory that they write to."""
    limit = _taken() + mebibytes * MIB
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def _taken() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData:"))
