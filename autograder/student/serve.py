"""Student side: answer the judge's calls of the student's functions, one after another, until told to stop.

Runs in a forked copy of the student's kernel, one copy per hidden test. It knows names and inputs; it is never told
what the right answer is.
"""

from __future__ import annotations

import itertools
import socket
import traceback
from typing import Any

import torch

from autograder import wire
from autograder.student.limits import release_reserve
from autograder.student.watch import Watch

# Every so many calls are watched closely: it makes a small call up to ten times slower, a loop over entries even more.
CLOSELY = 8
MAX_TEXT = 1000  # characters of an exception's message


def serve(channel: socket.socket, names: dict[str, Any]) -> None:
    """Answer requests on ``channel``; ``names`` is the notebook's namespace. Returns when the judge says goodbye.

    Requests: ``{"op": "call", "name": str, "args": list, "watch": [str], "back": [int]}``, answered by
    ``{"value": …, "back": [args after the call], "used": [str]}``, ``{"error": {...}, "used": [str]}`` or, when that
    can't be sent, ``{"too_large": True, "used": [str]}``;
    ``{"op": "bye"}``.
    """
    for count in itertools.count():
        try:
            request = wire.receive(channel)
        except EOFError:
            return
        match request["op"]:
            case "call":
                answer = _call(names, request, closely=count % CLOSELY == 0)
            case _:
                return
        if not _send(channel, answer):
            return


def _send(channel: socket.socket, answer: dict[str, Any]) -> bool:
    """Send an answer, or that it can't be sent; return whether the judge is still there."""
    used = answer["used"]
    try:
        try:
            wire.send(channel, answer)
        except wire.TooLargeError:
            wire.send(channel, {"too_large": True, "used": used})
        except OSError:
            raise
        except Exception as error:  # no memory to write it out; a dictionary that can't be gone through
            release_reserve()
            wire.send(channel, {"error": _describe(error), "used": used})
    except OSError:
        return False
    return True


def _call(names: dict[str, Any], request: dict[str, Any], closely: bool) -> dict[str, Any]:
    arguments = request["args"]
    watch = Watch(frozenset(request["watch"]), closely)
    answer: dict[str, Any] = {}
    try:
        function = names[request["name"]]
        # The watch is the inner one: leaving no_grad is no business of the student's.
        with torch.no_grad(), watch:
            value = function(*arguments)
        answer = {"value": value, "back": [arguments[i] for i in request["back"]]}
    except BaseException as error:  # SystemExit and KeyboardInterrupt of the student's are an answer, too
        release_reserve()  # it may be for want of memory
        answer = {"error": _describe(error)}
    answer["used"] = sorted(watch.used)
    return answer


def _describe(error: BaseException) -> dict[str, str]:
    try:
        message = str(error)[:MAX_TEXT]
    except Exception:
        message = "(its message can't be shown)"
    return {"type": type(error).__name__[:100], "message": message, "line": _line(error)}


def _line(error: BaseException) -> str:
    """Return the student's own line that raised: the last frame which belongs to a notebook cell."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if "ipykernel" in frame.filename or frame.filename.startswith("<"):
            return (frame.line or "")[:200]
    return ""
