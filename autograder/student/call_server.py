"""Answer the judge's calls of the student's functions, one after another, until it goes away.

Runs in a forked copy of the student's kernel. It knows names and inputs; it is never told
what the right answer is.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import linecache
import socket
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

import torch

from autograder import wire
from autograder.student.crossed_code import has_crossed
from autograder.student.forbidden_help import Watch
from autograder.student.interpreter_state import OwnState, compute_on
from autograder.student.probe_calls import Missing, Probes, is_own_fault
from autograder.student.resource_limits import release_reserve
from autograder.student.training_loop import train

# Every so many calls, and the first, are watched closely: it makes a small call up to ten times slower, a loop over
# entries even more.
CLOSE_EVERY = 25
MAX_TEXT = 1000  # characters of an exception's message
MAX_TRACE = 3000  # characters of our own traceback
SOON = 0.2  # seconds after which answers are sent though there are more to come

Answer = dict[str, Any]


@dataclass
class _Kernel:
    """What calls are made in."""

    names: dict[str, Any]  # the notebook's namespace
    state: OwnState
    probes: Probes
    calls: itertools.count[int] = field(default_factory=itertools.count)
    always_closely: bool = False  # since the watch was blind once


def serve(channel: socket.socket, names: dict[str, Any]) -> None:
    """Answer requests on ``channel``; ``names`` is the notebook's namespace. Returns when the judge has gone.

    ``{"watch": [str], "calls": [{"name": str, "args": list, "back": [int]}]}`` is answered by messages
    ``{"answers": [...]}`` with an answer for each call, in order: ``{"value": …, "back": [args after the call],
    "used": [[what is forbidden, name]]}``, ``{"error": {...}, "used": …}``, ``{"missing": name, "used": []}`` or, when
    it can't be sent, ``{"too_large": True, "used": …}``. Where a call has ``"probe": {"module": key, "function": str,
    "named": [[place in args, the student's name]], "stand_ins": [[place, the module's name]]}``, that function is
    called, with what ``"name"`` names before the arguments; ``"code": {key: [name, [pieces of text]]}`` beside the
    calls has the modules. ``{"watch": [str], "train": {...}}`` is answered as ``training.train`` says. Where our own
    code fails, ``{"broken": traceback}`` is the last message; where the student's has left no memory,
    ``{"no_memory": True}``.
    """
    channel.setblocking(True)  # whatever socket.setdefaulttimeout was told
    with OwnState() as state:
        try:
            _serve(channel, _Kernel(names, state, Probes(names)))
        except MemoryError:
            release_reserve()
            _say(channel, {"no_memory": True})
        except BaseException as error:
            _say(channel, {"broken": "".join(traceback.format_exception(error))[-MAX_TRACE:]})


def _say(channel: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        wire.send(channel, message)


def _serve(channel: socket.socket, kernel: _Kernel) -> None:
    while True:
        try:
            request = wire.receive(channel)
        except (EOFError, wire.WireError):  # the judge sends messages: another process of the student's reads along
            return
        if "train" in request:
            if not _train(channel, kernel, request):
                return
        elif not _answer_all(channel, kernel, request):
            return


def _answer_all(channel: socket.socket, kernel: _Kernel, request: dict[str, Any]) -> bool:
    """Make the calls and send their answers; return whether the judge is still there."""
    parcel, sent = wire.Parcel(), time.monotonic()
    watched, calls = frozenset(request["watch"]), request["calls"]
    kernel.probes.learn(request.get("code", {}))
    while calls:  # what has been answered is not kept: its arguments may be large
        _put(parcel, _call(kernel, calls.pop(0), watched))
        if not calls or time.monotonic() - sent > SOON or parcel.full:
            if not _send(channel, parcel):
                return False
            parcel, sent = wire.Parcel(), time.monotonic()
    return True


def _train(channel: socket.socket, kernel: _Kernel, request: dict[str, Any]) -> bool:
    """Train with the student's functions; return whether the judge is still there."""
    try:
        train(channel, kernel.names, request["train"], request["watch"], describe, kernel.state)
    except (OSError, EOFError):
        return False
    return True


