"""Fill the holes in this process's memory.

Freed objects have left holes all over a zygote's memory, and what a kernel allocates would come to lie in them: writing
to each costs the copy of a page, and where that is part of a huge page its division. Once the holes are filled a
kernel's own memory is fresh, and in one place. There are a few MB of them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path

from autograder.student import linux

_WRITABLE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw")
_PYTHONS_LARGEST = 512  # bytes of a block that Python manages by itself, in steps of _STEP
_STEP = 16
_BYTES = b"".__sizeof__()  # of a bytes object, beside its content
# Of blocks from the C library, the largest first: what is left of a hole takes smaller ones.
_SIZES = (*range(128000, 4096, -1024), *range(4096, 1024, -64), *range(1024, 0, -_STEP))
_filling: list[object] = []


class _Mapped:
    """The writable memory of this process, as it was."""

    def __init__(self) -> None:
        found = filter(None, map(_WRITABLE.match, Path("/proc/self/maps").read_text().splitlines()))
        ranges = sorted((int(line[1], 16), int(line[2], 16)) for line in found)
        self._starts, self._ends = [start for start, _ in ranges], [end for _, end in ranges]

    def __contains__(self, address: int) -> bool:
        at = bisect_right(self._starts, address) - 1
        return at >= 0 and address < self._ends[at]


def fill() -> None:
    """Allocate until what is allocated lies in new memory, blocks of each size. They are never freed."""
    mapped = _Mapped()
    for size in _SIZES:
        while linux.allocate(size) in mapped:
            pass
    for size in range(_PYTHONS_LARGEST, _BYTES, -_STEP):
        _fill(mapped, lambda size=size: bytes(size - _BYTES))  # type: ignore[misc]
    _fill(mapped, lambda: float("1.5"))
    _fill(mapped, object)


def _fill(mapped: _Mapped, make: Callable[[], object]) -> None:
    _filling.append(make())
    while id(_filling[-1]) in mapped:
        _filling.append(make())
