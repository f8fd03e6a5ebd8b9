"""Wrong answers with two misconceptions at once, made of the registry's edits."""

from __future__ import annotations

import hashlib
from itertools import combinations

from autograder.authoring.audit import Case
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.candidates import both

SAMPLE = 40  # pairs of a question that are tried; there are hundreds, and each takes as long as a student's answer


def pairs(assignment: Assignment, sample: int = SAMPLE) -> tuple[list[Case], int]:
    """Return so many pairs of each question, the same each time, and how many pairs there are."""
    found: list[Case] = []
    known = 0
    for question in dict.fromkeys(entry.question for entry in assignment.registry.wrong):
        of_question = _all(assignment, question)
        known += len(of_question)
        found += sorted(of_question, key=_draw)[:sample]
    return found, known


def _all(assignment: Assignment, question: str) -> list[Case]:
    canonical = assignment.canonical_answer(question)
    editing = [entry for entry in assignment.registry.wrong if entry.question == question and entry.edits]
    alone = {text for entry in editing for text in entry.variants(canonical)}
    made = ((one, other, both(one, other, canonical)) for one, other in combinations(editing, 2))
    return [
        Case(question, f"{one.slug}+{other.slug}", code, note="two at once")
        for one, other, code in made
        if code and code not in alone
    ]


def _draw(case: Case) -> str:
    return hashlib.sha256(f"{case.question}/{case.slug}".encode()).hexdigest()
