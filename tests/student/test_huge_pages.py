"""Memory in huge pages: what is moved, and that what it holds stays."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.student import linux_calls, memory

SCRIPT = """
import mmap, re
from pathlib import Path
from autograder.student import memory, linux_calls

def huge():
    return int(re.search(r"AnonHugePages: *([0-9]+)", Path("/proc/self/smaps_rollup").read_text())[1]) << 10

region = mmap.mmap(-1, 8 * memory.SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
region.write(bytes(range(256)) * (len(region) // 256))
before = huge()
memory.collapse()
assert region[:] == bytes(range(256)) * (len(region) // 256)
print((huge() - before) // memory.SIZE)
"""


def _supported() -> bool:
    try:
        linux_calls.collapse(0, 0)
    except OSError:
        return False
    return True


def test_what_is_in_small_pages_is_moved_and_stays_what_it_was() -> None:
    if not _supported():
        pytest.skip("this Linux has no MADV_COLLAPSE")
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 7


def test_a_linux_that_cannot_leaves_everything_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(start: int, size: int) -> None:
        asked.append(start)
        raise OSError(22, "madvise: Invalid argument")

    monkeypatch.setattr(linux_calls, "collapse", refuse)
    memory.collapse()
    assert asked
    assert all(start % memory.SIZE == 0 for start in asked)
