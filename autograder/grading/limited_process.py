"""Work on what a student made, done in a process of its own with limits on time and memory.

Parsers of HTML, markdown and notebooks can be made to take hours or gigabytes by a few kilobytes. Whatever happens in
that process is a finding about the text it was given: the caller is told so by TooDearError.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograder
from autograder.grading.limited_service import LENGTH

SECONDS = 5.0  # of processor time for one call
MEMORY = 1 << 30  # bytes of address space for one call, beyond what the process has when it starts
LONGEST = 64 << 20  # bytes of an answer
_WAITING = 20.0  # times as long by the clock: the process never waits for anything but a processor


class TooDearError(Exception):
    """What a student made took more time or memory than it may, or was more than the function could cope with.

    The message is a clause that says so; ``seconds`` is the processor time it took.
    """

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class LimitedProcess:
    """A process that calls one function at a time, started with the first call and again when it has ended.

    Functions are named to it, arguments and results cross as JSON: what comes back can't run any code here.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def call(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        seconds: float = SECONDS,
        memory: int = MEMORY,
        longest: int = LONGEST,
    ) -> tuple[Any, float]:
        """Return what a module's function makes of plain data, and the processor time it took in seconds.

        ``seconds``: of processor time; ``memory``, ``longest``: in bytes, the latter of what comes back. Raises
        TooDearError where the function raises anything, takes more, ends the process or returns more; OSError where no
        process can be started.
        """
        name = f"{function.__module__}:{function.__qualname__}"
        request = {"function": name, "arguments": arguments, "seconds": seconds, "memory": memory, "most": longest}
        with self._lock:
            answer = json.loads(self._answer(json.dumps(request).encode(), seconds))
            if answer["last"]:
                self.end()
        if "error" in answer:
            raise TooDearError(answer["error"], float(answer["seconds"]))
        return answer["result"], float(answer["seconds"])

    def _answer(self, request: bytes, seconds: float) -> bytes:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        guard = threading.Timer(_WAITING * seconds + 60.0, process.kill)
        guard.daemon = True
        guard.start()
        try:
            process.stdin.write(LENGTH.pack(len(request)) + request)
            process.stdin.flush()
            head = process.stdout.read(LENGTH.size)
            length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else 0
            answer = process.stdout.read(length) if length <= LONGEST else b""
        except BrokenPipeError:
            length, answer = 0, b""
        except BaseException:  # an interrupt: what it would answer is nobody's any more
            self.end()
            raise
        finally:
            guard.cancel()
        if not length or len(answer) != length:
            raise TooDearError(self._last_words(process, seconds), seconds)
        return answer

    def _last_words(self, process: subprocess.Popen[bytes], seconds: float) -> str:
        self.end()
        if process.returncode == -signal.SIGPROF:
            return f"it took more than {seconds:g} s"
        return "it ended the process that worked on it"

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.end()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "autograder.grading.limited_service"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": _import_path()},
                start_new_session=True,  # ^C goes to all of a terminal's processes
            )
        return self._process

    def end(self) -> None:
        """End the process, if there is one. The next call starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what could not be written any more
                    pipe.close()
        process.wait()


def _import_path() -> str:
    """Return where this package, and what was found beside it, is to be imported from: never the working directory."""
    here = str(Path(autograder.__file__).parent.parent)
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(dict.fromkeys([here, *(path for path in others if Path(path).is_absolute())]))


LIMITED = LimitedProcess()
"""This process's own."""
atexit.register(LIMITED.end)
