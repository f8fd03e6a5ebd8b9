"""Students for the tests: a kernel with a client, and what is left of it afterwards."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zmq
from jupyter_client import BlockingKernelClient, KernelManager
from traitlets.config import Config

from autograder.kernels import process_activity, zygote_client
from autograder.kernels.kernel_handle import StudentKernel


@dataclass(frozen=True)
class Ran:
    """What a cell left behind."""

    status: str  # "ok", "error", "died"
    text: str  # streams, results and the exception's name and message
    data: dict[str, Any]  # of the last display, by MIME type
    seconds: float


class Student:
    """A student kernel and a client."""

    def __init__(self, student_files: Path | None = None, **traits: Any) -> None:
        began = time.monotonic()
        self.km = KernelManager(kernel_name="autograder-student", config=Config(StudentProvisioner=traits))
        self.km.start_kernel(student_files=student_files)
        self.handle: StudentKernel = self.km.provisioner.kernel
        self.client: BlockingKernelClient = self.km.client()
        self.client.start_channels(hb=False)
        while self.client.iopub_channel.get_msg(timeout=20)["msg_type"] != "iopub_welcome":
            pass
        self.start_seconds = time.monotonic() - began

    def run(self, code: str, timeout: float = 20, grace: float = 1.0, allow_stdin: bool = False) -> Ran:
        """Run a cell; interrupt it after `timeout` seconds, kill the kernel after another `grace`."""
        began = time.monotonic()
        message_id = self.client.execute(code, allow_stdin=allow_stdin)
        iopub, shell = self.client.iopub_channel, self.client.shell_channel
        poller = zmq.Poller()
        for source in (iopub.socket, shell.socket, self.handle.pidfd):
            poller.register(source, zmq.POLLIN)
        end, interrupted, idle, reply = began + timeout, False, False, None
        text, data = "", {}
        while not (idle and reply):
            ready = dict(poller.poll(max(0, end - time.monotonic()) * 1000))
            if not ready:
                if interrupted:
                    self.handle.kill("killed by the test")
                self.handle.interrupt()
                interrupted, end = True, time.monotonic() + grace
            elif iopub.socket in ready:
                message = iopub.get_msg(timeout=0)
                if message["parent_header"].get("msg_id") == message_id:
                    content = message["content"]
                    idle = idle or content.get("execution_state") == "idle"
                    text += content.get("text", "")[:10_000] if message["msg_type"] == "stream" else ""
                    data = content.get("data", data)
            elif shell.socket in ready:
                reply = shell.get_msg(timeout=0)["content"]
            else:
                return Ran("died", text, data, time.monotonic() - began)
        text += data.get("text/plain", "")
        if reply["status"] == "error":
            text += f"{reply['ename']}: {reply['evalue']}"
        return Ran(reply["status"], text, data, time.monotonic() - began)

    def close(self) -> None:
        """End the kernel."""
        self.client.stop_channels()
        self.km.shutdown_kernel(now=True)


@pytest.fixture
def start() -> Iterator[Callable[..., Student]]:
    """Start students; they are closed at the end of the test."""
    students: list[Student] = []

    def start_one(student_files: Path | None = None, **traits: Any) -> Student:
        students.append(Student(student_files, **traits))
        return students[-1]

    yield start_one
    for student in students:
        student.close()


@pytest.fixture(scope="module")
def student() -> Iterator[Student]:
    """One student for the tests of a module that leave it alive."""
    one = Student()
    yield one
    one.close()


@pytest.fixture(scope="session", autouse=True)
def _no_data() -> Iterator[None]:
    """The tests' zygote has no data sets, whatever this machine has."""
    before = os.environ.get("AUTOGRADER_DATA")
    os.environ["AUTOGRADER_DATA"] = "/nonexistent"
    yield
    zygote_client.close_zygotes()
    if before is None:
        del os.environ["AUTOGRADER_DATA"]
    else:
        os.environ["AUTOGRADER_DATA"] = before


@pytest.fixture
def processes() -> Callable[[], int]:
    """Count the processes below this one: zygotes, kernels and all they started."""
    return lambda: len(process_activity.descendants(os.getpid())) - 1


def only_idle_left(processes: Callable[[], int], idle: int) -> bool:
    """Whether no more processes are there than before, once those that have ended are cleared away."""
    end = time.monotonic() + 10
    while processes() > idle and time.monotonic() < end:
        time.sleep(0.01)
    return processes() == idle
