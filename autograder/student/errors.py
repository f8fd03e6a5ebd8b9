"""What can go wrong on the way to a student kernel; every message ends in a next step."""

from __future__ import annotations


class StudentSideError(RuntimeError):
    """The student side could not do its work through no fault of the student: the grader could not judge."""


class ZygoteError(StudentSideError):
    """The zygote did not start or is gone; the message carries the end of what it wrote to its stderr."""


class KernelError(StudentSideError):
    """A kernel was forked but did not get as far as running cells."""


class SandboxUnavailable(StudentSideError):  # noqa: N818 - a state of the machine
    """This machine lacks a piece that isolation is made of; the message says which and what to do."""

    NEXT_STEP = (
        "Run `autograder doctor` to see what this machine can isolate. To grade without isolation, in so many words: "
        'c.StudentProvisioner.sandbox = "off" in nbgrader_config.py; every report will then say so.'
    )

    def __init__(self, piece: str, reason: str) -> None:
        self.piece = piece
        self.reason = reason
        super().__init__(f"this machine cannot isolate student code: {piece}: {reason}. {self.NEXT_STEP}")
