"""The zygote's memory: collected in huge pages, its holes filled, so that a kernel forked from it costs little.

Huge pages (2 MiB instead of 4 KiB): a fork copies an entry for every page, and the end of a process takes each of them
back: with 300 MB of libraries in small pages that takes about 20 ms each. Linux makes huge pages by itself only where
it is set up to; asking for it once, with madvise(2) MADV_COLLAPSE, works on any Linux from 6.1. Elsewhere the zygote is
as good, but slower.

Holes: freed objects have left them all over a zygote's memory, and what a kernel allocates would come to lie in them:
writing to each costs the copy of a page, and where that is part of a huge page its division. Once the holes are filled
a kernel's own memory is fresh, and in one place. There are a few MB of them.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path

from autograder.student import linux_calls

SIZE = 2 << 20  # bytes of a huge page (x86_64, and aarch64 with pages of 4 KiB)
# For a process that is to be started: glibc (from 2.35) asks for huge pages for large blocks, such as tensors.
FOR_NEW_BLOCKS = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
_WRITABLE_ANONYMOUS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *(\[heap\])?")
_WRITABLE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw")
_PYTHONS_LARGEST = 512  # bytes of a block that Python manages by itself, in steps of _STEP
_STEP = 16
_BYTES = b"".__sizeof__()  # of a bytes object, beside its content
# Of blocks from the C library, the largest first: what is left of a hole takes smaller ones.
_SIZES = (*range(128000, 4096, -1024), *range(4096, 1024, -64), *range(1024, 0, -_STEP))
_filling: list[object] = []


def collapse() -> None:
    """Move what lies in small pages into huge ones, wherever a whole one can be filled."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        if (found := _WRITABLE_ANONYMOUS.fullmatch(line)) is None:
            continue
        start = -(-int(found[1], 16) // SIZE) * SIZE
        for page in range(start, int(found[2], 16) - SIZE + 1, SIZE):
            with contextlib.suppress(OSError):  # this one can't be; it stays as it is
                linux_calls.collapse(page, SIZE)


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
        while linux_calls.allocate(size) in mapped:
            pass
    for size in range(_PYTHONS_LARGEST, _BYTES, -_STEP):
        _fill(mapped, lambda size=size: bytes(size - _BYTES))  # type: ignore[misc]
    _fill(mapped, lambda: float("1.5"))
    _fill(mapped, object)


def _fill(mapped: _Mapped, make: Callable[[], object]) -> None:
    _filling.append(make())
    while id(_filling[-1]) in mapped:
        _filling.append(make())
