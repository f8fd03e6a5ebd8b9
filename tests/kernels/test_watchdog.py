"""Who is ended when a sandbox uses too much memory: nobody by the overestimate, the copy before its kernel."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from autograder.kernels import watchdog
from autograder.kernels.watchdog import Watchdog, _Watched
from autograder.student.resource_limits import MIB, Limits

REASON = "it used more than 100 MiB of memory"


class Process:
    """A kernel or a copy that notes why it was ended."""

    def __init__(self, copy: Any = None, living: bool = True) -> None:
        self.limits = Limits(total_memory=100)
        self.sandbox = "namespaces"
        self.group: Any = None
        self.shares_its_user = False
        self.first_pid = self.pidfd = 1
        self.copy = copy
        self.living = living
        self.killed: list[str] = []
        self.closing: list[Any] = []

    def alive(self) -> bool:
        return self.living

    def kill(self, reason: str) -> None:
        self.killed.append(reason)

    def on_close(self, action: Any) -> None:
        self.closing.append(action)


def machine(
    monkeypatch: pytest.MonkeyPatch, private: list[int], exact: list[int], copy: int = 0, kept: int = 0
) -> None:
    """Have as many processes as there are numbers; MiB of each, and of a copy (process 99) with all it has started.

    ``kept`` are MiB that no process has.
    """
    sizes = dict(enumerate(zip(private, exact, strict=True)))
    monkeypatch.setattr(watchdog, "descendants", lambda pid: [99] if pid == 99 else list(sizes))
    memory = watchdog.sandbox_memory
    parts = {"files": kept // 3, "sockets": kept // 3, "notes": kept - 2 * (kept // 3)}
    for name, part in parts.items():
        monkeypatch.setattr(memory, name, lambda first, part=part: part * MIB)
    monkeypatch.setattr(memory, "at_most", lambda pid, anonymous: max(0, sizes[pid][0] * MIB - anonymous))
    monkeypatch.setattr(memory, "exactly", lambda pid: copy * MIB if pid == 99 else sizes[pid][1] * MIB)
    monkeypatch.setattr(watchdog.pidfds, "process_id", lambda pidfd: 99)


@pytest.mark.parametrize(
    ("private", "exact", "ended"),
    [
        ([150, 40], [999, 999], False),  # 100 + 0 on top of what each started with: the exact sum isn't even asked for
        ([150, 151], [50, 50], False),  # only the overestimate is over it
        ([150, 151], [50, 51], True),
        ([160, 20, 20], [99, 1, 1], True),  # one that has less than it began with doesn't make up for another
    ],
)
def test_only_what_is_exactly_over_the_limit_is_ended(
    monkeypatch: pytest.MonkeyPatch, private: list[int], exact: list[int], ended: bool
) -> None:
    kernel: Any = Process()
    machine(monkeypatch, private, exact)
    _Watched(kernel, 50 * MIB).look()
    assert kernel.killed == ([REASON] if ended else [])


@pytest.mark.parametrize(("kept", "sandbox", "ended"), [(60, "on", False), (61, "on", True), (61, "off", False)])
def test_what_no_process_has_counts_too(monkeypatch: pytest.MonkeyPatch, kept: int, sandbox: str, ended: bool) -> None:
    kernel: Any = Process()
    kernel.sandbox = sandbox
    machine(monkeypatch, [90], [40], kept=kept)
    _Watched(kernel, 0).look()
    assert kernel.killed == ([REASON] if ended else [])


@pytest.mark.parametrize(
    ("counts_sockets", "sockets", "ended"), [(False, 25, False), (False, 26, True), (True, 99, False)]
)
def test_in_a_group_only_what_it_does_not_count_is_watched(
    monkeypatch: pytest.MonkeyPatch, counts_sockets: bool, sockets: int, ended: bool
) -> None:
    kernel: Any = Process()
    kernel.group = SimpleNamespace(counts_sockets=counts_sockets, ended=lambda: 0)
    machine(monkeypatch, [999], [999])
    monkeypatch.setattr(watchdog.sandbox_memory, "sockets", lambda first: sockets * MIB)
    _Watched(kernel, 0).look()
    assert kernel.killed == ([REASON] if ended else [])


@pytest.mark.parametrize("with_copy", [False, True])
def test_who_goes_on_without_a_process_that_found_no_memory_is_ended(
    monkeypatch: pytest.MonkeyPatch, with_copy: bool
) -> None:
    copy = Process() if with_copy else None
    kernel: Any = Process(copy)
    ended = iter([0, 0, 1, 1, 3])
    kernel.group = SimpleNamespace(counts_sockets=True, ended=lambda: next(ended))
    machine(monkeypatch, [1], [1])
    watched = _Watched(kernel, 0)
    killed = []
    for _ in range(5):
        watched.look()
        killed.append(len((copy or kernel).killed))
    assert killed == [0, 0, 1, 1, 2] and not (copy and kernel.killed)


def test_what_takes_long_is_looked_at_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel: Any = Process()
    kernel.shares_its_user = True
    machine(monkeypatch, [1], [1])
    noted: list[str] = []
    monkeypatch.setattr(watchdog.sandbox_memory, "notes", lambda first: noted.append("notes") or 0)
    watched = _Watched(kernel, 0)
    monkeypatch.setattr(watched._shares, "too_much", lambda: noted.append("shares") or "")
    for _ in range(watchdog._EVERY + 1):
        watched.look()
    assert noted == ["notes", "shares"] * 2 and kernel.killed == []
    monkeypatch.setattr(watched._shares, "too_much", lambda: "it took more than its share")
    for _ in range(watchdog._EVERY):
        watched.look()
    assert kernel.killed == ["it took more than its share"]


@pytest.mark.parametrize(("size", "living", "copy_ends"), [(51, True, True), (50, True, False), (51, False, False)])
def test_a_copy_that_has_most_of_it_is_ended_and_its_kernel_stays(
    monkeypatch: pytest.MonkeyPatch, size: int, living: bool, copy_ends: bool
) -> None:
    copy = Process(living=living)
    kernel: Any = Process(copy)
    machine(monkeypatch, [300], [200], copy=size)
    _Watched(kernel, 0).look()
    assert (copy.killed, kernel.killed) == (([REASON], []) if copy_ends else ([], [REASON]))


def test_a_copy_that_is_gone_meanwhile_weighs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Process()
    kernel: Any = Process(copy)
    machine(monkeypatch, [300], [200])

    def gone(_: int) -> int:
        raise ValueError("not a process descriptor")

    monkeypatch.setattr(watchdog.pidfds, "process_id", gone)
    _Watched(kernel, 0).look()
    assert (copy.killed, kernel.killed) == ([], [REASON])


def test_a_kernel_is_looked_at_until_it_is_closed_and_the_next_one_has_a_thread_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(watchdog, "_PERIOD", 0.001)
    monkeypatch.setattr(_Watched, "look", lambda self: seen.append((self._kernel, self._anonymous)))
    dog = Watchdog()
    for anonymous in (1, 2):
        kernel: Any = Process()
        dog.watch(kernel, anonymous)
        thread: Any = dog._thread
        while (kernel, anonymous) not in seen:
            thread.join(0.001)
        [close] = kernel.closing
        close()
        thread.join(5)
        assert not thread.is_alive() and dog._thread is None


def test_a_kernel_that_cannot_be_watched_is_ended_and_the_others_are_watched_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, other = Process(), Process()
    seen: list[Any] = []

    def look(self: Any) -> None:
        if self._kernel is broken:
            raise OSError("no such device")
        seen.append(self._kernel)

    monkeypatch.setattr(watchdog, "_PERIOD", 0.001)
    monkeypatch.setattr(_Watched, "look", look)
    dog = Watchdog()
    dog.watch(broken, 0)  # type: ignore[arg-type]
    dog.watch(other, 0)  # type: ignore[arg-type]
    thread: Any = dog._thread
    while len(seen) < 3 and thread.is_alive():
        thread.join(0.001)
    for kernel in (broken, other):
        kernel.closing[0]()
    thread.join(5)
    assert len(seen) >= 3 and not other.killed
    assert "could not see what it uses" in broken.killed[0] and "no such device" in caplog.text
