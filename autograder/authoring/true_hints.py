"""Is what the hints say true? Their claims, evaluated on all answers of the author's."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.claims import text_of
from autograder.judge.diagnosis.loaded_answer import holds
from autograder.judge.diagnosis.registry import Misconception


def claim_faults(assignment: Assignment) -> Iterator[str]:
    """Yield which entries have no claim, one that isn't true of their own answer, or one that is of a right answer."""
    for entry in assignment.registry.wrong:
        yield from faults_of(entry, assignment)


def faults_of(entry: Misconception, assignment: Assignment) -> Iterator[str]:
    """Yield what is wrong with the claim of one entry."""
    name = f"{entry.question}: {entry.slug}"
    if entry.claim is None:
        yield f"{name} has no claim: what can be found out about an answer that its hint is true of?"
        return
    canonical = "" if entry.code else assignment.canonical_answer(entry.question)
    wrong = [(text, f"variant {i}") for i, text in enumerate(entry.variants(canonical), start=1)]
    right = [(one.code, one.slug) for one in assignment.registry.right if one.question == entry.question]
    for expected, answers in ((True, wrong), (False, right)):
        for code, answer in answers:
            try:
                found = holds(entry.claim, code)
            except Exception as error:
                yield f"{name}: its claim {text_of(entry.claim)} raised {type(error).__name__} of {answer}: {error}"
                continue
            if found is not expected:
                what = "is not true of its own" if expected else "is true of the right answer"
                yield f"{name}: its claim {text_of(entry.claim)} {what} {answer}"
