"""Is what the hints say true? Their claims, evaluated on all answers of the author's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from autograder.authoring.audit import Verdict
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.claims import text_of
from autograder.judge.diagnosis.exceptions import EXCEPTIONS
from autograder.judge.diagnosis.loaded_answer import holds
from autograder.judge.diagnosis.registry import Misconception


@dataclass(frozen=True)
class GivenHint:
    """A hint that a wrong answer was given, and what is wrong with it: nothing where it is true."""

    verdict: Verdict
    slug: str
    fault: str


def claim_faults(assignment: Assignment, only: Collection[str] = ()) -> Iterator[str]:
    """Yield which entries have no claim, one that isn't true of their own answer, or one that is of a right answer.

    ``only`` those of these questions or names; none: all.
    """
    for entry in assignment.registry.wrong:
        if not only or {entry.question, entry.slug} & set(only):
            yield from faults_of(entry, assignment)


def faults_of(entry: Misconception, assignment: Assignment) -> Iterator[str]:
    """Yield what is wrong with the claim of one entry."""
    if entry.claim is None:
        yield f"{_name(entry)} has no claim: what can be found out about an answer that its hint is true of?"
        return
    canonical = "" if entry.code else assignment.canonical_answer(entry.question)
    others = assignment.answers_before(entry.question)
    for number, code in enumerate(entry.variants(canonical), start=1):
        fault = _fault(entry, code, f"its own answer, variant {number}", others)
        yield from [f"{_name(entry)}: {fault}"] if fault else []
    for right in assignment.registry.right:
        if right.question == entry.question:
            yield from _true_of_right(entry, right.slug, right.code, others)


def _true_of_right(entry: Misconception, answer: str, code: str, others: str) -> Iterator[str]:
    fault = _fault(entry, code, f"the right answer {answer}", others)
    if not fault:
        yield f"{_name(entry)}: its claim {_claim(entry)} is true of the right answer {answer}, so it says nothing"
    elif "raised" in fault:
        yield f"{_name(entry)}: {fault}"


def given_hints(verdicts: Iterable[Verdict], assignment: Assignment) -> list[GivenHint]:
    """Return the hints that wrong answers were given, each with what is wrong with it."""
    known = {(entry.question, entry.slug): entry for entry in assignment.registry.wrong}
    general = {entry.slug: entry for entry in EXCEPTIONS}
    found = []
    for verdict in verdicts:
        case = verdict.case
        others = assignment.answers_before(case.question)
        for slug in verdict.diagnosis.split("+") if verdict.diagnosis and not case.right else ():
            entry = known.get((case.question, slug)) or general[slug]
            found.append(GivenHint(verdict, slug, _fault(entry, case.code, "it", others)))
    return found


def untrue(given: Iterable[GivenHint], assignment: Assignment) -> list[str]:
    """Return a line for each hint that isn't true: who is told what, and which claim is false."""
    hints = {(entry.question, entry.slug): entry.hint for entry in (*assignment.registry.wrong, *EXCEPTIONS)}
    lines = []
    for one in given:
        case = one.verdict.case
        name = f"{case.question}: wrong answer {case.name}" + (f" ({case.note})" if case.note else "")
        hint = hints.get((case.question, one.slug)) or hints["", one.slug]
        lines += [f'{name} is told "{hint}" ({one.slug}): {one.fault}'] if one.fault else []
    return lines


def _fault(entry: Misconception, code: str, answer: str, others: str) -> str:
    """Return why a claim isn't true of an answer; "" if it is. What it raises is the author's to mend."""
    if entry.claim is None:
        return "there is no claim"
    try:
        true = holds(entry.claim, code, others)
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        return f"its claim {_claim(entry)} raised {said} for {answer}; mend the claim of {_name(entry)}"
    return "" if true else f"its claim {_claim(entry)} is not true of {answer}"


def _name(entry: Misconception) -> str:
    return f"{entry.question}: {entry.slug}"


def _claim(entry: Misconception) -> str:
    return text_of(entry.claim) if entry.claim else ""
