"""Collect this process's memory in huge pages (2 MiB instead of 4 KiB).

A fork copies an entry for every page, and the end of a process takes each of them back: with 300 MB of libraries in
small pages that takes about 20 ms each. Linux makes huge pages by itself only where it is set up to; asking for it
once, with madvise(2) MADV_COLLAPSE, works on any Linux from 6.1. Elsewhere the zygote is as good, but slower.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from autograder.student import linux

SIZE = 2 << 20  # bytes of a huge page (x86_64, and aarch64 with pages of 4 KiB)
# For a process that is to be started: glibc (from 2.35) asks for huge pages for large blocks, such as tensors.
FOR_NEW_BLOCKS = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
_WRITABLE_ANONYMOUS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *(\[heap\])?")


def collapse() -> None:
    """Move what lies in small pages into huge ones, wherever a whole one can be filled."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        if (found := _WRITABLE_ANONYMOUS.fullmatch(line)) is None:
            continue
        start = -(-int(found[1], 16) // SIZE) * SIZE
        for page in range(start, int(found[2], 16) - SIZE + 1, SIZE):
            with contextlib.suppress(OSError):  # this one can't be; it stays as it is
                linux.collapse(page, SIZE)
