"""How a process that fails on its way to a kernel says why, and which reasons can pass."""

from __future__ import annotations

import errno
import traceback
from typing import Any

from autograder.student.isolation_features import FeatureMissingError

# Something of which the system has only so much is used up: whoever holds it (another student's processes) may let go.
PASSING = frozenset({
    errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOSPC, errno.EDQUOT, errno.EUSERS, errno.ENOBUFS,
    errno.ETOOMANYREFS,
})  # fmt: skip
_WORDS = {
    errno.EAGAIN: "there are too many processes",
    errno.ENOMEM: "there is no memory left",
    errno.EMFILE: "too many files are open in one process",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOSPC: "a limit of the system is used up, or a disk is full",
    errno.ETOOMANYREFS: "too many open files are on their way from one process to another",
}
_TEXT = 4000  # characters of a traceback that fit into a message


def told(error: BaseException) -> dict[str, Any]:
    """Return a message that tells of an error: ``{"failed": words, "errno": number or 0, "details": traceback}``.

    What is missing of the isolation is told with its "feature" and "reason".
    """
    number = number_of(error)
    words = f"{type(error).__name__}: {str(error)[:300]}"
    if number in _WORDS:
        words = f"{_WORDS[number]} ({words})"
    details = "".join(traceback.format_exception(error))[-_TEXT:]
    message = {"failed": words, "errno": number, "details": details}
    if isinstance(error, FeatureMissingError):
        message |= {"feature": error.feature, "reason": error.reason}
    return message


def number_of(error: BaseException) -> int:
    """Return the system's number of an error, 0 where it has none."""
    number = getattr(error, "errno", None)
    return number if isinstance(number, int) else 0


def can_pass(error: BaseException) -> bool:
    """Return whether the same may go well a little later."""
    return number_of(error) in PASSING
