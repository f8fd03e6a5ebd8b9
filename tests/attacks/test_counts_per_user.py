"""What the system counts per user: a student who takes all there is of it takes nothing from the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.kernels import user_ids, zygote_client
from autograder.kernels.user_ids import Taken
from autograder.student.user_maps import Users
from tests.attacks.test_the_sandbox_itself import UPON_THE_FIRST_PROCESS

# Children that take what they can get and keep it until the sandbox ends.
_TAKING = """
import ctypes, fcntl, os, select, signal, socket, time
libc = ctypes.CDLL(None, use_errno=True)
def check(number):
    if number < 0: raise OSError(ctypes.get_errno(), "refused")
    return number
kept = []
def take():
    {take}
for _ in range({children}):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        os.close(reading)
        taken = 0
        try:
            while taken < {most}: take(); taken += 1
        except OSError: pass
        os.write(writing, str(taken).encode())
        os.close(writing)
        time.sleep(1000)
    os.close(writing)
    print(os.read(reading, 9).decode())
    os.close(reading)
"""


@dataclass(frozen=True)
class Count:
    what: str
    take: str
    use: str  # what another student's cell does; prints "fine"
    children: int = 1
    most: int = 100_000


COUNTS = [
    Count(
        "descriptors in flight",
        "kept.append(socket.socketpair()); socket.send_fds(kept[-1][0], [b'x'], [0] * 200)",
        "import socket\na, b = socket.socketpair()\n"
        "print('fine', socket.send_fds(a, [b'x'], [0]), len(socket.recv_fds(b, 1, 1)[1]))",
    ),
    Count(
        "inotify instances",
        "check(libc.inotify_init1(0))",
        "import ctypes; print('fine' if ctypes.CDLL(None).inotify_init1(0) >= 0 else 'none left')",
    ),
    Count(
        "pages of pipes",
        "kept.append(os.pipe())",
        "import fcntl, os; print('fine' if fcntl.fcntl(os.pipe()[0], fcntl.F_GETPIPE_SZ) == 65536 else 'small')",
        children=8,
    ),
    Count(
        "pending signals",
        "signal.pthread_sigmask(signal.SIG_BLOCK, {40}); check(libc.sigqueue(os.getpid(), 40, 0))",
        "import ctypes, os, signal\nchild = os.fork()\nif child == 0:\n"
        "    signal.pthread_sigmask(signal.SIG_BLOCK, {40})\n"
        "    os._exit(ctypes.CDLL(None).sigqueue(os.getpid(), 40, 0) != 0)\n"
        "print('fine' if os.waitpid(child, 0)[1] == 0 else 'none left')",
    ),
    Count(
        "processes",
        "os.fork() or time.sleep(1000)",
        "import os, time\nchild = os.fork()\nif child == 0: os._exit(0)\nprint('fine', os.waitpid(child, 0)[1])",
    ),
    Count(
        "asynchronous reads and writes",
        "check(libc.syscall(206, 60000, ctypes.byref(ctypes.c_ulong())))",
        "print('fine')",
        most=1,
    ),
]


@pytest.mark.parametrize("count", COUNTS, ids=lambda count: count.what.replace(" ", "-"))
def test_who_takes_all_takes_it_from_nobody_else(count: Count, start: Callable[..., Any]) -> None:
    greedy = start()
    code = _TAKING.format(take=count.take, children=count.children, most=count.most)
    ran = greedy.run(code, timeout=60)
    assert ran.status == "ok", ran
    other = start()
    assert other.run(count.use).text.split()[0] == "fine"


def test_pseudo_terminals_are_few(start: Callable[..., Any]) -> None:
    """The machine has 4096, for all."""
    code = "import os\nkept = []\ntry:\n    while True: kept.append(os.openpty())\nexcept OSError: print(len(kept))"
    assert start().run(code).text == "32\n"


def test_asynchronous_reads_and_writes_are_refused(start: Callable[..., Any]) -> None:
    """Their number is limited for the whole machine."""
    code = "import ctypes; print(ctypes.CDLL(None).syscall(206, 1, ctypes.byref(ctypes.c_ulong())))"
    assert start().run(code).text == "-1\n"


def test_no_two_running_sandboxes_have_the_same_user(start: Callable[..., Any]) -> None:
    students = [start() for _ in range(3)]
    owners = {owner(student) for student in students}
    assert len(owners) == 3 and not owners & {0, os.getuid()}


class TestWhereAllAreOneUser:
    """As on a machine that has no users for sandboxes: all have one, here one that nobody else has."""

    @pytest.fixture(scope="class", autouse=True)
    def _one_user(self) -> Iterator[None]:
        own = user_ids.take(user_ids.found().users[:100]) if user_ids.found().users else None
        zygote_client.close_zygotes()
        with pytest.MonkeyPatch.context() as patch:
            if own is not None:
                made = Users(zygote=own.user), Taken(own.user, own.lock)
                patch.setattr(zygote_client.user_ids, "for_zygote", lambda: made)  # a zygote closes the lock
            yield
            zygote_client.close_zygotes()

    @pytest.mark.parametrize(
        ("take", "named"),
        [
            (COUNTS[0].take, "open files on their way from one process to another (at most 128)"),
            (
                # What holds the others is in flight itself: what is to be seen holds one.
                "a, b = socket.socketpair(); c, d = socket.socketpair()\n"
                "    for _ in range(2): socket.send_fds(a, [b'x'], [0] * 200)\n"
                "    socket.send_fds(c, [b'x'], [b.fileno()]); kept.append((a, c, d)); b.close()",
                "open files on their way from one process to another (at most 128)",
            ),
            (
                "polls = [select.epoll() for _ in range(100)]; kept.append(polls)\n"
                "    for end in [end for _ in range(50) for end in os.pipe()]:\n"
                "        for poll in polls: poll.register(end, 1)\n"
                "    raise OSError",
                "open files watched by epoll (at most 4096)",
            ),
        ],
        ids=["in-sight", "out-of-sight", "watched"],
    )
    def test_who_takes_what_all_share_is_ended_and_named_and_the_others_go_on(
        self, take: str, named: str, start: Callable[..., Any]
    ) -> None:
        greedy, beside = start(), start()
        assert owner(greedy) == owner(beside)
        greedy.client.execute(_TAKING.format(take=take, children=1, most=100_000))
        other = start()
        assert greedy.handle.wait(10) and named in greedy.handle.death()
        assert not greedy.handle.killed and not greedy.handle.vanished
        for student in (beside, other):
            assert student.run(COUNTS[0].use).text.split()[0] == "fine"
            student.handle.fork_copy().close()

    def test_the_first_process_is_out_of_reach_all_the_same(self, start: Callable[..., Any]) -> None:
        ran = start().run(UPON_THE_FIRST_PROCESS)
        assert ran.status == "ok" and "DID" not in ran.text, ran.text


def owner(student: Any) -> int:
    """The user of a student's kernel, as the machine counts."""
    children = Path(f"/proc/{student.handle.first_pid}/task/{student.handle.first_pid}/children").read_text()
    status = Path(f"/proc/{children.split()[0]}/status").read_text()
    return int(status.split("Uid:")[1].split()[0])
