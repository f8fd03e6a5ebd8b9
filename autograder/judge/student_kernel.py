"""The judge's end of a student kernel: start it, run cells in it, ask it for copies."""

from __future__ import annotations

import contextlib
import logging
import math
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol, cast

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_event_loop
from traitlets.config import Config

from autograder.judge.cell_outputs import Collector, Output
from autograder.judge.connection import Copy
from autograder.judge.errors import CannotJudge
from autograder.judge.kernel_messages import PART, Message, NoMessageError, read
from autograder.judge.stopwatch import Activity, Stopwatch

log = logging.getLogger(__name__)
_ending = ThreadPoolExecutor(1, "ending-kernels")  # Python waits for it at its end

KERNEL = "autograder-student"
START_TIMEOUT = 300.0  # seconds for a forked kernel to say hello, on a machine under load
STOP = "autograder_stop"  # in a request's metadata (see student/going_on.py)
PROBE_TIMEOUT = 5.0  # seconds of its own for a kernel to show that it still answers
LATE_OUTPUT = 1.0  # seconds of the kernel's own for the rest of the output once the cell has ended
# A student must not be able to fill the judge's memory with messages.
MAX_MESSAGE = 16 << 20  # bytes of one part of a Jupyter message
WAITING = 32  # messages that wait to be read, on a channel; others wait in the kernel


NONSENSE = "what came from it is no message of a kernel's: the code interferes with the grader"


class Handle(Protocol):
    """What the kernel's provisioner says of it to the trusted side."""

    sandbox: str
    pidfd: int
    left_out: list[str]  # the student's files that are not in the sandbox, a sentence each
    killed: bool  # once the death is known: by a SIGKILL that was not ours
    vanished: bool  # once the death is known: the sandbox was ended from outside

    def activity(self) -> Activity: ...  # noqa: D102
    def go_on(self) -> None: ...  # noqa: D102
    def alive(self) -> bool: ...  # noqa: D102
    def kill(self) -> None: ...  # noqa: D102
    def end(self) -> None: ...  # noqa: D102
    def death(self) -> str: ...  # noqa: D102
    def fork_copy(self, *, wait: Callable[[], float]) -> Copy: ...  # noqa: D102


class CellLost(Exception):  # noqa: N818 - an event the notebook's run reacts to
    """A cell hung or its kernel ended; the message is the reason in plain words. The kernel is of no use any more."""

    def __init__(self, reason: str, began: bool, seconds: float, raised: bool = False):
        super().__init__(reason)
        self.began = began  # if not, it may as well have been a cell before it
        self.seconds = seconds  # of the kernel's own that the cell took
        self.raised = raised  # whether a line above may have raised an exception


@dataclass(frozen=True)
class CellRun:
    """What one executed cell left behind."""

    seconds: float  # of the kernel's own that it took
    raised: bool
    outputs: tuple[Output, ...]


