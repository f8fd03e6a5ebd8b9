"""A kernel that doesn't start: why is told in words, and what can pass is tried again."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from autograder.kernels import kernel_handle, launch, zygote_client
from autograder.kernels.errors import KernelError, NoForkError, SandboxUnavailable
from autograder.student import fd_messages, isolation_features, start_failures
from autograder.student.resource_limits import Limits


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note the pauses between two tries, and leave them out."""
    pauses: list[float] = []
    monkeypatch.setattr(launch, "time", SimpleNamespace(sleep=pauses.append))
    return pauses


def failing(monkeypatch: pytest.MonkeyPatch, times: int, error: Exception) -> None:
    """Have the steps after the fork of the next zygote's kernels fail, so many times in each zygote."""
    zygote_client.close_zygotes()
    really = zygote_client.OwnZygote._stage

    def broken(self: Any, *arguments: Any) -> dict[str, Any]:
        stage = really(self, *arguments)
        code = f"""
import errno, os, sys
from autograder.student import sandbox_init, zygote
left, fork, watch = list(range({times})), zygote.Zygote._fork, sandbox_init._watch_over
def counted(*arguments):
    refused.now = bool(left)
    left and left.pop()
    return fork(*arguments)
def refused(*arguments):
    if refused.now:
        raise {error!r}
    watch(*arguments)
zygote.Zygote._fork, sandbox_init._watch_over = counted, refused
zygote.main()
"""
        at = stage["command"].index("-m")
        stage["command"] = [*stage["command"][:at], "-c", code, *stage["command"][at + 2 :]]
        return stage

    monkeypatch.setattr(zygote_client.OwnZygote, "_stage", broken)


