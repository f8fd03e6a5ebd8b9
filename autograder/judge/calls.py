"""Calls of a student's functions as they cross to a copy of the student's kernel, and what comes back."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from autograder import wire
from autograder.judge.errors import CannotJudge

Request = dict[str, Any]  # {"name": str, "args": list, "back": positions of the arguments that are asked back}
AT_A_TIME = 4 << 20  # bytes of inputs in one message, about: they are held in memory on both sides


class Copy(Protocol):
    """A forked copy of the student's kernel, which answers calls on its channel."""

    channel: socket.socket
    pidfd: int  # readable when the copy has ended

    @property
    def vanished(self) -> bool: ...  # noqa: D102

    def kill(self) -> None: ...  # noqa: D102
    def death(self) -> str: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


def exchange(
    channel: socket.socket, requests: Sequence[Request], watched: Sequence[str], time_left: Callable[[], float]
) -> list[Any]:
    """Make calls and return their answers, in order, as they came: whether they are answers is not yet known.

    ``time_left`` says how many seconds the other side has for the next sign of life. Raises TimeoutError past that,
    EOFError when the other side is gone, WireError when what came is no message, CannotJudge for inputs that can't be
    sent.
    """
    answers: list[Any] = []
    for some in _portions(requests):
        channel.settimeout(max(time_left(), 0.01))
        try:
            wire.send(channel, {"watch": list(watched), "calls": some})
        except TimeoutError:
            raise
        except OSError:
            raise EOFError from None
        except wire.WireError as error:
            raise CannotJudge(f"an input of the hidden test can't be sent: {error}; mend the test") from None
        wanted = len(answers) + len(some)
        while len(answers) < wanted:
            answers += _answers(channel, wanted - len(answers), time_left())
    return answers


def _answers(channel: socket.socket, at_most: int, seconds: float) -> list[Any]:
    reply = wire.receive(channel, time.monotonic() + seconds)
    answers = reply.get("answers")
    if not isinstance(answers, list) or not 0 < len(answers) <= at_most:
        raise wire.WireError("what came are not answers")
    return answers


def _portions(requests: Sequence[Request]) -> Iterator[list[Request]]:
    portion: list[Request] = []
    size = 0
    for request in requests:
        portion.append(request)
        size += sum(value.nbytes for value in request["args"] if hasattr(value, "nbytes"))
        if size >= AT_A_TIME:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion
