"""Calls of a student's functions as they cross to a copy of the student's kernel, and what comes back."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Protocol

from cachetools import LRUCache

from autograder import wire
from autograder.judge import probes, pytree
from autograder.judge.errors import CannotJudge
from autograder.judge.stopwatch import Activity, Stopwatch

# {"name": str, "args": list, "back": positions of the arguments that are asked back}; of a probe also "probe"
Request = dict[str, Any]
AT_A_TIME = 4 << 20  # bytes of inputs in one message, about: they are held in memory on both sides
KEPT = 64 << 20  # bytes of messages that are kept to be sent again
_packed: LRUCache[Hashable, tuple[wire.Packed, object]] = LRUCache(KEPT, getsizeof=lambda entry: entry[0].size)


class Copy(Protocol):
    """A forked copy of the student's kernel, which answers calls on its channel."""

    channel: socket.socket
    pidfd: int  # readable when the copy has ended

    @property
    def vanished(self) -> bool: ...  # noqa: D102

    def activity(self) -> Activity: ...  # noqa: D102
    def go_on(self) -> None: ...  # noqa: D102
    def kill(self) -> None: ...  # noqa: D102
    def death(self) -> str: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class Connection:
    """The way to a copy of the student's kernel and back. Each message is a lap of the stopwatch."""

    def __init__(self, channel: socket.socket, stopwatch: Stopwatch) -> None:
        self._channel, self._stopwatch = channel, stopwatch

    def send(self, message: wire.Packed) -> None:
        """Send a message. Raises EOFError when the other side is gone, TimeoutError, StalledError."""
        self._stopwatch.lap()
        try:
            message.send(self._channel, self._stopwatch.wait)
        except TimeoutError:
            raise
        except OSError:
            raise EOFError from None

    def listen(self) -> wire.Received:
        """Wait for a message. Raises EOFError, WireError, TimeoutError, StalledError."""
        self._stopwatch.lap()
        return wire.listen(self._channel, self._stopwatch.wait)


def exchange(line: Connection, requests: Sequence[Request], watched: Sequence[str], for_all: bool = False) -> list[Any]:
    """Make calls and return their answers, in order, as they came: whether they are answers is not yet known.

    ``for_all``: every student's functions are called with these very inputs, so the messages are made once. Raises
    TimeoutError when the other side is too late, StalledError when it does not get on, EOFError when it is gone,
    WireError when what came is no message, CannotJudge for inputs that can't be sent.
    """
    answers: list[Any] = []
    for some in _portions(requests):
        try:
            message = _message(watched, some, for_all)
        except wire.WireError as error:
            raise CannotJudge(f"an input of the hidden test can't be sent: {error}; mend the test") from None
        line.send(message)
        wanted = len(answers) + len(some)
        while len(answers) < wanted:
            answers += _answers(line, wanted - len(answers))
    return answers


def _message(watched: Sequence[str], requests: list[Request], for_all: bool) -> wire.Packed:
    key = (*watched, *map(_identity, requests)) if for_all else None
    known = _packed.get(key)
    if known is not None:
        return known[0]
    code = probes.code(requests)
    message = wire.pack({"watch": list(watched), "calls": requests, **({"code": code} if code else {})})
    if key is not None:
        with contextlib.suppress(ValueError):  # larger than all the room there is
            # What is in them stays alive with it: nothing else can get its identity.
            _packed[key] = message, [leaf for _, leaf in pytree.leaves(requests)]
    return message


def _identity(request: Request) -> Hashable:
    probe = request.get("probe")
    return request["name"], *request["back"], pytree.identity(request["args"], _same), probe and pytree.identity(probe)


def _same(value: Any) -> Hashable:
    """Return what stays the same as long as a leaf is the same and has not been written to."""
    return id(value), getattr(value, "_version", 0)


def _answers(line: Connection, at_most: int) -> list[Any]:
    message = line.listen().message()
    if "broken" in message:
        raise broken(message)
    if "no_memory" in message:
        return [{"error": {"type": "MemoryError"}, "used": []}] * at_most
    answers = message.get("answers")
    if not isinstance(answers, list) or not 0 < len(answers) <= at_most:
        raise wire.WireError("what came are not answers")
    return answers


def broken(message: dict[str, Any]) -> CannotJudge:
    """Return the exception for a message that says that the grader's own code failed on the student side."""
    text = str(message["broken"])[:4000]
    return CannotJudge(f"the grader's own code failed in the student's process; look at the notebook by hand. {text}")


def _portions(requests: Sequence[Request]) -> Iterator[list[Request]]:
    portion: list[Request] = []
    size = 0
    for request in requests:
        portion.append(request)
        size += pytree.nbytes(request["args"])
        if size >= AT_A_TIME:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
