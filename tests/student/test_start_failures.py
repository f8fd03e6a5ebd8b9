"""A kernel that doesn't start: why is told in words, and what can pass is tried again."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
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
    monkeypatch.setattr(launch.time, "sleep", pauses.append)
    return pauses


def failing(monkeypatch: pytest.MonkeyPatch, times: int, error: Exception) -> None:
    """Have the steps after the fork of the next zygote's kernels fail, so many times in each zygote."""
    zygote_client.close_zygotes()
    really = zygote_client.OwnZygote._stage

    def broken(self: Any, listener: int, settings: Any) -> dict[str, Any]:
        stage = really(self, listener, settings)
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
            "a limit of the system is used up",
        ),
        (ValueError("no such thing"), "did not start: ValueError: no such thing"),
    ],
)
def test_why_is_told_in_words_together_with_the_systems_number(error: Exception, says: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, pytest.raises(KernelError) as raised:
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