def _call(kernel: _Kernel, call: dict[str, Any], watched: frozenset[str]) -> Answer:
    try:
        function, arguments = kernel.probes.of(call)
    except Missing as missing:
        return {"missing": missing.name, "used": []}
    except ImportError as error:  # the judge has imported the same probe: a cell has put something in a module's place
        return {"error": describe(error), "used": []}
    answer: Answer = {}
    watch = Watch(watched, next(kernel.calls) % CLOSE_EVERY == 0 or kernel.always_closely)
    for kind in kernel.probes.classes(call):
        watch.look_at(kind, alone=kernel.probes.has_stand_ins(call))
    try:
        value = _made(kernel, function, arguments, watch)
        answer = {"value": value, "back": [_afterwards(arguments[i]) for i in call["back"]]}
    except BaseException as error:  # SystemExit and KeyboardInterrupt of the student's are an answer, too
        if is_own_fault(error):
            raise
        release_reserve()  # it may be for want of memory
        answer = {"error": describe(error)}
    if watch.blind:
        answer = _looked_at_again(kernel, call, answer, watch)
    answer["used"] = sorted(watch.found)
    return answer


def _afterwards(argument: Any) -> Any:
    """Return what a call has left of an argument: no tensor where autograd follows it now, or it has a gradient."""
    if isinstance(argument, torch.Tensor) and (argument.requires_grad or argument.grad is not None):
        return "a tensor that autograd knows"
    return argument


def _made(kernel: _Kernel, function: Any, arguments: list[Any], watch: Watch) -> Any:
    with kernel.state.theirs():
        compute_on("cpu")
        # The watch is the inner one: leaving no_grad is no business of the student's.
        with torch.no_grad(), watch:
            return function(*arguments)


def _looked_at_again(kernel: _Kernel, call: dict[str, Any], answer: Answer, watch: Watch) -> Answer:
    """Make a call once more, closely watched, and each later one: the watch has not seen all of it.

    Returns the answer, out of reach of what the second call does.
    """
    kernel.always_closely = True
    closely = Watch(watch.categories)
    with contextlib.suppress(BaseException):  # whatever can't be copied, or fails now
        answer, arguments = copy.deepcopy(answer), copy.deepcopy(call["args"])  # apart: the answer may be an argument
        function, arguments = kernel.probes.of({**call, "args": arguments})
        for kind in kernel.probes.classes(call):
            closely.look_at(kind, alone=kernel.probes.has_stand_ins(call))
        _made(kernel, function, arguments, closely)
    watch.found |= closely.found
    return answer


def _put(parcel: wire.Parcel, answer: Answer) -> None:
    """Put in an answer as it is now, or that it can't be sent."""
    try:
        parcel.put(answer)
    except wire.TooLargeError:
        parcel.put({"too_large": True, "used": answer["used"]})
    except BaseException as error:  # no memory to write it out; a dictionary that can't be gone through
        release_reserve()
        parcel.put({"error": describe(error), "used": answer["used"]})


def _send(channel: socket.socket, parcel: wire.Parcel) -> bool:
    """Send answers; return whether the judge is still there."""
    try:
        try:
            parcel.send(channel, "answers")
        except MemoryError as error:
            release_reserve()
            wire.send(channel, {"answers": [{"error": describe(error), "used": []} for _ in range(len(parcel))]})
    except OSError:
        return False
    return True


def describe(error: BaseException) -> dict[str, str]:
    """Return what the judge is told of an exception: its type, message and the student's line that raised it.

    Where no line of theirs is to blame, ``did`` is what the judge's own code, beside it, was doing.
    """
    try:
        message = str(error)[:MAX_TEXT]
    except BaseException:  # it is the student's
        message = "(its message can't be shown)"
    told = {"type": type(error).__name__[:100], "message": message}
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    crossed = [frame for frame in frames if has_crossed(frame.filename)]
    for frame in frames:
        if "ipykernel" in frame.filename or (frame.filename.startswith("<") and frame not in crossed):
            return {**told, "line": (frame.line or "")[:200]}
    return {**told, "line": "", **({"did": _expression(crossed[0])[:200]} if crossed else {})}


def _expression(frame: traceback.FrameSummary) -> str:
    """Return the part of its line that a frame was at."""
    if frame.lineno is None or frame.lineno != frame.end_lineno:
        return frame.line or ""
    line = linecache.getline(frame.filename, frame.lineno).encode()
    return line[frame.colno : frame.end_colno].decode(errors="replace").strip()
