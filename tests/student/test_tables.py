"""Tables that libraries have filled: set aside into a file, they stay what they were, and take no memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAD = """
import ctypes, mmap, os, re, struct, sys
from pathlib import Path
from autograder.student import linux_calls, tables

SIZE = 8 << 20

def anonymous():
    return int(re.search("RssAnon:[^0-9]*([0-9]+)", Path("/proc/self/status").read_text())[1]) << 10

def named(name):
    '''Memory that follows directly on a file's of that name, as a library fills it, and more that is another's.'''
    start = linux_calls.reserve(SIZE + 3 * mmap.PAGESIZE)
    headers = struct.pack("<4s28xQ14xHH6x", b"\\x7fELF", 64, 56, 1)
    headers += struct.pack("<I12xQ8xQQ8x", 1, 0, mmap.PAGESIZE, SIZE + mmap.PAGESIZE)
    with open(name, "wb") as file:
        file.write(headers.ljust(mmap.PAGESIZE, b"\\0"))
    file = os.open(name, os.O_RDONLY)
    linux_calls.map_in_place(start, mmap.PAGESIZE, file)
    how = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x10  # in its place
    found = linux_calls._mmap(start + mmap.PAGESIZE, SIZE + 2 * mmap.PAGESIZE, 3, how, -1, 0)
    filled = (ctypes.c_char * SIZE).from_address(found)
    filled[:] = bytes(range(256)) * (SIZE // 256)
    return filled
"""
HEAP = """
with tables.noted():
    blocks = [(ctypes.c_char * 100_000).from_address(linux_calls.allocate(100_000)) for _ in range(80)]
    for number, block in enumerate(blocks):
        block[:] = bytes([number]) * len(block)
before = anonymous()
tables.set_aside()
print(round((before - anonymous()) / 2**20))
assert all(bytes(block) == bytes([number]) * len(block) for number, block in enumerate(blocks))
more = [bytearray(2_000 * (number % 40)) for number in range(5_000)]  # the heap is as usable as before
del more[::2], blocks[0]
more += [bytearray(3_000 * (number % 30)) for number in range(5_000)]
assert all(bytes(block) == bytes([number]) * len(block) for number, block in enumerate(blocks, start=1))
"""
LIBRARY = """
filled = named(sys.argv[1])
before = anonymous()
tables.set_aside()
print(round((before - anonymous()) / 2**20))
assert filled[:] == bytes(range(256)) * (SIZE // 256)
child = os.fork()
if child == 0:
    filled[:3] = b"own"
    os._exit(filled[:5] != b"own" + bytes([3, 4]))
assert os.waitpid(child, 0)[1] == 0
assert filled[:5] == bytes(range(5))
filled[:3] = b"new"
assert filled[:5] == b"new" + bytes([3, 4])
"""
WRITTEN_MEANWHILE = """
filled = named(sys.argv[1])
really = linux_calls.copy_into
def copy_into(descriptor, start, size):
    really(descriptor, start, size)
    filled[100] = bytes([filled[100][0] ^ 1])
linux_calls.copy_into = copy_into
before = anonymous()
tables.set_aside()
print(round((before - anonymous()) / 2**20))
assert filled[99:102] == bytes([99, 100, 101])  # two tries, each noted
"""
NO_ROOM = """
filled = named(sys.argv[1])
def refuse(*_):
    raise OSError(28, "No space left on device")
setattr(*{"memfd_create": (os, "memfd_create"), "copy_into": (linux_calls, "copy_into")}[sys.argv[2]], refuse)
tables.set_aside()
assert filled[:] == bytes(range(256)) * (SIZE // 256)
print(len(os.listdir("/proc/self/fd")))
"""


def told(script: str, *arguments: str | Path) -> int:
    done = subprocess.run([sys.executable, "-c", HEAD + script, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_what_is_noted_on_the_heap_takes_no_memory_and_the_heap_works_on() -> None:
    assert told(HEAP) >= 7


def test_what_the_library_has_filled_takes_no_memory_and_is_each_processs_own(tmp_path: Path) -> None:
    assert told(LIBRARY, tmp_path / "libcublasLt.so.13") >= 7


def test_what_others_have_filled_stays_where_it_is(tmp_path: Path) -> None:
    assert told(LIBRARY, tmp_path / "libother.so.13") == 0


def test_what_is_written_meanwhile_is_not_lost(tmp_path: Path) -> None:
    assert told(WRITTEN_MEANWHILE, tmp_path / "libcublasLt.so.13") == 0


@pytest.mark.parametrize("what", ["memfd_create", "copy_into"])
def test_where_there_is_no_room_all_stays_as_it_is(tmp_path: Path, what: str) -> None:
    open_descriptors = 3 + 1 + 1  # the library's, and the one that lists them
    assert told(NO_ROOM, tmp_path / "libcublasLt.so.13", what) == open_descriptors
