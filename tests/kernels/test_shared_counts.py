"""What a sandbox has of what all sandboxes share, by what the system tells of its descriptors."""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Iterator

import pytest

from autograder.kernels import shared_counts
from autograder.kernels.sandbox_descriptors import descriptors, watched_by_epoll
from autograder.kernels.shared_counts import IN_FLIGHT, Shares, _unix_sockets


@pytest.fixture
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process is the sandbox; sockets of others in its network namespace aren't there."""
    monkeypatch.setattr(shared_counts, "_unix_sockets", lambda pid: set())
    yield


@pytest.mark.usefixtures("_alone")
def test_more_descriptors_in_flight_than_a_share_in_two_looks() -> None:
    shares = Shares(os.getpid())
    one, other = socket.socketpair()
    with one, other:
        socket.send_fds(one, [b"x"], [0] * IN_FLIGHT)
        assert [shares.too_much() for _ in range(3)] == ["", "", ""]
        socket.send_fds(one, [b"x"], [0])
        said = [shares.too_much() for _ in range(2)]
        assert said[0] == "" and "on their way from one process to another (at most 128)" in said[1]


@pytest.mark.usefixtures("_alone")
def test_more_watched_than_a_share(monkeypatch: pytest.MonkeyPatch) -> None:
    already = watched_by_epoll(descriptors(os.getpid()))
    monkeypatch.setattr(shared_counts, "WATCHED", already + 2)
    shares, pipes = Shares(os.getpid()), [os.pipe() for _ in range(3)]
    with select.epoll() as poll:
        for reading, _ in pipes:
            poll.register(reading)
        assert [bool(shares.too_much()) for _ in range(2)] == [False, True]
        poll.unregister(pipes[0][0])
        assert not shares.too_much()
    for pipe in pipes:
        for end in pipe:
            os.close(end)


def test_a_socket_that_no_process_has_counts_once_it_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    shares, there = Shares(os.getpid()), {"socket:[1]"}
    monkeypatch.setattr(shared_counts, "_unix_sockets", lambda pid: there)
    monkeypatch.setattr(shared_counts, "descriptors", lambda pid: [])
    assert [bool(shares.too_much()) for _ in range(3)] == [False, False, True]
    for number in range(2, 6):  # each on its way for a moment
        there = {f"socket:[{number}]"}
        assert not shares.too_much()


def test_names_of_sockets_hide_none_and_break_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        b"Num       RefCount Protocol Flags    Type St Inode Path\n"
        b"0000: 00000002 00000000 00010000 0001 01 17 @a\n0: 0 0 0 0 0 x y\n\xff\n"
        b"0000: 00000002 00000000 00000000 0001 01 0 @of-nobody-yet\n0000: 00000003 00000000 00000000 0001 03 18\n"
    )
    monkeypatch.setattr(shared_counts, "read", lambda path: text)
    assert _unix_sockets(1) == {"socket:[17]", "socket:[18]"}
