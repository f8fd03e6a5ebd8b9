"""A kernel that is let go ends without being waited for; whether somebody else has ended it is known at once."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.judge import student_kernel
from autograder.judge.student_kernel import Kernel
from autograder.kernels.kernel_handle import StudentKernel


@pytest.fixture
def running(tmp_path):
    return Kernel(tmp_path, Config())


def is_gone(path: Path) -> bool:
    end = time.monotonic() + 20
    while path.exists() and time.monotonic() < end:
        time.sleep(0.01)
    return not path.exists()


def test_nobody_waits_for_the_end_of_a_kernel_that_is_let_go(running, monkeypatch):
    wait, go_on = StudentKernel.wait, threading.Event()
    monkeypatch.setattr(StudentKernel, "wait", lambda self, timeout: go_on.wait(20) and wait(self, timeout))
    process, sockets = Path(f"/proc/{running.handle.first_pid}"), Path(running._manager.connection_file).parent
    running.let_go()
    assert running.handle.doomed() and sockets.exists()
    go_on.set()
    assert is_gone(process) and is_gone(sockets)
    assert not running.handle.killed and not running.handle.vanished


def test_who_has_ended_a_kernel_is_known_when_it_is_let_go(running):
    os.kill(running.handle.first_pid, signal.SIGKILL)
    assert running.handle.wait(20)
    running.let_go()
    assert running.handle.vanished


def test_a_kernel_that_can_not_be_cleared_away_is_heard_of(running, monkeypatch):
    clear_away, told = Kernel._clear_away, threading.Event()
    monkeypatch.setattr(
        student_kernel.log, "error", lambda *_, exc_info: told.set() if "no disk" in str(exc_info) else None
    )

    def broken(self):
        clear_away(self)
        raise OSError("no disk")

    monkeypatch.setattr(Kernel, "_clear_away", broken)
    running.let_go()
    assert told.wait(20)
