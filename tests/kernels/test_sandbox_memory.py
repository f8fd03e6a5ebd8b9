"""What counts as a sandbox's memory."""

from __future__ import annotations

import mmap
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from autograder.kernels import sandbox_memory
from autograder.kernels.sandbox_memory import _sum, at_most, exactly, kept
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
    assert (kept(child), at_most(child, 0), exactly(child)) == (0, 0, 0)


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
    before = kept(student.handle.first_pid)
    student.run("with open('x', 'wb') as file: file.write(bytes(20 << 20))")
    files = kept(student.handle.first_pid)
    assert 20 * MIB <= files - before < 22 * MIB
    student.run("import socket; kept = [socket.socket() for _ in range(100)]")
    assert kept(student.handle.first_pid) - files == 100 * 2 * sandbox_memory.BUFFER


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
