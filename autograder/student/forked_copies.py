"""Forked copies of the kernel, one for each hidden test.

A copy answers calls to the student's functions in `autograder.student.call_server`. Whatever a test changes, breaks or
hangs is lost with its copy; the kernel goes on as it was.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import warnings
from pathlib import Path
from typing import Any

from autograder.student import fd_messages


class Copies:
    """Answers requests on the control socket, from the kernel's main thread, between cells."""

    def __init__(self, control: socket.socket, app: Any) -> None:
        self.control = control
        self.app = app
        self.last = 0  # process id (and group) of the last copy
        self.statuses: dict[int, int] = {}  # of the last copy, by process id

    def attach(self) -> None:
        """Listen, as part of the kernel's event loop."""
        from tornado.ioloop import IOLoop

        IOLoop.current().add_handler(self.control.fileno(), self._on_request, IOLoop.READ)

    def _on_request(self, descriptor: int, _: int) -> None:
        from tornado.ioloop import IOLoop

        try:
            request, descriptors = fd_messages.receive(self.control)
        except (EOFError, ValueError):  # the grader is gone
            IOLoop.current().remove_handler(descriptor)
            return
        reply: dict[str, Any] = {"id": request["id"]}
        pidfds: list[int] = []
        try:
            if request["do"] == "fork":
                reply["pid"] = self._fork(descriptors[0])
                pidfds = [os.pidfd_open(reply["pid"])]
            else:
                reply["status"] = self._bury(request["pid"])
        except OSError as error:
            reply |= {"error": str(error), "errno": error.errno}
        finally:
            fd_messages.close_all(descriptors)
        fd_messages.send(self.control, reply, pidfds)
        fd_messages.close_all(pidfds)

    def _bury(self, pid: int) -> int | None:
        """End a copy and what it started; return its wait status, None if something else has taken it."""
        if pid and pid not in self.statuses:
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                self.statuses = {pid: os.waitpid(pid, 0)[1]}
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)  # the group outlives its leader
        return self.statuses.get(pid)

    def _fork(self, channel: int) -> int:
        self._bury(self.last)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other threads exist; the copy uses nothing of theirs
            self.last = os.fork()
        if self.last == 0:
            self._become_copy(channel)
        with contextlib.suppress(OSError):
            os.setpgid(self.last, self.last)
        return self.last

    def _become_copy(self, channel: int) -> None:
        status = 1
        try:
            os.setpgid(0, 0)
            self.control.close()
            self._silence()
            gc.freeze()
            import torch

            torch.set_num_threads(1)  # the kernel's OpenMP threads do not exist here
            from autograder.student.call_server import serve

            serve(socket.socket(fileno=channel), self.app.kernel.shell.user_ns)
            status = 0
        finally:
            os._exit(status)

    def _silence(self) -> None:
        """Output of a copy goes nowhere: not to the kernel's cells, and not to the grader."""
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        sys.stdout, sys.stderr = Path(os.devnull).open("w"), Path(os.devnull).open("w")  # noqa: SIM115 - never closed
        self.app.iopub_thread.send_multipart = lambda *_, **__: None
