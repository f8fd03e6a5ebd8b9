"""From what a hidden test raised to one of the three outcomes."""

from __future__ import annotations

import traceback
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import NOT_JUDGED, Counterexample, Outcome

UNSTEADY = " (The same input did not give the same answer each time.)"


@dataclass(frozen=True)
class Finding:
    """What a hidden test found out."""

    outcome: Outcome
    message: str = ""
    counterexample: Counterexample | None = None
    details: str = ""  # for the instructor, when the outcome is NOT_JUDGED


def classify(error: BaseException | None, tests: Collection[Path]) -> Finding:
    """Return the outcome of a test, in one of the files ``tests``, that raised ``error``, or nothing.

    Only what the student's function did can fail a test; anything else that goes wrong is the grader's own fault.
    """
    match error:
        case None:
            return Finding(Outcome.PASSED)
        case StudentFailed() | StudentLost():
            return Finding(Outcome.FAILED, error.message, error.counterexample)
        case AssertionError() if _raised_by_a_test(error, tests):
            # The plain ``assert`` of a test: its docstring says what is expected, its source stays hidden.
            return Finding(Outcome.FAILED)
        case CannotJudge():
            return Finding(Outcome.NOT_JUDGED, NOT_JUDGED, details=str(error))
        case BaseExceptionGroup():
            found = _student_failure(error)
            if found is not None:  # Hypothesis tried a failing input again and it passed, or failed in another way
                return Finding(Outcome.FAILED, found.message + UNSTEADY, found.counterexample)
    details = "".join(traceback.format_exception(error))
    return Finding(Outcome.NOT_JUDGED, NOT_JUDGED, details=details[-4000:])


def _raised_by_a_test(error: BaseException, tests: Collection[Path]) -> bool:
    """Tell a test's own ``assert`` from one that failed inside the grader or a library."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and Path(frames[-1].filename) in tests


def _student_failure(group: BaseExceptionGroup[BaseException]) -> StudentFailed | None:
    found, _ = group.split(StudentFailed)
    while found is not None:
        first = found.exceptions[0]
        if isinstance(first, StudentFailed):
            return first
        found = first if isinstance(first, BaseExceptionGroup) else None
    return None
