"""The first process of a sandbox. Confines itself, forks the kernel, reaps, tells how the kernel ended.

That the kernel is an ordinary process below it makes its end readable: signal or exit status. When this process ends,
the operating system ends whatever is left in the sandbox. Without a sandbox it adopts and kills what the kernel left.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import NoReturn

from autograder.student import drop_privileges, fd_messages, isolation_features, linux_calls, start_failures
from autograder.student.resource_limits import Limits


def main(limits: Limits, descriptors: list[int], sandbox: bool, keep: list[str]) -> NoReturn:
    """Run as the first process of a sandbox; `descriptors` starts with the report socket, the rest is the kernel's."""
    linux_calls.close_all_but([0, 1, 2, *descriptors])
    report = socket.socket(fileno=descriptors[0])
    try:
        os.setsid()
        drop_privileges.default_signals()
        _silence()
        if sandbox:
            drop_privileges.namespaces(limits, keep)
        else:
            linux_calls.prctl(linux_calls.PR_SET_CHILD_SUBREAPER, 1)
            linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
        drop_privileges.process(limits, sandbox)
        kernel = os.fork()
    except isolation_features.FeatureMissingError as missing:
        fd_messages.send(report, {**start_failures.told(missing), "feature": missing.feature, "reason": missing.reason})
        os._exit(isolation_features.EXIT_STATUS)
    except BaseException as error:
        fd_messages.send(report, start_failures.told(error))
        os._exit(1)
    if kernel == 0:
        report.close()
        _run_kernel(limits, descriptors[1:], sandbox)
    _watch_over(kernel, report, sandbox)


def _silence() -> None:
    """No output of this sandbox may reach the zygote's."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    if null > 2:
        os.close(null)


def _run_kernel(limits: Limits, descriptors: list[int], sandbox: bool) -> NoReturn:
    from autograder.student import kernel_child

    linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        kernel_child.main(limits, descriptors, sandbox)
    finally:
        os._exit(70)


def _watch_over(kernel: int, report: socket.socket, sandbox: bool) -> NoReturn:
    own, its = os.pidfd_open(os.getpid()), os.pidfd_open(kernel)
    fd_messages.send(report, {"born": True}, [own, its])
    linux_calls.prctl(linux_calls.PR_SET_DUMPABLE, 0)  # the student may not look into or write to this process
    linux_calls.close_all_but([report.fileno()])
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        child, status = os.waitpid(-1, 0)
        if child == kernel:
            break
    if not sandbox:
        _kill_what_is_left()
    fd_messages.send(report, {"status": status})
    os._exit(0)


def _kill_what_is_left(patience: float = 10.0) -> None:
    """Without a process namespace: kill children, adopt and kill theirs, until none is left."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        for child in Path("/proc/thread-self/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return
