"""What counts as a sandbox's memory."""

from __future__ import annotations

import mmap
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from autograder.kernels import sandbox_memory
from autograder.kernels.sandbox_memory import _sum, at_most, exactly, files, notes, sockets
from autograder.student.resource_limits import MIB


def test_numbers_are_read_from_the_lines_that_are_asked_for(tmp_path: Any) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tx\nRssAnon:\t   20 kB\nRssFile:\t  400 kB\nVmPTE:\t    3 kB\nPss_Anon: 7 kB\n")
    assert _sum(str(status), {b"RssAnon:": 1024, b"VmPTE:": 10}) == 20 * 1024 + 30
    assert _sum(str(tmp_path / "gone"), {b"RssAnon:": 1024}) == 0


def test_a_process_that_is_gone_has_none() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert [files(child), sockets(child), notes(child), at_most(child, 0), exactly(child)] == [0] * 5


@pytest.mark.parametrize("measure", [lambda pid: at_most(pid, 0), exactly])
def test_what_a_real_process_takes_counts(measure: Callable[[int], int]) -> None:
    before = measure(os.getpid())
    with mmap.mmap(-1, 64 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as taken:  # not what it has had and given back
        for _ in range(64):
            taken.write(os.urandom(1 << 20))
        assert 50 * MIB < measure(os.getpid()) - before < 80 * MIB


def test_what_is_shared_with_the_zygote_does_not_count() -> None:
    whole = at_most(os.getpid(), 0)
    assert 0 < at_most(os.getpid(), whole // 2) < whole
    assert at_most(os.getpid(), 10 * whole) == 0


def test_files_and_sockets_of_a_sandbox_count(start: Callable[..., Any]) -> None:
    student = start()
    first = student.handle.first_pid
    before = files(first), sockets(first)
    student.run("with open('x', 'wb') as file: file.write(bytes(20 << 20))")
    student.run("import socket; kept = [socket.socket() for _ in range(100)]")
    assert 20 * MIB <= files(first) - before[0] < 22 * MIB
    assert sockets(first) - before[1] == 100 * 2 * sandbox_memory.BUFFER


def test_what_is_noted_of_memory_and_watches_counts(start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    student = start()
    first = student.handle.first_pid
    before = notes(first)
    assert 0 < before < MIB
    code = (
        "import ctypes, mmap, os, select\nblock = mmap.mmap(-1, 4096 * 4000, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "start = ctypes.addressof(ctypes.c_char.from_buffer(block))\n"
        "for at in range(0, 4000, 2): ctypes.CDLL(None).mprotect(ctypes.c_void_p(start + 4096 * at), 4096, 1)\n"
        "polls, ends = [select.epoll() for _ in range(50)], [end for _ in range(20) for end in os.pipe()]\n"
        "for poll in polls:\n    for end in ends: poll.register(end, 1)"
    )
    assert student.run(code).status == "ok"
    assert 0.9 * 6000 < (notes(first) - before) / 256 < 1.1 * 6000
    monkeypatch.setattr(sandbox_memory, "_MOST_MAPPINGS", 3000)
    assert notes(first) == float("inf")


def test_a_socket_holds_no_more_than_is_counted(student: Any) -> None:
    code = """
import socket
def held(one, other, piece):
    sent = 0
    one.setblocking(False)
    try:
        while True: sent += one.send(bytes(piece))
    except BlockingIOError: return sent
listener = socket.create_server(('127.0.0.1', 0))
for piece in (1, 1000, 60000, 200000):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        print(held(*socket.socketpair(socket.AF_UNIX, kind), piece))
    print(held(socket.create_connection(listener.getsockname()), listener.accept()[0], piece))
"""
    held = [int(line) for line in student.run(code).text.split()]
    assert len(held) == 16 and max(held) < 2 * 2 * sandbox_memory.BUFFER  # two sockets
    with socket.socket() as ordinary:
        assert ordinary.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= sandbox_memory.BUFFER
