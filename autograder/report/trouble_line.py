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
from autograder.report.class_rows import Unjudged
from autograder.report.text import line, shortened

LONGEST = 140  # characters
_LONGEST_REASON = 400  # characters of why something could not be judged, which says what to do
_MANY_NAMES = 40  # characters of questions' names, from which on they are counted instead
_LONGEST_ERROR = 120  # characters of an exception's


def what_went_wrong(evidence: Evidence, notes: Sequence[str] = ()) -> str:
    """Return what is most worth saying about a notebook, or "" when there is nothing to say: lost points come first."""
    unjudged = not_judged(evidence)
    return sentences([what_was_lost(evidence, notes), unjudged.whole if unjudged else ""])


def what_was_lost(evidence: Evidence, notes: Sequence[str] = ()) -> str:
    """Return the one thing most worth saying about what could be judged, or "".

    That is, in this order: the first question that lost points (and how many more did); where all was judged, a cell
    that was left out, the first of ``notes``. Notes of the judge's own don't belong here: they cost nothing.
    """
    failed = [q for q in evidence.questions if q.outcome is Outcome.FAILED and q.max_points]  # not for want of a bonus
    if failed:
        names, reason, more = _told(failed, len(evidence.questions))
        return shortened(f"{names}: {reason}" if names else reason, LONGEST - len(more)) + more
    if any(question.outcome is Outcome.NOT_JUDGED for question in evidence.questions):
        return ""
    lost = [cell for cell in evidence.cells if cell.status in (CellStatus.LEFT_OUT, CellStatus.NOT_RUN)]
    told = [f"cell {cell.index + 1} was {cell.status.value}: {cell.reason}" for cell in lost]
    return shortened(next((text for text in [*told, *notes] if text), ""), LONGEST)


def not_judged(evidence: Evidence) -> Unjudged | None:
    """Return the questions that could not be judged, with the first one's reason; None: all were judged."""
    unjudged = [question for question in evidence.questions if question.outcome is Outcome.NOT_JUDGED]
    if not unjudged:
        return None
    names, reason, more = _told(unjudged, len(evidence.questions))
    return Unjudged(names, shortened(reason, _LONGEST_REASON) + more)


def sentences(parts: Sequence[str]) -> str:
    """Return texts one after another, with a full stop between two of them."""
    said = [part for part in parts if part]
    ended = [part if part[-1] in ".!?…" else f"{part}." for part in said[:-1]]
    return " ".join([*ended, *said[-1:]])


def _told(questions: Sequence[QuestionResult], of: int) -> tuple[str, str, str]:
    """Return the names of all that share the first one's reason ("": all there are), it, how many others there are."""
    reason = _reason(questions[0])
    same = [question.question for question in questions if _reason(question) == reason]
    if len(same) == of > 1:
        return "", reason, ""
    names = ", ".join(same)
    if len(same) > 1 and len(names) > _MANY_NAMES:
        names = f"{same[0]} and {len(same) - 1} more"
    others = len(questions) - len(same)
    return names, reason, f" (and {others} more)" if others else ""


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
        error = shortened(said[-1], _LONGEST_ERROR)
        return f"the hidden test or the grader failed ({error}): the log has it whole; mend that and grade again"
    return said[0]
