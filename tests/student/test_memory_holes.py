"""Holes in memory: once they are filled, what is allocated lies in new memory."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
from autograder.student import memory, linux_calls

blocks = [bytes(40 + number % 400) for number in range(100_000)]
del blocks[::2]
large = [bytes(2_000) for _ in range(5_000)]
del large[::2]
mapped = memory._Mapped()
if sys.argv[1] == "fill":
    memory.fill()
small = [bytes(40 + number % 400) for number in range(10_000)]
print(sum(id(block) in mapped for block in small), sum(linux_calls.allocate(2_000) in mapped for _ in range(1_000)))
"""


def _in_old_memory(*arguments: str) -> list[int]:
    done = subprocess.run([sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True)
    return [int(number) for number in done.stdout.split()]


def test_what_is_allocated_lies_in_new_memory() -> None:
    small, large = _in_old_memory("fill")
    assert small < 100  # what filling itself has used and freed
    assert large == 0


def test_otherwise_it_lies_in_the_holes() -> None:
    assert _in_old_memory("no") == [10_000, 1_000]
