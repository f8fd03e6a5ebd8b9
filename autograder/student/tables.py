"""What libraries note down when they are loaded, and hardly anybody reads: in a file, and so in no kernel's memory.

torch registers all its operators and, as it usually comes, those of CUDA, whether there is a GPU or not: 105 MB on the
heap, of which a kernel reads 2. One of CUDA's libraries fills 87 MB after its own file. Each kernel that is forked from
the zygote would have its share of all that. So it is put into a file that has no name and lies in memory, and the file
is mapped where it was, for reading, and for writing without changing the file. Nothing changes but that a page is in a
process's memory only once it is used there.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from autograder.student import linux_calls

_LEAST = 2 << 20  # bytes that are worth it
_FILLS_MEMORY = "libcublasLt.so"  # how the name of the library of CUDA begins
_MAPPED = re.compile(r"^([0-9a-f]+)-.* (/.*)$", re.MULTILINE)
_LOADED = 1  # PT_LOAD: a part of the file that is mapped
_SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK
_noted: list[tuple[int, int]] = []


@contextlib.contextmanager
def noted() -> Iterator[None]:
    """Take what the heap grows by inside for tables."""
    start = linux_calls.heap_end()
    yield
    _noted.append((start, linux_calls.heap_end()))


def set_aside() -> None:
    """Put all tables into files. The process has one thread; where there can be no such file, all stays as it is."""
    for start, end in [*_noted, *_filled()]:
        start, end = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE, end // mmap.PAGESIZE * mmap.PAGESIZE
        if end - start >= _LEAST:
            _set_aside(start, end - start)


def _filled() -> Iterator[tuple[int, int]]:
    """Yield where memory without a file follows on the library's own, as its file says: what follows is another's."""
    mapped = _MAPPED.findall(Path("/proc/self/maps").read_text())
    for path, start in {path: int(start, 16) for start, path in reversed(mapped)}.items():  # where each begins
        if Path(path).name.startswith(_FILLS_MEMORY):
            for address, in_file, in_memory in _loaded(Path(path)):
                yield start + address + in_file, start + address + in_memory


def _loaded(library: Path) -> Iterator[tuple[int, int, int]]:
    """Yield where each part of a library is loaded, its bytes in the file, and those in memory: elf(5), 64 bits."""
    with library.open("rb") as file:
        first, size, count = struct.unpack_from("<Q14xHH", file.read(64), 32)
        file.seek(first)
        for kind, *where in struct.iter_unpack(f"<I12xQ8xQQ{size - 48}x", file.read(size * count)):
            if kind == _LOADED:
                yield where[0], where[1], where[2]


def _set_aside(start: int, size: int) -> None:
    """Put a part of memory into a file, if nothing is written there meanwhile: a first time is for trying that out.

    The heap's own notes are among the tables, and what is noted between copying and mapping would be lost.
    """
    with contextlib.ExitStack() as stack:
        try:
            file = os.memfd_create("tables", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            stack.callback(os.close, file)
            elsewhere = linux_calls.reserve(size)
            stack.callback(linux_calls.unmap, elsewhere, size)
            for _ in range(2):  # what the first time needs for the first time is there in the second
                _copy_and_map(start, size, file, elsewhere)
        except OSError:  # no room
            return
        if linux_calls.are_same(start, elsewhere, size):
            _copy_and_map(start, size, file, start)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)


def _copy_and_map(start: int, size: int, file: int, target: int) -> None:
    linux_calls.copy_into(file, start, size)
    linux_calls.map_in_place(target, size, file)
