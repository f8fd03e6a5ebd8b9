"""What a wrong answer keeps of its question's points: what is right of it, and nothing where it knows nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from statistics import fmean

from autograder.authoring.audit import Case, Verdict
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome

WANTED = 0.4  # mean share of the points that a named wrong answer keeps


def shares_kept(verdicts: Iterable[Verdict]) -> dict[str, list[float]]:
    """Return, by question, the share of its points that each wrong answer keeps; without those that weren't judged."""
    found: dict[str, list[float]] = {}
    for verdict in verdicts:
        if not verdict.case.right and not verdict.unjudged and verdict.max_points:
            found.setdefault(verdict.case.question, []).append(verdict.points / verdict.max_points)
    return found


def kept_line(shares: dict[str, list[float]]) -> str:
    """Return the mean shares in words, over all answers and question by question; "" where there are none."""
    if not shares:
        return ""
    each = ", ".join(f"{question} {fmean(kept):.0%}" for question, kept in shares.items())
    mean = fmean(chain.from_iterable(shares.values()))
    return f"Wrong answers keep {mean:.0%} of the points in the mean: {each}."


def stingy(shares: dict[str, list[float]]) -> list[str]:
    """Return the questions whose wrong answers keep less than is wanted."""
    return [question for question, kept in shares.items() if fmean(kept) < WANTED]


def knowing_nothing(assignment: Assignment, questions: Iterable[str]) -> list[Case]:
    """Return the answers that know nothing of these questions, as the assignment has them."""
    known = assignment.registry.nothing
    return [
        Case(question, "knows-nothing", code, variant=i, note=shown(code))
        for question in questions
        for i, code in enumerate(known.get(question, ()), start=1)
    ]


def shown(code: str) -> str:
    """Return the last line of a cell: what it gives back."""
    return code.strip().splitlines()[-1].strip()


def paid_for_nothing(verdicts: Iterable[Verdict]) -> list[str]:
    """Return a line for each answer that knows nothing and has points all the same, or could not be judged."""
    found = []
    for verdict in verdicts:
        passed = [name for name, outcome in verdict.tests.items() if outcome is not Outcome.FAILED]
        if passed or verdict.points or verdict.unjudged:
            said = f"{verdict.case.question}: what knows nothing ({verdict.case.note}) passes"
            found.append(f"{said} {', '.join(passed) or verdict.unjudged}")
    return found
