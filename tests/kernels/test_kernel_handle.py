"""The trusted side's handle on a kernel (here: `sleep`): what it makes of ends, of replies, and of their absence."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograder.kernels import kernel_handle, pidfds
from autograder.kernels.kernel_handle import StudentKernel
from autograder.student import fd_messages
from autograder.student.resource_limits import Limits

Answer = Callable[[dict[str, Any], list[int]], tuple[dict[str, Any], list[int]]]


class Sandbox:
    """A first process and a kernel that sleep, and the other ends of their sockets."""

    def __init__(self, sandbox: str = "namespaces") -> None:
        self.first, self.kernel = (subprocess.Popen(["sleep", "1000"]) for _ in range(2))
        report, self.report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        control, self.control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ends = os.pidfd_open(self.first.pid), os.pidfd_open(self.kernel.pid)
        self.handle = StudentKernel(report, control, *ends, Limits(cpu_seconds=7), sandbox, [])

    def die(self, status: int | None) -> None:
        """End both; the first process tells of this status before, or ends without a word."""
        if status is not None:
            fd_messages.send(self.report, {"status": status})
        self.report.close()
        for process in (self.kernel, self.first):
            process.kill()
            process.wait()

    def answer(self, *answers: Answer) -> None:
        """Have requests answered, one after another, by a thread."""

        def run() -> None:
            with contextlib.suppress(EOFError, OSError):
                for answer in answers:
                    reply, send = answer(*fd_messages.receive(self.control))
                    fd_messages.send(self.control, reply, send)
                    fd_messages.close_all(send)

        threading.Thread(target=run, daemon=True).start()

    def close(self) -> None:
        self.handle.close()
        for sock in (self.report, self.control):
            sock.close()
        for process in (self.kernel, self.first):
            process.kill()
            process.wait()


def descriptors_open() -> int:
    gc.collect()  # what other tests have left is not closed in the middle of this one
    return sum(1 for _ in os.scandir("/proc/self/fd"))


def settled(count: int) -> None:
    """See to it that so many descriptors are open, once the thread that answers has closed its own."""
    end = time.monotonic() + 5
    while descriptors_open() > count and time.monotonic() < end:
        time.sleep(0.001)
    assert descriptors_open() == count


@pytest.fixture
def make() -> Iterator[Callable[..., Sandbox]]:
    made: list[Sandbox] = []

    def one(**options: Any) -> Sandbox:
        made.append(Sandbox(**options))
        return made[-1]

    yield one
    for sandbox in made:
        sandbox.close()


@pytest.fixture
def sandbox(make: Callable[..., Sandbox]) -> Sandbox:
    return make()


@pytest.mark.parametrize(
    ("status", "death", "killed", "vanished"),
    [
        (0, "it called exit with status 0", False, False),
        (3 << 8, "it called exit with status 3", False, False),
        (9, "it was killed by signal SIGKILL (killed)", True, False),
        (11, "it was killed by signal SIGSEGV (segmentation fault)", False, False),
        (24, "it used more than 7 s of processor time", False, False),
        (40, "it was killed by signal 40", False, False),
        (13, "it was killed by signal SIGPIPE", False, False),
        (None, "it ended for an unknown reason", False, True),
    ],
)
def test_how_a_kernel_ended_and_who_has_ended_it(
    sandbox: Sandbox, status: int | None, death: str, killed: bool, vanished: bool
) -> None:
    assert (sandbox.handle.death(), sandbox.handle.doomed(), sandbox.handle.exit_status()) == (
        "it is still running",
        False,
        None,
    )
    sandbox.die(status)
    assert sandbox.handle.doomed() and not sandbox.handle.alive()
    assert sandbox.handle.death() == death
    assert (sandbox.handle.killed, sandbox.handle.vanished) == (killed, vanished)
    assert sandbox.handle.exit_status() == (0 if status == 0 else 1)


def test_the_first_reason_for_the_end_is_the_one_that_counts(sandbox: Sandbox) -> None:
    sandbox.handle.kill("too much memory")
    sandbox.handle.kill()
    assert sandbox.handle.doomed()
    assert sandbox.handle.death() == "too much memory"
    assert sandbox.first.wait(10) == -signal.SIGKILL


def test_a_kernel_that_has_ended_is_not_said_to_have_been_stopped(sandbox: Sandbox) -> None:
    fd_messages.send(sandbox.report, {"status": 3 << 8})
    sandbox.kernel.kill()
    sandbox.kernel.wait()
    sandbox.handle.kill()
    sandbox.first.wait()
    assert sandbox.handle.death() == "it called exit with status 3"


def test_the_end_comes_from_the_kernel_where_there_is_no_sandbox(make: Callable[..., Sandbox]) -> None:
    """Its first process then kills what is left: it may not be ended itself before that."""
    off = make(sandbox="off")
    off.handle.kill()
    assert off.kernel.wait(10) == -signal.SIGKILL
    assert off.first.poll() is None
    off.handle.kill()
    assert off.first.wait(10) == -signal.SIGKILL


def test_what_a_status_says_is_checked(sandbox: Sandbox) -> None:
    def saying(status: object) -> Answer:
        return lambda request, _: ({"id": request["id"], "status": status}, [])

    for said, found in [(0, 0), (9, 9), (0xFFFF, 0xFFFF), (0x10000, None), (-1, None), (True, None), ("9", None)]:
        sandbox.answer(saying(said))
        assert sandbox.handle.ask_status(1) == found


def test_a_reply_to_another_request_is_thrown_away_with_what_came_with_it(sandbox: Sandbox) -> None:
    def late(request: dict[str, Any], _: list[int]) -> tuple[dict[str, Any], list[int]]:
        fd_messages.send(sandbox.control, {"id": request["id"] - 1, "status": 11}, [null])
        sandbox.control.send(b"no message")
        return {"id": request["id"], "status": 9}, []

    null = os.open(os.devnull, os.O_RDONLY)
    before = descriptors_open()
    sandbox.answer(late)
    assert sandbox.handle.ask_status(1) == 9
    settled(before)
    os.close(null)


def test_a_kernel_that_does_not_answer_is_told_from_one_that_is_gone(sandbox: Sandbox) -> None:
    with pytest.raises(TimeoutError, match=r"did not answer: within 0\.05 s"):
        sandbox.handle.fork_copy(timeout=0.05)
    sandbox.die(5 << 8)
    sandbox.control.close()
    with pytest.raises(ConnectionError, match="the kernel is dead: it called exit with status 5"):
        sandbox.handle.fork_copy(timeout=5)


@pytest.mark.parametrize(("errno", "tries"), [(11, 4), (22, 1), (None, 1), ("11", 1)])
def test_only_what_can_pass_is_asked_for_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, errno: object, tries: int
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(kernel_handle.time, "sleep", pauses.append)
    sandbox.answer(*[lambda request, _: ({"id": request["id"], "errno": errno, "error": "no room"}, [])] * 9)
    with pytest.raises(ConnectionError, match="could not be forked: no room"):
        sandbox.handle.fork_copy()
    assert pauses == [0.2, 0.5, 1.0][: tries - 1]
    assert sandbox.handle._requests == tries


@pytest.fixture
def copied(sandbox: Sandbox) -> Iterator[tuple[Sandbox, kernel_handle.Copy, subprocess.Popen[bytes]]]:
    """A sandbox, a copy of its kernel, and the process that it is."""
    process = subprocess.Popen(["sleep", "1000"])

    def forked(request: dict[str, Any], given: list[int]) -> tuple[dict[str, Any], list[int]]:
        fd_messages.close_all(given)
        return {"id": request["id"], "pid": 77}, [os.pidfd_open(process.pid), os.pidfd_open(os.getpid())]

    before = descriptors_open()
    sandbox.answer(forked)
    copy = sandbox.handle.fork_copy()
    settled(before + 2)  # the channel and the first descriptor, and no more
    yield sandbox, copy, process
    copy.close()
    process.kill()
    process.wait()


Copied = tuple[Sandbox, kernel_handle.Copy, "subprocess.Popen[bytes]"]


def test_a_copy_that_was_killed_is_the_kernels_too(copied: Copied) -> None:
    sandbox, copy, process = copied
    assert (copy.alive(), copy.death(), sandbox.handle.copy) == (True, "it is still running", copy)
    process.kill()
    process.wait()
    asked: list[dict[str, Any]] = []
    sandbox.answer(lambda request, _: (asked.append(request) or {"id": request["id"], "status": 9}, []))
    assert copy.death() == "it was killed by signal SIGKILL (killed)"
    assert [(one["do"], one["pid"]) for one in asked] == [("bury", 77)]
    assert sandbox.handle.killed and not copy.vanished
    assert copy.death() == "it was killed by signal SIGKILL (killed)"  # and isn't asked for again


def test_a_copy_that_we_have_ended_was_killed_by_nobody_else(copied: Copied) -> None:
    sandbox, copy, process = copied
    copy.kill("it took too long")
    copy.kill()
    assert process.wait(10) == -signal.SIGKILL
    assert copy.death() == "it took too long"
    assert not sandbox.handle.killed


def test_a_copy_that_ends_with_its_kernel_ended_as_the_kernel_did(copied: Copied) -> None:
    sandbox, copy, process = copied
    sandbox.die(None)
    process.kill()
    process.wait()
    assert copy.death() == "it ended for an unknown reason"
    assert copy.vanished


def test_a_copy_that_is_closed_is_ended_with_what_it_has_started(copied: Copied) -> None:
    sandbox, copy, _ = copied
    copy.close()
    request, _ = fd_messages.receive(sandbox.control)
    assert (request["do"], request["pid"]) == ("bury", 77)
    assert not copy.alive() and sandbox.handle.copy is None
    copy.close()
    copy.kill()
    copy.interrupt()
    copy.go_on()


def test_a_copy_is_stopped_and_goes_on(copied: Copied, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_handle, "_ANSWER", 0.01)  # nobody says how it ended
    _, copy, process = copied
    os.kill(process.pid, signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)
    assert copy.activity().stopped
    copy.go_on()
    os.waitpid(process.pid, os.WCONTINUED)
    assert not copy.activity().stopped
    copy.interrupt()
    assert process.wait(10) == -signal.SIGINT
    assert copy.death() == "it ended for an unknown reason"


def test_a_kernel_that_somebody_else_has_ended_is_known_as_that_once_it_is_closed(make: Callable[..., Sandbox]) -> None:
    sandbox, closed = make(), []
    sandbox.handle.on_close(lambda: closed.append(1))
    sandbox.die(None)
    sandbox.handle.close()
    sandbox.handle.close()
    assert sandbox.handle.vanished and closed == [1]
    assert sandbox.handle.wait(0)
    sandbox.handle.signal(signal.SIGKILL)
    sandbox.handle.kill()
    with pytest.raises(ConnectionError, match="closed"):
        sandbox.handle.fork_copy()


def test_processes_by_descriptor() -> None:
    process = subprocess.Popen(["sleep", "1000"])
    descriptor = os.pidfd_open(process.pid)
    try:
        assert pidfds.process_id(descriptor) == process.pid
        assert not pidfds.ended(descriptor) and not pidfds.ended(descriptor, 0.01)
        pidfds.send_signal(descriptor, signal.SIGTERM)
        assert pidfds.ended(descriptor, 10)
        assert process.wait() == -signal.SIGTERM
        assert pidfds.process_id(descriptor) == -1
        pidfds.send_signal(descriptor, signal.SIGTERM)
    finally:
        process.kill()
        process.wait()
        os.close(descriptor)
    with open(os.devnull) as file, pytest.raises(ValueError, match="not a process descriptor"):  # noqa: PTH123
        pidfds.process_id(file.fileno())


def pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


@pytest.mark.parametrize("data", [b"[]", b"1", b'"words"', b"{", b'{"a":"' + b"x" * (1 << 16) + b'"}', b"[" * 60_000])
def test_a_packet_that_is_no_message_leaves_no_descriptor_open(data: bytes) -> None:
    ours, theirs = pair()
    with ours, theirs:
        before = descriptors_open()
        socket.send_fds(theirs, [data], [0, 1])
        with pytest.raises(ValueError, match=r"."):
            fd_messages.receive(ours)
        settled(before)


def test_more_descriptors_than_a_message_may_have_are_refused() -> None:
    ours, theirs = pair()
    with ours, theirs:
        before = descriptors_open()
        fd_messages.send(theirs, {"do": "fork"}, [0] * 17)
        with pytest.raises(ValueError, match="too long"):
            fd_messages.receive(ours)
        settled(before)


def test_descriptors_are_not_inherited_by_what_is_started() -> None:
    ours, theirs = pair()
    with ours, theirs:
        fd_messages.send(theirs, {"a": 1}, [0])
        message, descriptors = fd_messages.receive(ours)
        assert message == {"a": 1}
        assert not os.get_inheritable(descriptors[0])
        fd_messages.close_all(descriptors)