def test_a_limit_that_others_have_used_up_is_waited_for(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, quickly: list[float]
) -> None:
    failing(monkeypatch, 2, OSError(errno.ETOOMANYREFS, "Too many references: cannot splice"))
    assert start().run("6 * 7").text == "42"
    assert quickly == list(launch.PAUSES[:2])
    zygote_client.close_zygotes()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "too many files are open in one process (OSError: "),
        (
            isolation_features.FeatureMissingError("IPC namespaces", "No space left", errno.ENOSPC),
            "this machine cannot isolate student code: IPC namespaces: No space left",
        ),
        (ValueError("no such thing"), "did not start: ValueError: no such thing"),
    ],
)
def test_why_is_told_in_words_together_with_the_systems_number(error: Exception, says: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, pytest.raises((KernelError, SandboxUnavailable)) as raised:
        fd_messages.send(theirs, start_failures.told(error))
        launch._expect(ours, "born", 10)
    assert says in str(raised.value)
    assert raised.value.errno == getattr(error, "errno", 0)


@pytest.mark.parametrize("data", [b"Traceback (most recent call last):", b"", None])
def test_a_child_that_says_nothing_or_no_sense_is_told_as_that(data: bytes | None) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, pytest.raises(KernelError, match=r"can't be read|ended without a word"):
        if data is not None:
            theirs.send(data)
        theirs.close()
        launch._expect(ours, "born", 10)


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (KernelError("no", errno.EMFILE), 1 + len(launch.PAUSES)),
        (SandboxUnavailable("IPC namespaces", "no", errno.ENOSPC), 1 + len(launch.PAUSES)),
        (NoForkError("no", errno.EAGAIN), 1 + len(launch.PAUSES)),
        (OSError(errno.ENFILE, "no"), 1 + len(launch.PAUSES)),
        (KernelError("no"), 1),
        (SandboxUnavailable("IPC namespaces", "no", errno.EPERM), 1),
    ],
    ids=lambda value: getattr(type(value), "__name__", ""),
)
def test_what_can_pass_is_tried_for_a_while(
    error: Exception, tries: int, quickly: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fails(*_: Any) -> None:
        tried.append(1)
        raise error

    monkeypatch.setattr(launch, "_launch", fails)
    with pytest.raises(type(error)):
        launch.launch(zygote_client.Settings(), Limits(), {})
    assert (len(tried), quickly) == (tries, list(launch.PAUSES[: tries - 1]))


def test_a_copy_that_the_system_refuses_is_asked_for_again(
    start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    student = start()
    refuse = """
import errno, os
fork, left = os.fork, [1, 1]
def refused():
    if left and left.pop():
        raise OSError(errno.EAGAIN, 'no process left')
    return fork()
os.fork = refused
"""
    assert student.run(refuse).status == "ok"
    monkeypatch.setattr(kernel_handle, "PAUSES", (0.01, 0.01))
    student.handle.fork_copy(timeout=10.0).close()
    student.run("left += [1] * 3")
    with pytest.raises(ConnectionError, match="no process left"):
        student.handle.fork_copy(timeout=10.0)


def test_the_reasons_that_can_pass() -> None:
    """EAGAIN, ENOMEM, ENFILE, EMFILE, ENOSPC, EUSERS, ENOBUFS, ETOOMANYREFS, EDQUOT, as Linux numbers them."""
    assert {number for number in range(200) if start_failures.can_pass(OSError(number, ""))} == {
        *(11, 12, 23, 24, 28, 87, 105, 109, 122)
    }
    assert not start_failures.can_pass(ValueError("11"))
    assert start_failures.number_of(type("Odd", (Exception,), {"errno": "11"})()) == 0


def test_what_is_told_fits_into_a_message() -> None:
    told = start_failures.told(ValueError("x" * 100_000))
    assert told["failed"] == "ValueError: " + "x" * 300
    assert told["errno"] == 0
    assert len(told["details"]) == 4000


def test_a_process_that_ends_without_a_word_may_start_a_little_later() -> None:
    """The system may have ended it for want of memory; what takes too long or makes no sense isn't tried again."""
    assert start_failures.can_pass(launch._no_word(EOFError()))
    for error in (TimeoutError(), ValueError("no sense")):
        assert not start_failures.can_pass(launch._no_word(error))
    assert "it took too long" in str(launch._no_word(TimeoutError()))
    assert "can't be read (no sense)" in str(launch._no_word(ValueError("no sense")))


def test_a_piece_that_is_missing_is_told_with_what_to_do() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, pytest.raises(SandboxUnavailable, match="autograder doctor") as raised:
        fd_messages.send(theirs, {"feature": "IPC namespaces", "reason": "no", "errno": 28, "born": True})
        launch._expect(ours, "born", 10)
    assert (raised.value.feature, raised.value.errno) == ("IPC namespaces", 28)


SWITCHED_OFF = "switched off: sysctl user.max_user_namespaces is 0"


@pytest.mark.parametrize(
    ("number", "settings", "says"),
    [
        (errno.ENOSPC, {"user/max_user_namespaces": 0}, SWITCHED_OFF),
        (errno.ENOSPC, {"user/max_user_namespaces": 100}, "the limit on namespaces is reached"),
        (errno.EPERM, {"user/max_user_namespaces": 0, "kernel/unprivileged_userns_clone": 0}, "for ordinary users"),
        (errno.EPERM, {"kernel/apparmor_restrict_unprivileged_userns": 1}, "AppArmor"),
        (errno.EACCES, {"kernel/apparmor_restrict_unprivileged_userns": 1}, "AppArmor"),
        (errno.EINVAL, {"kernel/apparmor_restrict_unprivileged_userns": 1}, ""),
    ],
)
def test_the_likely_cause_of_a_missing_piece(
    monkeypatch: pytest.MonkeyPatch, number: int, settings: dict[str, int], says: str
) -> None:
    monkeypatch.setattr(isolation_features, "_sysctl", settings.get)
    with pytest.raises(isolation_features.FeatureMissingError) as raised, isolation_features.feature("a feature"):
        raise OSError(number, "why")
    assert (raised.value.feature, raised.value.errno) == ("a feature", number)
    assert says in raised.value.reason if says else raised.value.reason == "why"
