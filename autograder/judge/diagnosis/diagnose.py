"""Names the misconception that explains all of a student's outputs, or none.

Compared are all calls that the hidden tests of a question made, the ones that went well included. A formula that gets a
single one of them wrong explains nothing, and where two explain everything equally well and would be told different
things, nothing is said: the diagnosis is never a guess. Simple explanations come before those that need two
misconceptions at once, so that of two each is needed.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, repeat

import torch

from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.exceptions import EXCEPTIONS
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import Likeness, Tolerance, input_dtype, unsteady
from autograder.judge.diagnosis.registry import Misconception, RegistryError, Symptom, without_prose


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a question's answer."""

    slug: str  # two that come together are joined by "+"
    hint: str  # for the student


@dataclass(frozen=True)
class Observed:
    """What the hidden tests of a question saw: the calls of each test, and which tests failed."""

    calls: Mapping[str, Sequence[RecordedCall]]
    failed: frozenset[str]
    code: str = ""  # the student's, which some hints speak of

    def failing_calls(self) -> list[RecordedCall]:
        """Return the last call of each failed test: the one that failed it. Few formulas get past these."""
        return [self.calls[test][-1] for test in sorted(self.failed) if self.calls.get(test)]

    def exceptions(self) -> set[str]:
        """Return what the exceptions said, if every call raised one; else nothing."""
        calls = [call for calls in self.calls.values() for call in calls]
        return {call.said or call.error for call in calls} if all(call.error for call in calls) else set()


@dataclass(frozen=True)
class Candidate:
    """A possible explanation."""

    formula: Formula
    likeness: Likeness
    exact: Formula  # the formula, working in the inputs' dtype
    right: Formula


def diagnose(
    observed: Observed,
    canonical: str,
    known: Sequence[Misconception],
    tolerance: Tolerance | None = None,
    others: str = "",
) -> Diagnosis | None:
    """Return the one of the ``known`` misconceptions, or pair of them, that explains everything; None if none does.

    None, too, if several do and say different things. ``canonical`` is the code of the question's canonical answer;
    ``tolerance`` says how far a right one may be off; ``others`` is the code of other answers that it may rely on.
    Raises RegistryError when an entry makes no sense.
    """
    caused = _by_cause(observed, known)
    if caused is not None or not observed.failing_calls():
        return caused
    if exceptions := observed.exceptions():  # any formula that raises would explain them
        return _by_exception(exceptions, known)
    code = without_prose(observed.code)
    sayable = frozenset(entry.slug for entry in known if entry.may_be_said_of(code))
    for strict in (True, False):
        right, plain = Formula((), canonical, others), Likeness(strict=strict, tolerance=tolerance)
        if not strict and _explains(Candidate(right, plain, right, right), observed):
            return None  # the numbers are right; what type they came back as, the strict comparison didn't know
        for equally_simple in _candidates(right, known, sayable, plain):
            found = [candidate for candidate in equally_simple if _explains(candidate, observed)]
            if found:
                return only_one(_named(candidate.formula.names, known) for candidate in found)
    if any(unsteady(calls) for calls in observed.calls.values()):
        names = [entry.slug for entry in known if entry.symptom is Symptom.UNSTEADY and entry.slug in sayable]
        return _named(names[:1], known)
    return None


def only_one(explanations: Iterable[Diagnosis | None]) -> Diagnosis | None:
    """Return the first of equally good explanations; None where they would tell the student different things."""
    found = list(explanations)
    return found[0] if len({one.hint for one in found if one is not None}) == 1 else None


def _by_cause(observed: Observed, known: Sequence[Misconception]) -> Diagnosis | None:
    causes = {call.cause for calls in observed.calls.values() for call in calls if call.cause is not None}
    return next((Diagnosis(entry.slug, entry.hint) for entry in known if entry.cause in causes), None)


def _by_exception(said: Iterable[str], known: Sequence[Misconception]) -> Diagnosis | None:
    entries = [entry for entry in (*known, *EXCEPTIONS) if entry.raises]
    return only_one(
        Diagnosis(entry.slug, entry.hint) for entry in entries if all(re.search(entry.raises, text) for text in said)
    )


