"""How much memory a process may take: what asks for more gets a MemoryError, and the machine goes on."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 1 << 20


def limit_memory(mebibytes: int) -> None:
    """Let this process, and those that it starts, take so much more than it has, in memory that they write to."""
    limit = _taken() + mebibytes * MIB
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


@contextmanager
def limited_memory(mebibytes: int) -> Iterator[None]:
    """Limit this process, which others may have work for as well, for a while; ``mebibytes`` as above."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    limit_memory(mebibytes)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _taken() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmData:"))
