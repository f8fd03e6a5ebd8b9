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
from autograder.student.sandbox_plan import SandboxPlan


def main(plan: SandboxPlan, descriptors: list[int], sandbox: bool, keep: list[str]) -> NoReturn:
    """Run as the first process of a sandbox; which `descriptors` there are says `SandboxPlan`."""
    linux_calls.close_all_but([0, 1, 2, *descriptors])
    first, *rest = descriptors
    report, held = socket.socket(fileno=first), [first]  # until the end
    try:
        if plan.user:
            held.append(rest.pop(0))
        if plan.grouped:
            _join(rest.pop(0))
        os.setsid()
        drop_privileges.default_signals()
        _silence()
        if sandbox:
            drop_privileges.namespaces(plan, keep)
        else:
            linux_calls.prctl(linux_calls.PR_SET_CHILD_SUBREAPER, 1)
            linux_calls.prctl(linux_calls.PR_SET_PDEATHSIG, signal.SIGKILL)
        kernel = os.fork()
        if kernel == 0:
            _run_kernel(plan, held, rest, sandbox)
        _lock_up(held, plan, sandbox)
    except BaseException as error:
        fd_messages.send(report, start_failures.told(error))
        os._exit(1)
    _watch_over(kernel, report, sandbox)


def _join(group: int) -> None:
    """Join the memory group behind this descriptor: what is taken from now on counts there."""
    with isolation_features.feature(isolation_features.MEMORY_GROUP), os.fdopen(group, "wb", buffering=0) as file:
        file.write(b"0")


def _silence() -> None:
    """No output of this sandbox may reach the zygote's."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    if null > 2:
        os.close(null)


def _run_kernel(plan: SandboxPlan, held: list[int], descriptors: list[int], sandbox: bool) -> NoReturn:
    from autograder.student import kernel_child

    try:
        fd_messages.close_all(held)
        kernel_child.main(plan, descriptors, sandbox)
    finally:
        os._exit(70)


def _lock_up(held: list[int], plan: SandboxPlan, sandbox: bool) -> None:
    """Close this process to the student, who has not begun yet: that takes a word from here."""
    if sandbox:
        linux_calls.drop_capabilities()
    drop_privileges.process(plan, sandbox)
    linux_calls.prctl(linux_calls.PR_SET_DUMPABLE, 0)  # the student may not look into or write to this process
    linux_calls.close_all_but(held)
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        signal.signal(number, signal.SIG_IGN)


def _watch_over(kernel: int, report: socket.socket, sandbox: bool) -> NoReturn:
    fd_messages.send(report, {"born": True}, descriptors := [os.pidfd_open(os.getpid()), os.pidfd_open(kernel)])
    fd_messages.close_all(descriptors)
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
