"""Memory that no process seems to have: it counts, wherever the system keeps it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from autograder.kernels import launch, memory_groups

LIMITS = {"memory": 600, "total_memory": 700, "scratch": 100}  # MiB
ROOM = 150  # MiB: what is taken between two looks


@dataclass(frozen=True)
class Kind:
    what: str
    code: str


# Children take, 300 MiB a second in all, and say how much; their parent prints what those that live have together.
_TAKING = """
import ctypes, mmap, os, select, socket, struct, time
libc = ctypes.CDLL(None, use_errno=True)
said, say = os.pipe()
has = {}
def took(size):
    os.write(say, struct.pack('qq', os.getpid(), size))
    time.sleep(size / rate)
def in_children(number, take):
    global rate
    rate = (300 << 20) / number
    for _ in range(number):
        if os.fork() == 0:
            try: take()
            except OSError: pass
            time.sleep(1000)
"""
_COUNTING = """
told = 0
while select.select([said], [], [], 3)[0]:
    for child, size in struct.iter_unpack('qq', os.read(said, 4096)):
        has[child] = has.get(child, 0) + size
    while dead := os.waitpid(-1, os.WNOHANG)[0]: has.pop(dead, None)
    total = sum(has.values())
    if total - told > 10 << 20: print(total >> 20, flush=True); told = total
"""
_FULL = """
def fill(end, piece):
    end.setblocking(False)
    try:
        while True: took(end.send(piece))
    except BlockingIOError: pass
"""
KINDS = [
    Kind(
        "shared mappings that are given back",
        """
def take():
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 50 << 20))
        for at in range(0, 50 << 20, 1 << 20): kept[-1][at:at + (1 << 20)] = bytes(1 << 20); took(1 << 20)
        kept[-1].madvise(mmap.MADV_DONTNEED)
in_children(5, take)
""",
    ),
    Kind(
        "buffers of sockets",
        _FULL
        + """
def take():
    kept = []
    while True:
        kept.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
        for end in kept[-1]: fill(end, bytes(60000))
in_children(20, take)
""",
    ),
    Kind(
        "buffers of sockets made larger",
        _FULL
        + """
def take():
    kept = []
    while True:
        kept.append(socket.socketpair())
        for end in kept[-1]:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30)
            fill(end, bytes(60000))
in_children(20, take)
""",
    ),
    Kind(
        "connections to itself",
        _FULL
        + """
def take():
    kept, listener = [], socket.create_server(('127.0.0.1', 0))
    while True:
        kept += [socket.create_connection(listener.getsockname()), listener.accept()[0]]
        for end in kept[-2:]: fill(end, bytes(1 << 20))
in_children(4, take)
""",
    ),
    Kind(
        "System V semaphores",
        """
def take():
    while libc.semget(0, 30000, 0o1666) >= 0: took(30000 * 64)
in_children(1, take)
""",
    ),
    Kind(
        "huge pages held by pipes",
        """
def take():
    kept = []
    while True:
        block = mmap.mmap(-1, 4 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        block.madvise(14)
        start = -(-ctypes.addressof(ctypes.c_char.from_buffer(block)) >> 21) << 21
        ctypes.memset(start, 1, 1 << 21)
        if not kept or len(kept[-1]) == 18: kept.append([*os.pipe()])
        if libc.vmsplice(kept[-1][1], (ctypes.c_size_t * 2)(start, 1), 1, 0) < 0: raise OSError
        kept[-1].append(0)
        took(2 << 20)
in_children(4, take)
""",
    ),
    Kind(
        "tables of pages",
        """
def take():
    for _ in range(5):
        block = mmap.mmap(-1, 100 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        block.madvise(15)
        block[::2 << 20]
        took(100 << 11)
    time.sleep(1000)
in_children(110, take)
""",
    ),
    Kind(
        "files in scratch that are mapped and given back",
        """
def take():
    kept = []
    for number in range(1000):
        file = open(f'/dev/shm/{os.getpid()}-{number}', 'w+b')
        file.truncate(10 << 20)
        kept.append(mmap.mmap(file.fileno(), 10 << 20))
        for at in range(0, 10 << 20, 1 << 20): os.pwrite(file.fileno(), bytes(1 << 20), at); took(1 << 20)
in_children(3, take)
""",
    ),
    Kind(
        "what is noted of memory",
        """
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
def take():
    block = mmap.mmap(-1, 256 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(block))
    for at in range(0, 60000, 2):
        libc.mprotect(start + at * 4096, 4096, 1)
        if at % 1000 == 998: took(1000 * 250)
    time.sleep(1000)
in_children(80, take)
""",
    ),
    Kind(
        "datagrams to itself",
        """
def take():
    kept = []
    while True:
        kept.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        kept[-1].bind(('127.0.0.1', 0))
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for _ in range(90): sender.sendto(bytes(1000), kept[-1].getsockname())
        took(90 * 2304)
in_children(20, take)
""",
    ),
    Kind(
        "pipes",
        """
def take():
    while True:
        kept.append(os.pipe())
        os.set_blocking(kept[-1][1], False)
        try:
            while True: took(os.write(kept[-1][1], bytes(4096)))
        except BlockingIOError: pass
kept = []
in_children(100, take)
""",
    ),
]


@pytest.fixture(params=["in a group", "counted"])
def holding(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the limit is held: by the system, or where it has no groups by counting."""
    if request.param == "counted":
        monkeypatch.setattr(launch.memory_groups, "make", lambda limit: None)
    elif memory_groups.found().folder is None:
        pytest.skip(memory_groups.found().reason)
    return str(request.param)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.what.replace(" ", "-"))
def test_more_than_the_limit_is_not_to_be_had(kind: Kind, holding: str, start: Callable[..., Any]) -> None:
    student = start(**LIMITS)
    ran = student.run(_TAKING + kind.code + _COUNTING, timeout=40)
    total = [int(line) for line in ran.text.split() if line.isdigit()]
    assert max(total, default=0) < LIMITS["total_memory"] + ROOM, holding
    assert ran.status == "ok" or "more than 700 MiB of memory" in student.handle.death()
