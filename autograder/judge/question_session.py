"""What is known of one question while its hidden tests are run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.judge.answer_checks import StudentLost
from autograder.judge.connection import Copy
from autograder.judge.diagnosis.call_log import CallLog
from autograder.judge.evidence import Outcome, TestResult
from autograder.judge.stopwatch import StalledError
from autograder.judge.student_fixture import Student
from autograder.judge.training.trainer import Trainer


@dataclass
class QuestionSession:
    """One question's tests: what they have shown, and what they share."""

    tests: list[TestResult] = field(default_factory=list)
    calls: dict[str, CallLog] = field(default_factory=lambda: defaultdict(CallLog))  # by test
    student: Student | None = None  # of the test that is being run
    trainer: Trainer | None = None  # where its tests train
    copy: Copy | None = None  # of the kernel: lent to test after test, until one fails
    ended_by: StudentLost | None = None  # a hang: its other tests would only wait for the same
    stalled: StalledError | None = None  # the same, where it may not be the student's doing

    def open_copy(self, make: Callable[[], Copy]) -> Copy:
        """Return the copy that its tests call. Raises StudentLost or StalledError where one of them got no answer."""
        if self.ended_by is not None:
            raise StudentLost("Not tried: " + self.ended_by.message, None, ends_question=False)
        if self.stalled is not None:
            raise self.stalled
        self.copy = self.copy or make()
        return self.copy

    def discard_copy(self) -> None:
        """End the copy: the next test gets another one."""
        if self.copy is not None:
            self.copy.close()
        self.copy = None

    def start_over(self, test: str) -> None:
        """Give a test that is tried again a fresh copy, and forget its calls."""
        self.discard_copy()
        self.calls[test].clear()
        if self.student is not None:
            self.student.start_over()

    def note(self, error: BaseException | None, result: TestResult, last: bool) -> None:
        """Record a test's result, and the error it follows from; the ``last`` one takes the place of those before."""
        if isinstance(error, StudentLost) and error.ends_question:
            self.ended_by = error
        if isinstance(error, StalledError):
            self.stalled = error
        if last:
            self.tests = [test for test in self.tests if test.name != result.name]
        self.tests.append(result)

    def has_passed(self, test: str) -> bool:
        """Whether nothing that was noted of a test says that it has not."""
        return all(result.outcome is Outcome.PASSED for result in self.tests if result.name == test)

    @property
    def failed(self) -> frozenset[str]:
        """The names of the tests that have failed, those that could not be judged not among them."""
        return frozenset(test.name for test in self.tests if test.outcome is Outcome.FAILED)

    @property
    def all_passed(self) -> bool:
        """Whether none of its tests has shown anything else so far."""
        return all(test.outcome is Outcome.PASSED for test in self.tests)

    @property
    def has_failed(self) -> bool | None:
        """Whether a test has failed; None where that is not known, since there are none, or not all could be judged."""
        outcomes = {test.outcome for test in self.tests}
        return None if not outcomes or Outcome.NOT_JUDGED in outcomes else Outcome.FAILED in outcomes
