"""A handle on a student kernel and its sandbox.

Whatever comes from the kernel's end of a socket may be the student's doing: it is checked, and decides nothing but the
words in a message.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from autograder.kernels import exit_reasons, pidfds
from autograder.kernels.copy_handle import Copy, was_killed
from autograder.kernels.memory_groups import MemoryGroup
from autograder.kernels.process_activity import Activity, activity
from autograder.student import fd_messages, start_failures
from autograder.student.resource_limits import Limits

T = TypeVar("T")
Wait = Callable[[], float]  # says how long to wait until it is asked again, in seconds; raises when it is enough

PAUSES = (0.2, 0.5, 1.0)  # seconds before each further try to fork
_TEARDOWN = 30.0  # seconds: the end of a fork bomb takes a while
_LARGEST_PID, _LARGEST_ERRNO = 1 << 22, 4095  # Linux has no larger ones
_ANSWER = 10.0  # seconds for the kernel to say how a copy ended


class _RefusedError(ConnectionError):
    """A kernel could not be forked, for a reason that can pass."""


class StudentKernel:
    """One student kernel and its sandbox.

    `pidfd` becomes readable when the kernel process ends. `sandbox` is "namespaces" or "off". `left_out` says which of
    the student's files are not in the sandbox, a sentence each. Once `death()` is known, `killed` says whether the
    kernel or a copy of it was killed and not by us (it can have done so itself, or the system was out of memory),
    `vanished` whether its whole sandbox was ended from outside.
    """

    def __init__(
        self,
        report: socket.socket,
        control: socket.socket,
        first_pidfd: int,
        pidfd: int,
        limits: Limits,
        sandbox: str,
        left_out: list[str],
        group: MemoryGroup | None = None,
        shares_its_user: bool = False,
    ) -> None:
        self.pidfd = pidfd
        self.limits = limits
        self.sandbox = sandbox
        self.left_out = left_out
        self.group = group
        self.shares_its_user = shares_its_user  # with other sandboxes
        self.first_pid = pidfds.process_id(first_pidfd)
        self.copy: Copy | None = None  # the last one
        self._report = report
        self._control = control
        self._first_pidfd = first_pidfd
        self._lock = threading.RLock()  # the watchdog signals from its own thread
        self._requests = 0
        self._closed = False
        self._death = ""  # known before the status is: why we ended it
        self.killed = self.vanished = False
        self._on_close: list[Callable[[], None]] = []

    def alive(self) -> bool:
        """Return whether the kernel process is still there."""
        with self._lock:
            return not self._closed and not pidfds.ended(self.pidfd)

    def doomed(self) -> bool:
        """Return whether the kernel has ended or been told to."""
        with self._lock:
            return bool(self._death) or not self.alive()

    def activity(self) -> Activity:
        """Return what the processes of the sandbox are doing."""
        return activity(self.first_pid)

    def go_on(self) -> None:
        """Let a stopped kernel go on."""
        self.signal(signal.SIGCONT)

    def interrupt(self) -> None:
        """Send SIGINT, as Jupyter's stop button does."""
        self.signal(signal.SIGINT)

    def signal(self, number: int) -> None:
        """Send a signal to the kernel process."""
        with self._lock:
            if not self._closed:
                pidfds.send_signal(self.pidfd, number)

    def kill(self, reason: str = exit_reasons.STOPPED) -> None:
        """End the whole sandbox; `death()` will give the reason. Does not wait."""
        with self._lock:
            if self._closed:
                return
            if not self._death and self.alive():
                self._death = reason
            if self.sandbox == "off" and not pidfds.ended(self.pidfd):
                pidfds.send_signal(self.pidfd, signal.SIGKILL)  # its first process then kills what is left
            else:
                pidfds.send_signal(self._first_pidfd, signal.SIGKILL)

    def wait(self, timeout: float) -> bool:
        """Wait for the end of the whole sandbox; return whether it has ended."""
        return self._closed or pidfds.ended(self._first_pidfd, timeout)

    def death(self) -> str:
        """Say how the kernel ended; waits for the end of its sandbox. A kernel that lives on: "it is still running"."""
        with self._lock:
            if self._closed or self._death:
                return self._death
            if self.alive():
                return "it is still running"
            self.wait(_TEARDOWN)
            self._death = self.ending(self._status())
            self.vanished = self._death == exit_reasons.UNKNOWN
            return self._death

    def ending(self, status: int | None) -> str:
        """Say how a process of the sandbox has ended (None: nobody knows), and note whether somebody killed it."""
        killed = was_killed(status)
        if (status is None or killed) and self.group is not None and self.group.was_full():
            return exit_reasons.too_much_memory(self.limits)
        self.killed = self.killed or killed
        return exit_reasons.UNKNOWN if status is None else exit_reasons.ended(status, self.limits)

    def _status(self) -> int | None:
        self._report.settimeout(0.0)
        with contextlib.suppress(EOFError, ValueError, OSError):
            message, descriptors = fd_messages.receive(self._report)
            fd_messages.close_all(descriptors)
            return whole(message.get("status"), most=0xFFFF)
        return None

    def exit_status(self) -> int | None:
        """Return None while the kernel runs, 0 after a clean exit, else 1."""
        if self.alive():
            return None
        return 0 if self.death() == "it called exit with status 0" else 1

    def fork_copy(self, timeout: float = 10.0, wait: Wait | None = None) -> Copy:
        """Fork the kernel. Raises TimeoutError if its main thread doesn't answer, ConnectionError if it is dead.

        ``wait``, if given, says how long to wait in place of ``timeout``. There is one copy at a time: the last one is
        closed first.
        """
        if self.copy is not None:
            self.copy.close()
        for pause in PAUSES:
            with contextlib.suppress(_RefusedError):
                return self._fork_copy(wait or _within(timeout))
            time.sleep(pause)  # what is used up may be another student's doing
        return self._fork_copy(wait or _within(timeout))

    def _fork_copy(self, wait: Wait) -> Copy:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                for end in (ours, theirs):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                reply, descriptors = self._ask({"do": "fork"}, [theirs.fileno()], wait)
            pid = whole(reply.get("pid"), most=_LARGEST_PID)
            if pid is None or not descriptors or not pidfds.is_one(descriptors[0]):
                fd_messages.close_all(descriptors)
                kind = (
                    _RefusedError
                    if whole(reply.get("errno"), most=_LARGEST_ERRNO) in start_failures.PASSING
                    else ConnectionError
                )
                raise kind(f"the kernel could not be forked: {str(reply.get('error'))[:200]}")
            fd_messages.close_all(descriptors[1:])
        except BaseException:
            ours.close()
            raise
        self.copy = Copy(self, ours, descriptors[0], pid)
        return self.copy

    def ask_status(self, pid: int) -> int | None:
        """End a copy by its process id in the sandbox; return its wait status if the kernel tells."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            reply, descriptors = self._ask({"do": "bury", "pid": pid}, [], _within(_ANSWER))
            fd_messages.close_all(descriptors)
            return whole(reply.get("status"), most=0xFFFF)
        return None

    def bury(self, pid: int) -> None:
        """Have a copy ended, and what it has started, without waiting for that."""
        with contextlib.suppress(OSError):
            self._control.settimeout(_ANSWER)
            fd_messages.send(self._control, {"do": "bury", "pid": pid, "id": self._next_number()})

    def _next_number(self) -> int:
        """Return the number of a request, which its reply repeats. Raises ConnectionError once the kernel is closed."""
        with self._lock:
            if self._closed:
                raise ConnectionError("the kernel is closed")
            self._requests += 1
            return self._requests

    def _ask(self, request: dict[str, object], send: list[int], wait: Wait) -> tuple[dict[str, object], list[int]]:
        """Ask the kernel's main thread and wait for its reply; replies to earlier requests are thrown away."""
        number = self._next_number()
        try:
            self._patiently(lambda: fd_messages.send(self._control, {**request, "id": number}, send), wait)
            while True:
                try:
                    reply, descriptors = self._patiently(lambda: fd_messages.receive(self._control), wait)
                except ValueError:
                    continue
                if reply.get("id") == number:
                    return reply, descriptors
                fd_messages.close_all(descriptors)
        except TimeoutError as late:
            if self.alive():
                raise TimeoutError(f"the kernel's main thread did not answer: {late}") from None
        except OSError as error:
            if self.alive() and start_failures.can_pass(error):  # all students' kernels share what is used up
                raise _RefusedError(f"the kernel could not be asked: {error}") from None
        except EOFError:
            pass
        raise ConnectionError(f"the kernel is dead: {self.death()}")

    def _patiently(self, act: Callable[[], T], wait: Wait) -> T:
        """Send or receive on the control socket, for as long as ``wait`` allows."""
        while True:
            self._control.settimeout(wait())
            try:
                return act()
            except TimeoutError:
                continue

    def on_close(self, action: Callable[[], None]) -> None:
        """Run an action when this handle is closed."""
        self._on_close.append(action)

    def end(self) -> None:
        """End the sandbox, without waiting for that; whether somebody else has done so is known from now on."""
        if self._closed:
            return
        if self.copy is not None:
            self.copy.close()
        if not self.alive():
            self.death()
        self.kill()

    def close(self) -> None:
        """End the sandbox, wait until nothing of it is left, free everything. May be called twice."""
        if self._closed:
            return
        self.end()
        self.wait(_TEARDOWN)
        for action in self._on_close:
            action()
        if self.group is not None:
            self.group.remove()
        with self._lock:
            self._closed = True
            os.close(self.pidfd)
            os.close(self._first_pidfd)
            self._report.close()
            self._control.close()


def whole(value: object, most: int) -> int | None:
    """Return a whole number that came from the other side; None for anything else, and one that can't be meant."""
    return value if type(value) is int and 0 <= value <= most else None


def _within(seconds: float) -> Wait:
    """Return what waits for so long by the clock."""
    end = time.monotonic() + seconds

    def wait() -> float:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"within {seconds:g} s")
        return left

    return wait
