"""What can go wrong on the way to a student kernel; every message ends in a next step."""

from __future__ import annotations


class StudentSideError(RuntimeError):
    """The student side could not do its work through no fault of the student: the grader could not judge."""

    errno = 0  # the system's number of what went wrong, where it is known


class NoForkError(StudentSideError):
    """The zygote is there, but the system refuses another process."""

    def __init__(self, message: str, errno: int) -> None:
        self.errno = errno
        super().__init__(message)


class ZygoteError(StudentSideError):
    """The zygote did not start or is gone; the message carries the end of what it wrote to its stderr."""


class KernelError(StudentSideError):
    """A kernel was forked but did not get as far as running cells."""

    def __init__(self, message: str, errno: int = 0) -> None:
        self.errno = errno
        super().__init__(message)


class SandboxUnavailable(StudentSideError):  # noqa: N818 - a state of the machine
    """This machine lacks a feature that isolation is made of; the message says which and what to do."""

    NEXT_STEP = (
        "Run `autograder doctor` to see what this machine can isolate. To grade without isolation, in so many words: "
        'c.StudentProvisioner.sandbox = "off" in nbgrader_config.py; every report will then say so.'
    )

    def __init__(self, feature: str, reason: str, errno: int = 0) -> None:
        self.feature = feature
        self.reason = reason
        self.errno = errno
        super().__init__(f"this machine cannot isolate student code: {feature}: {reason}. {self.NEXT_STEP}")
