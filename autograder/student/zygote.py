"""The zygote: imports the heavy libraries once, then forks one student kernel per request.

It never sees connection keys, hidden tests or student code. A request is limits and open descriptors; the child reads
its configuration from a descriptor after the fork.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any

from autograder.student import fd_messages, linux_calls, memory, preload, seccomp, start_failures, tables
from autograder.student.sandbox_plan import SandboxPlan


class Zygote:
    """Serves requests over a listening socket until its last client is gone."""

    def __init__(self, listener: socket.socket, sandbox: bool, users: dict[str, int], keep: list[str]) -> None:
        self.listener = listener
        self.sandbox = sandbox
        self.users = users  # of the sandboxes: `user_maps.Users`, for the clients
        self.keep = keep  # library paths, for mounts below /tmp
        self.clients: dict[int, socket.socket] = {}
        self.kernels: dict[int, int] = {}  # by process id: the descriptor of the client that asked for it
        self.anonymous = 0  # bytes that every child starts with; measured when all is in its place
        self.own_processes = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC) if sandbox else -1

    def run(self) -> None:
        """Serve."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake)
        if self.sandbox:
            seccomp.program()  # is remembered
        gc.collect()
        gc.freeze()  # collections in the children leave the zygote's pages alone
        tables.set_aside()
        gc.enable()
        memory.collapse()
        memory.fill()
        self.anonymous = preload.mapped_anonymous_bytes()
        poll = select.poll()
        poll.register(self.listener, select.POLLIN)
        poll.register(woken, select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == woken:
                    os.read(woken, 512)
                    self._reap()
                elif descriptor == self.listener.fileno():
                    client, _ = self.listener.accept()
                    self.clients[client.fileno()] = client
                    poll.register(client, select.POLLIN)
                elif not self._serve(self.clients[descriptor]):
                    poll.unregister(descriptor)
                    self.clients.pop(descriptor).close()
                    self._end_kernels(descriptor)
                    if not self.clients:
                        return

    def _serve(self, client: socket.socket) -> bool:
        """Answer one request; False when the client is gone."""
        try:
            request, descriptors = fd_messages.receive(client)
        except (EOFError, ValueError):
            return False
        try:
            fd_messages.send(client, self._answer(request, descriptors, client.fileno()))
        except OSError:
            return False
        finally:
            fd_messages.close_all(descriptors)
        return True

    def _answer(self, request: dict[str, Any], descriptors: list[int], client: int) -> dict[str, Any]:
        if request["do"] == "hello":
            return {"ok": True, "anonymous": self.anonymous, "users": self.users}
        try:
            self.kernels[self._fork(SandboxPlan.from_plain(request["plan"]), descriptors)] = client
        except OSError as error:
            return {"ok": False, "error": f"fork: {error}", "errno": error.errno or 0}
        return {"ok": True}

    def _fork(self, plan: SandboxPlan, descriptors: list[int]) -> int:
        """The next child, and no other, is process 1 of a new process namespace."""
        if self.sandbox:
            linux_calls.unshare(linux_calls.CLONE_NEWPID)
        try:
            child = os.fork()
            if child == 0:
                self._child(plan, descriptors)
            return child
        finally:
            if self.sandbox:
                linux_calls.setns(self.own_processes, linux_calls.CLONE_NEWPID)

    def _child(self, plan: SandboxPlan, descriptors: list[int]) -> None:
        try:
            from autograder.student import sandbox_init

            sandbox_init.main(plan, descriptors, self.sandbox, self.keep)
        except BaseException as error:
            os.write(descriptors[0], json.dumps(start_failures.told(error)).encode())  # whatever became of the socket
            traceback.print_exc()
        finally:
            os._exit(70)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while child := os.waitpid(-1, os.WNOHANG)[0]:
                self.kernels.pop(child, None)

    def _end_kernels(self, client: int) -> None:
        """End the kernels of a client that is gone: nobody else would."""
        for kernel in [kernel for kernel, owner in self.kernels.items() if owner == client]:
            os.kill(kernel, signal.SIGKILL)  # not reaped yet, so the id is still this child's


def main() -> None:
    """`python -m autograder.student.zygote <listening descriptor> on|off <modules> <users> [library paths below /tmp]`.

    `modules`: names, separated by spaces, of what is imported beside the usual ones; may be empty. `users`: as JSON.
    """
    linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
    if sys.argv[2] == "on" and os.getpid() != 1:
        raise RuntimeError("the zygote must be the first process of its process namespace")
    gc.disable()  # what modules hold stays: going through it again and again takes a fifth of the time
    preload.preload(sys.argv[3].split())
    listener, users = socket.socket(fileno=int(sys.argv[1])), json.loads(sys.argv[4])
    Zygote(listener, sys.argv[2] == "on", users, sys.argv[5:]).run()


if __name__ == "__main__":
    main()
