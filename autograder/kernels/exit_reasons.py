"""How a process ended, in words a student understands."""

from __future__ import annotations

import os
import signal

from autograder.student.resource_limits import Limits

_MEANINGS = {
    signal.SIGSEGV: "segmentation fault",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "arithmetic error in compiled code",
    signal.SIGILL: "illegal instruction",
    signal.SIGTERM: "asked to end",
    signal.SIGINT: "interrupted",
    signal.SIGKILL: "killed",
    signal.SIGSYS: "forbidden system call",
}
UNKNOWN = "it ended for an unknown reason"
STOPPED = "it was stopped by the grader"


def ended(status: int, limits: Limits) -> str:
    """Return a wait status in words, as the rest of a sentence about 'it'."""
    if not os.WIFSIGNALED(status):
        return f"it called exit with status {os.waitstatus_to_exitcode(status)}"
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU:
        return f"it used more than {limits.cpu_seconds} s of processor time"
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"it was killed by signal {number}"
    meaning = _MEANINGS.get(signal.Signals(number))
    return f"it was killed by signal {name}" + (f" ({meaning})" if meaning else "")


def too_much_memory(limits: Limits) -> str:
    """What the watchdog says."""
    return f"it used more than {limits.total_memory} MiB of memory"
