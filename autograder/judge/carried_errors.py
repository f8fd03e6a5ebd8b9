"""Answers that build on another question's answer: a mistake there has cost its own points, and costs none here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.judge.answer_checks import Answer, StudentFailed, StudentLost


def carried(
    ask: Callable[[Any], Answer],
    own: Any,
    right: Any,
    check: Callable[[Answer], None],
    may_do_without: bool = False,
) -> None:
    """Check an answer with the student's own answer to the other question, and where that fails with a right one.

    ``ask`` is given the other one and returns the answer. Where both fail, what went wrong with the right one is told;
    ``may_do_without``: with their own, since most answers need no other and there is nothing to say of one.

    Raises StudentFailed, or StudentLost where the answer is lost for another reason than what it was given.
    """
    try:
        check(ask(own))
    except (StudentFailed, StudentLost) as failed:
        if isinstance(failed, StudentLost) and not _may_be_the_others_fault(failed):
            raise
        try:
            check(ask(right))
        except (StudentFailed, StudentLost):
            if may_do_without:
                raise failed from None
            raise


def _may_be_the_others_fault(lost: StudentLost) -> bool:
    """Whether what an answer was lost for may lie in the other one: it uses what isn't allowed, or isn't there."""
    return (lost.cause is not None and lost.cause.is_forbidden_help) or "is not defined" in lost.message