class Kernel:
    """One sandboxed kernel, forked afresh for one run of one notebook."""

    def __init__(self, student_files: Path, config: Config):
        self._manager = KernelManager(kernel_name=KERNEL, config=config)
        try:
            self._manager.start_kernel(student_files=str(student_files))
        except Exception as error:
            raise CannotJudge(f"no student kernel could be started: {error}") from error
        self.handle = cast(Handle, self._manager.provisioner.kernel)  # type: ignore[union-attr]
        self._client: BlockingKernelClient = self._manager.client()
        self._client.context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        self._client.context.setsockopt(zmq.RCVHWM, WAITING)
        self._client.context.setsockopt(zmq.SNDTIMEO, 0)  # what can't be sent at once has no connection to go through
        self._client.start_channels(hb=False)
        self._wait_for_welcome()

    def _wait_for_welcome(self) -> None:
        # The kernel greets each iopub subscriber: from then on no output is missed. (wait_for_ready would poll.)
        end = time.monotonic() + START_TIMEOUT
        with contextlib.suppress(Exception):
            while time.monotonic() < end:
                if self._client.iopub_channel.get_msg(timeout=START_TIMEOUT)["msg_type"] == "iopub_welcome":
                    return
        death = "" if self.handle.alive() else f": {self.handle.death()}"
        self.close()
        raise CannotJudge(f"the student kernel did not start{death}; run `autograder doctor` to see what is missing")

    def close(self) -> None:
        """End the kernel and everything that runs in its sandbox, and wait for that."""
        self._hang_up()
        self._clear_away()

    def let_go(self) -> None:
        """End the kernel, without waiting until nothing of it is left: that takes 30 ms."""
        self._hang_up()
        self.handle.end()
        _ending.submit(self._clear_away_elsewhere)

    def _hang_up(self) -> None:
        self._client.stop_channels()
        self._client.context.destroy(linger=0)

    def _clear_away_elsewhere(self) -> None:
        try:
            self._clear_away()
        except Exception as error:  # nobody waits for it, so it would not be heard of
            log.error("A student kernel could not be cleared away", exc_info=error)
        finally:
            ensure_event_loop().close()  # which Jupyter has made for this thread

    def _clear_away(self) -> None:
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    def run(self, source: str, timeout: float, max_output: int, stop: bool = False) -> CellRun:
        """Execute a cell for at most ``timeout`` s of the kernel's own, keeping ``max_output`` bytes of output.

        A line that raises does not keep those below it from being run, unless the cell is to ``stop`` there. Raises
        CellLost, StalledError.
        """
        try:
            cell = Collector(self._execute(source, stop), max_output)
        except zmq.Again:  # a message of the kernel's that was none has ended the connection
            self.handle.kill()
            raise CellLost(NONSENSE, began=False, seconds=0.0) from None
        poller = zmq.Poller()
        for socket in (self._client.iopub_channel.socket, self._client.shell_channel.socket, self.handle.pidfd):
            poller.register(socket, zmq.POLLIN)
        stopwatch = ended = Stopwatch(self.handle, timeout)
        while not cell.complete:
            try:
                ready = dict(poller.poll(math.ceil(ended.wait() * 1000)))
            except TimeoutError:
                if cell.reply is not None:
                    break  # the cell has ended; a message beyond the size limit took the rest of its output along
                self._stop(timeout, cell, stopwatch.used)
            except BaseException:  # it may still be at work
                self.handle.kill()
                raise
            try:
                if self._client.iopub_channel.socket in ready:
                    cell.take(self._heard(self._client.iopub_channel.socket, max_output))
                    continue
                if self._client.shell_channel.socket in ready:
                    cell.take(self._heard(self._client.shell_channel.socket, max_output))
                    ended = Stopwatch(self.handle, LATE_OUTPUT)
                    continue
            except NoMessageError as error:
                self.handle.kill()
                raise CellLost(f"{NONSENSE} ({error})", cell.began, stopwatch.used, cell.has_raised) from None
            if self.handle.pidfd in ready:
                # What it said last may not have come out: a line above may have raised.
                raise CellLost(self.handle.death(), cell.began, stopwatch.used, raised=True)
        return CellRun(stopwatch.used, cell.raised, tuple(cell.outputs))

    def _heard(self, socket: zmq.Socket[bytes], max_output: int) -> Message:
        """Return a message that is there. Raises NoMessageError."""
        return read(socket.recv_multipart(), self._client.session, 4 * max_output + PART)  # four bytes a character

    def _execute(self, source: str, stop: bool) -> str:
        """Send a cell to the kernel; return the request's id. (The client's own method sends no metadata.)"""
        content = {
            "code": source,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        request = self._client.session.msg("execute_request", content, metadata={STOP: stop})
        self._client.shell_channel.send(request)
        return str(request["header"]["msg_id"])

    def _stop(self, timeout: float, cell: Collector, seconds: float) -> NoReturn:
        self.handle.kill()
        raise CellLost(f"it did not end within {timeout:g} s", cell.began, seconds, cell.has_raised)

    def answers(self) -> bool:
        """Return whether the kernel still runs cells and can be copied, as it must after every cell."""
        try:
            self.run("pass", PROBE_TIMEOUT, 0)
            self.copy(PROBE_TIMEOUT).close()
        except (CellLost, ConnectionError, TimeoutError):
            return False
        return True

    def copy(self, timeout: float) -> Copy:
        """Fork a copy of the kernel in its present state, to call functions in.

        Raises TimeoutError when it does not answer within ``timeout`` s of its own, ConnectionError when it is dead,
        StalledError.
        """
        return self.handle.fork_copy(wait=Stopwatch(self.handle, timeout).wait)


def warm_up(config: Config) -> None:
    """Start a kernel and let it go: what kernels are forked from is there afterwards. Raises CannotJudge."""
    place = config.get("StudentProvisioner", {}).get("zygotes") or None
    with tempfile.TemporaryDirectory(dir=place) as empty:
        Kernel(Path(empty), config).close()