def _candidates(
    right: Formula, known: Sequence[Misconception], sayable: frozenset[str], plain: Likeness
) -> Iterator[Iterator[Candidate]]:
    """Yield the explanations, those together that are equally simple; the simplest first.

    ``sayable`` are the names of those ``known`` whose hints may be given at all.
    """
    # All that are known are made, whatever this student may be told: they are the same for the whole class.
    formulas, pairs = (
        [one for one in made if sayable.issuperset(one.names)] for made in _formulas(right, tuple(known))
    )
    single = {entry.slug for entry in known if entry.symptom is Symptom.FLOAT32}
    overflowing = {entry.slug for entry in known if entry.symptom is Symptom.OVERFLOW}
    first = {(): right} | {formula.names: formula for formula in reversed(formulas)}

    def as_it_is(formula: Formula) -> Candidate:
        likeness = replace(plain, symptom=Symptom.OVERFLOW) if overflowing & set(formula.names) else plain
        names = tuple(name for name in formula.names if name not in single)
        if names == formula.names:
            return Candidate(formula, likeness, formula, right)
        return Candidate(formula, replace(likeness, single=True), first[names], right)

    compared = (Symptom.FLOAT32, Symptom.CHANGED)
    related = [entry for entry in known if entry.symptom in compared and entry.slug in sayable]
    yield map(as_it_is, formulas)
    yield (_related(as_it_is(right), entry) for entry in related)
    yield map(as_it_is, pairs)
    yield (_related(as_it_is(formula), entry) for entry in related for formula in formulas)


def _related(candidate: Candidate, entry: Misconception) -> Candidate:
    """Return the explanation that besides has the relation which an entry is recognised by."""
    formula, likeness = candidate.formula, candidate.likeness
    single = likeness.single or entry.symptom is Symptom.FLOAT32
    symptom = entry.symptom if entry.symptom is Symptom.CHANGED else likeness.symptom
    named = replace(formula, names=(*formula.names, entry.slug))
    return replace(candidate, formula=named, likeness=replace(likeness, symptom=symptom, single=single))


@functools.cache  # a formula is parsed and compiled once
def _formulas(right: Formula, known: tuple[Misconception, ...]) -> tuple[list[Formula], list[Formula]]:
    """Return the formulas of single misconceptions and of pairs."""
    known = tuple(entry for entry in known if entry.symptom is not Symptom.UNSTEADY)  # random numbers explain nothing
    single = [
        replace(right, names=(entry.slug,), code=text)
        for entry in known
        if not entry.cause
        for text in entry.variants(right.code)
    ]
    return single, list(_pairs(right, known))


def _pairs(right: Formula, known: Sequence[Misconception]) -> Iterator[Formula]:
    """Yield all combinations of two misconceptions that are edits to different places of the canonical answer."""
    editing = [entry for entry in known if entry.edits]
    for first, second in combinations(editing, 2):
        for one, other in ((first, second), (second, first)):
            text = _both(one, other, right.code)
            if text is not None:
                yield replace(right, names=(first.slug, second.slug), code=text)
                break


def _both(one: Misconception, other: Misconception, canonical: str) -> str | None:
    # The one leaves nothing for the other to edit, or what comes of both is no code.
    with contextlib.suppress(RegistryError, SyntaxError):
        text = next(other.variants(next(one.variants(canonical))))
        ast.parse(text)
        return text
    return None


def _explains(candidate: Candidate, observed: Observed) -> bool:
    formula, likeness = candidate.formula, candidate.likeness
    if not formula.has_memory and not _all_same(candidate, observed.failing_calls()):
        return False
    if not all(_all_same(candidate, calls) for calls in observed.calls.values()):
        return False
    if likeness.symptom is None and not likeness.single:
        return True
    calls = [call for calls in observed.calls.values() for call in calls]
    return likeness.holds(calls, list(candidate.exact.outputs(calls)))


def _all_same(candidate: Candidate, calls: Sequence[RecordedCall]) -> bool:
    formula, likeness = candidate.formula, candidate.likeness
    rights = candidate.right.outputs(calls) if likeness.symptom is Symptom.OVERFLOW else repeat(None)
    dtype = None
    for call, output, right in zip(calls, formula.outputs(calls), rights, strict=False):
        # What is kept from call to call is as accurate as the least accurate input so far.
        single = formula.has_memory and dtype is torch.float32
        dtype = torch.float32 if single else input_dtype(call)
        if not likeness.same(call, output, dtype, right):
            return False
    return True


def _named(names: Iterable[str], known: Sequence[Misconception]) -> Diagnosis | None:
    found = {entry.slug: entry for entry in known}
    entries = sorted((found[name] for name in dict.fromkeys(names)), key=list(found.values()).index)
    hint = " ".join(dict.fromkeys(entry.hint for entry in entries))
    return Diagnosis("+".join(entry.slug for entry in entries), hint) if entries else None
