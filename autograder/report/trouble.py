"""What went wrong with a notebook, in one line: what an instructor who looks at the whole class most wants to know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from autograder.judge.evidence import (
    EXCEPTION,
    NOT_JUDGED,
    NOTHING,
    CellStatus,
    Evidence,
    Outcome,
    QuestionResult,
    TestResult,
)
from autograder.report.words import line, shortened

LONGEST = 140  # characters
_WITH_STEP = 200  # of what could not be judged, which says what to do
_MANY_NAMES = 40  # characters of questions' names, from which on they are counted instead


def what_went_wrong(evidence: Evidence, notes: Sequence[str] = ()) -> str:
    """Return the one thing most worth saying about a notebook, or "" when there is nothing to say.

    That is, in this order: what could not be judged, the first question that lost points (and how many more did), a
    cell that was left out, the first of ``notes``. Notes of the judge's own don't belong here: they cost nothing.
    """
    unjudged = [question for question in evidence.questions if question.outcome is Outcome.NOT_JUDGED]
    failed = [q for q in evidence.questions if q.outcome is Outcome.FAILED and q.max_points]  # not for want of a bonus
    if unjudged:
        return _told(unjudged, len(evidence.questions), f"{Outcome.NOT_JUDGED.value}: ", _WITH_STEP)
    if failed:
        return _told(failed, len(evidence.questions), "", LONGEST)
    lost = [cell for cell in evidence.cells if cell.status in (CellStatus.LEFT_OUT, CellStatus.NOT_RUN)]
    told = [f"cell {cell.index + 1} was {cell.status.value}: {cell.reason}" for cell in lost]
    return shortened(next((text for text in [*told, *notes] if text), ""), LONGEST)


def _told(questions: Sequence[QuestionResult], of: int, start: str, longest: int) -> str:
    """Return the first question's reason; with the names of all that share it, and how many others there are."""
    reason = _reason(questions[0])
    same = [question.question for question in questions if _reason(question) == reason]
    if len(same) == of > 1:
        return shortened(start + reason, longest)
    names = ", ".join(same)
    if len(same) > 1 and len(names) > _MANY_NAMES:
        names = f"{same[0]} and {len(same) - 1} more"
    others = len(questions) - len(same)
    more = f" (and {others} more)" if others else ""
    return shortened(f"{names}: {start}{reason}", longest - len(more)) + more


def _reason(question: QuestionResult) -> str:
    worst = _worst(question)
    return line(worst if question.outcome is Outcome.NOT_JUDGED else question.note or worst)


def _worst(question: QuestionResult) -> str:
    tests = [test for test in question.tests if test.outcome is question.outcome]
    if not tests:
        return "no hidden test was run"
    if question.outcome is Outcome.NOT_JUDGED:
        return why_not_judged(tests[0])
    lost = next((test for test in tests if _came_to_nothing(test)), None)
    if lost is not None:  # that is what happened, a hint beside it is a guess
        return re.sub(r"^\w+ raised (?=\w)", "", lost.message)
    return tests[0].hint or tests[0].message or tests[0].sentence


def _came_to_nothing(test: TestResult) -> bool:
    """Whether there was no answer: an exception, a hang, a function that isn't there."""
    example = test.counterexample
    given = example is None or example.yours not in (NOTHING, EXCEPTION)
    return bool(test.message) and (not given or bool(re.match(r"\w+ failed in step \d+: ", test.message)))


def why_not_judged(test: TestResult) -> str:
    """Return why a test could not be judged, in a clause with the next step: for the instructor, not for students."""
    if test.message and test.message != NOT_JUDGED:
        return test.message
    said = [text.strip() for text in test.details.strip().splitlines() if text.strip()]
    if not said:
        return test.message
    if said[0].startswith("Traceback") or len(said) > 1:  # its end says what it was
        return f"the hidden test or the grader failed ({said[-1]}): the log has it whole; mend that and grade again"
    return said[0]
