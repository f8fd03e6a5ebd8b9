"""A hidden test run on its examples: quickly, all of them side by side, or one after another."""

from __future__ import annotations

from functools import partial

import pytest

from autograder.judge import hypothesis_examples, submission_budget
from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.question_session import QuestionSession
from autograder.judge.stopwatch import StalledError
from autograder.judge.student_fixture import Student


def run_test(item: pytest.Function, question: QuestionSession) -> None:
    """Run a test, one example after another in a copy of its own, unless it passes the quick way.

    Where another test of the question has failed, this one is likely to as well: the quick way is not tried. Raises
    what the test raises.
    """
    submission_budget.check()
    if question.all_passed and passes_quickly(item):
        return
    question.start_over(item.name)
    try:
        hypothesis_examples.try_out(item)
    except StudentFailed as failed:
        hypothesis_examples.make_smaller(item, failed)


def passes_quickly(item: pytest.Function) -> bool:
    """Try all examples side by side, in a copy of the kernel that others have used.

    Only passing counts, and forbidden help, which once seen is proven and raised as StudentLost.
    """
    student = item.funcargs.get("student")
    quickly = hypothesis_examples.one_after_another
    if isinstance(student, Student):
        quickly = partial(student.together, about=hypothesis_examples.identity(item))
    try:
        hypothesis_examples.try_out(item, quickly)
    except StalledError:  # it is tried once more, with more time
        return False
    except (Exception, StudentLost) as first:
        if isinstance(first, StudentLost) and first.cause is not None and first.cause.is_forbidden_help:
            raise
        return False
    return True
