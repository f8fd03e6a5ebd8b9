"""The process behind ``limited_process``: calls functions by name, each within its limits."""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import struct
import sys
import time
from pathlib import Path
from typing import IO, Any

import autograder.grading.quick_import  # noqa: F401

LENGTH = struct.Struct("!Q")  # of a message, before it
_SWOLLEN = 300 << 20  # bytes of memory after which a process is not used again


def _serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more."""
    while len(head := requests.read(LENGTH.size)) == LENGTH.size:
        request = json.loads(requests.read(LENGTH.unpack(head)[0]))
        answer = _answer(request) | {"last": _memory()[1] > _SWOLLEN}
        text = json.dumps(answer).encode()
        if len(text) > request["most"]:
            told = {"error": f"what came of it is larger than {request['most'] >> 20} MiB"}
            text = json.dumps(answer | told | {"result": None}).encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(LENGTH.pack(len(text)) + text)
        answers.flush()
        if answer["last"]:
            return


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    module, _, name = request["function"].partition(":")
    function = getattr(importlib.import_module(module), name)  # what it imports is nothing a student made
    _limit(request["seconds"], request["memory"])
    before = time.process_time()
    try:
        answer = {"result": function(*request["arguments"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error!s:.300}".removesuffix(": ")}
    return answer | {"seconds": time.process_time() - before}


def _limit(seconds: float, memory: int) -> None:
    """Let the process end after so many seconds of processor time, and get no more memory than so many bytes."""
    resource.setrlimit(resource.RLIMIT_AS, (_memory()[0] + memory, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _memory() -> list[int]:
    """Return the bytes of address space and of memory that this process has."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[:2]
    return [int(count) * resource.getpagesize() for count in pages]


def main() -> None:
    """Serve the process at the other end of stdin and stdout; what is printed here goes nowhere."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
