"""What changed between a student's last two gradings: whose score, and by which hidden test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from autograder.grading.evidence_store import Store
from autograder.judge.evidence import Outcome, QuestionResult


@dataclass(frozen=True)
class Change:
    """One question of one student whose result is another than before."""

    student: str
    question: str
    before: float | None  # points; None: could not be judged, or there was no such question
    after: float | None
    tests: tuple[str, ...]  # the hidden tests with another outcome, each with the outcome it has now


def changes(store: Store) -> Iterator[Change]:
    """Yield all changes between the last two records of each student."""
    for student, notebook in store.students():
        records = [store.get(key) for key in store.keys(student, notebook)[-2:]]
        if len(records) == 2 and records[0] and records[1]:
            before = {result.question: result for result in records[0].evidence.questions}
            after = {result.question: result for result in records[1].evidence.questions}
            for question in {**before, **after}:
                yield from _compared(student, question, before.get(question), after.get(question))


def _compared(
    student: str, question: str, before: QuestionResult | None, after: QuestionResult | None
) -> Iterator[Change]:
    old, new = _outcomes(before), _outcomes(after)
    tests = tuple(
        f"{name}: {new[name].value if name in new else 'no longer there'}"
        for name in {**old, **new}
        if old.get(name) is not new.get(name)
    )
    if _points(before) != _points(after) or tests:
        yield Change(student, question, _points(before), _points(after), tests)


def _outcomes(result: QuestionResult | None) -> dict[str, Outcome]:
    return {test.name: test.outcome for test in result.tests} if result else {}


def _points(result: QuestionResult | None) -> float | None:
    return None if result is None or result.outcome is Outcome.NOT_JUDGED else result.points
