"""Names the misconception that explains all of a student's outputs, or none.

Compared are all calls that the hidden tests of a question made, the ones that went well included. A formula that gets a
single one of them wrong explains nothing, and where several explain everything equally well, only what they have in
common is said, which may be nothing: the diagnosis is never a guess. Simple explanations come before those that need
two misconceptions at once, so that of two each is needed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat, tee

import torch

from autograder.judge import submission_budget
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.candidates import Candidate, candidates
from autograder.judge.diagnosis.exceptions import EXCEPTIONS
from autograder.judge.diagnosis.explained_errors import explains_error
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.leaf_numbers import all_numbers
from autograder.judge.diagnosis.likeness import Likeness, Tolerance, input_dtype, unsteady
from autograder.judge.diagnosis.pair_claims import sayable_names
from autograder.judge.diagnosis.registry import Misconception, Symptom
from autograder.judge.diagnosis.screening import Screen
from autograder.judge.diagnosis.seen_calls import Seen, seen
from autograder.judge.diagnosis.student_code import numbers_in, part_of


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

    @functools.cached_property
    def failing_calls(self) -> list[RecordedCall]:
        """The last call of each failed test: the one that failed it. Few formulas get past these; small ones first."""
        last = [self.calls[test][-1] for test in sorted(self.failed) if self.calls.get(test)]
        return sorted(last, key=RecordedCall.size)

    @functools.cached_property
    def all_calls(self) -> list[RecordedCall]:
        """All calls, test after test."""
        return list(chain.from_iterable(self.calls.values()))

    @functools.cached_property
    def own_code(self) -> str:
        """The part of the student's code that the calls went through."""
        return part_of(self.code, {call.function for call in self.all_calls})

    def exceptions(self) -> set[str]:
        """Return what the exceptions said, if every call raised one; else nothing."""
        said = {call.said for call in self.all_calls}
        return said if all(call.error for call in self.all_calls) else set()

    def shows_nothing(self) -> bool:
        """Return whether there is no finite number in what came of any call, and something that isn't finite."""
        numbers = [found for call in self.all_calls for found in all_numbers(call.value) if found.numel()]
        return bool(numbers) and not any(bool(found.isfinite().any()) for found in numbers)


def diagnose(
    observed: Observed,
    canonical: str,
    known: Sequence[Misconception],
    tolerance: Tolerance | None = None,
    others: str = "",
) -> Diagnosis | None:
    """Return the one of the ``known`` misconceptions, or pair of them, that explains everything; None if none does.

    Of several only what all of them say; None, too, if that is nothing. ``canonical`` is the code of the question's
    canonical answer; ``tolerance`` says how far a right one may be off; ``others`` is the code of other answers that it
    may rely on.
    Raises RegistryError when an entry makes no sense.
    """
    caused = _by_cause(observed, known)
    if caused is not None or not observed.failing_calls:
        return caused
    if exceptions := observed.exceptions():  # any formula that raises would explain them
        return _by_exception(exceptions, known, observed.own_code)
    raised = {call.said for call in observed.all_calls if call.error}
    sayable = frozenset(entry.slug for entry in known if entry.may_be_said_of(observed.own_code, raised))
    right, plain = Formula((), canonical, others), Likeness(strict=False, tolerance=tolerance)
    if observed.shows_nothing():  # any formula that gives NaN would explain it
        return _by_look(observed, known, sayable, right, plain)
    screen = Screen.of(observed.failing_calls, right, plain)
    possible = (
        [candidate for candidate in equally_simple if screen.lets_pass(candidate.formula, candidate.breaks_down)]
        for equally_simple in candidates(right, known, sayable, numbers_in(observed.own_code), plain)
    )
    for strict, possible_again in zip((True, False), tee(possible), strict=True):
        if not strict and _explains(Candidate(right, plain, right, right, right), observed):
            return None  # the numbers are right; what type they came back as, the strict comparison didn't know
        for equally_simple in possible_again:
            found = [candidate for candidate in equally_simple if _explains(candidate.compared(strict), observed)]
            if found:
                return _named(_said_by_all([sayable_names(one.formula, known) for one in found], known), known)
    if any(unsteady(calls) for calls in observed.calls.values()):
        names = [entry.slug for entry in known if entry.symptom is Symptom.UNSTEADY and entry.slug in sayable]
        return _named(names[:1], known)
    if 2 * sum(bool(call.error) for call in observed.failing_calls) > len(observed.failing_calls):
        return _by_exception({call.said for call in observed.all_calls if call.error}, known, observed.own_code)
    return _by_look(observed, known, sayable, right, plain)


def only_one(explanations: Iterable[Diagnosis | None]) -> Diagnosis | None:
    """Return the first of equally good explanations; None where they would tell the student different things."""
    found = list(explanations)
    return found[0] if len({one.hint for one in found if one is not None}) == 1 else None


def _said_by_all(explanations: Sequence[Sequence[str]], known: Sequence[Misconception]) -> list[str]:
    """Return the names whose hints are part of all of equally good explanations, whichever of them is the cause.

    Explanations that may say nothing don't count.
    """
    hints = {entry.slug: entry.hint for entry in known}
    said = [{hints[name] for name in names} for names in explanations if names]
    return [name for name in explanations[0] if all(hints[name] in one for one in said)]


def _by_cause(observed: Observed, known: Sequence[Misconception]) -> Diagnosis | None:
    causes = {call.cause for call in observed.all_calls if call.cause is not None}
    return next((Diagnosis(entry.slug, entry.hint) for entry in known if entry.cause in causes), None)


def _by_exception(said: Iterable[str], known: Sequence[Misconception], code: str) -> Diagnosis | None:
    """Return what all exceptions say: to the question if anything, else in general."""
    for entries in (known, EXCEPTIONS):
        fitting = [
            Diagnosis(entry.slug, entry.hint)
            for entry in entries
            if entry.raises and entry.may_be_said_of(code) and all(re.search(entry.raises, text) for text in said)
        ]
        if fitting:
            return only_one(fitting)
    return None


def _by_look(
    observed: Observed,
    known: Sequence[Misconception],
    sayable: Container[str],
    right: Formula,
    likeness: Likeness,
) -> Diagnosis | None:
    """Return the first that is seen of all calls: each is a fact, and the first ones say most."""
    entries = [entry for entry in known if entry.looks is not None and entry.slug in sayable]
    calls = seen(_with_all_arguments(observed.all_calls), right, likeness) if entries else []
    if _blind(observed, calls):  # what is taken for right may be what is wrong
        entries = [entry for entry in entries if entry.looks is not None and not entry.looks.says_right]
    found = (entry for entry in entries if entry.looks is not None and entry.looks.holds(calls))
    return next((Diagnosis(entry.slug, entry.hint) for entry in found), None)


def _blind(observed: Observed, calls: Sequence[Seen]) -> bool:
    """Return whether a test has failed and nothing wrong is seen in its calls: the test looks more closely."""
    right = {id(call.yours): call.shows_nothing_wrong for call in calls}
    made = (observed.calls.get(test, ()) for test in observed.failed)
    return any(bool(some) and all(right.get(id(call), False) for call in some) for some in made)


def _with_all_arguments(calls: Sequence[RecordedCall]) -> list[RecordedCall]:
    """Return calls without those that leave defaults to an answer: what is wrong with these alone, its body isn't."""
    direct = [call for call in calls if call.probe is None]
    most = {call.function: len(call.arguments) for call in sorted(direct, key=lambda call: len(call.arguments))}
    return [call for call in calls if call.probe or len(call.arguments) == most[call.function]]


def _explains(candidate: Candidate, observed: Observed) -> bool:
    submission_budget.check()
    if not candidate.formula.has_memory and not _all_same(candidate, observed.failing_calls):
        return False
    if not all(_all_same(candidate, calls) for calls in observed.calls.values()):
        return False
    return _holds(candidate, observed.all_calls) and _explains_errors(candidate, observed)


def _all_same(candidate: Candidate, calls: Sequence[RecordedCall]) -> bool:
    formula = candidate.formula
    compared = zip(calls, formula.outputs(calls), _dtypes(formula, calls), _calm(candidate, calls), strict=False)
    return all(candidate.likeness.same(*one) for one in compared)


def _calm(candidate: Candidate, calls: Sequence[RecordedCall]) -> Iterator[RecordedCall | None]:
    """Yield what comes of each call where nothing overflows or underflows; None where that is no part of it."""
    if candidate.likeness.symptom is Symptom.OVERFLOW:
        return candidate.calm.outputs(calls)
    return repeat(None, len(calls))


def _dtypes(formula: Formula, calls: Sequence[RecordedCall]) -> Iterator[torch.dtype]:
    """Yield the dtype of all that comes into each call, which rounding is measured by."""
    dtype = None
    for call in calls:
        # What is kept from call to call is as accurate as the least accurate input so far.
        single = formula.has_memory and dtype is torch.float32
        dtype = torch.float32 if single else input_dtype(call)
        yield dtype


def _holds(candidate: Candidate, calls: Sequence[RecordedCall]) -> bool:
    """Return whether the calls show what the formula's symptom is named after."""
    likeness, telling = candidate.likeness, [False] * len(calls)
    if likeness.symptom is None and not likeness.single:
        return True
    if candidate.rounded is not None:
        both = (formula.outputs(calls) for formula in candidate.rounded)
        telling = [likeness.shows_single(*one) for one in zip(*both, strict=True)]
    return likeness.holds(calls, list(candidate.exact.outputs(calls)), telling)


def _explains_errors(candidate: Candidate, observed: Observed) -> bool:
    """Return whether a formula explains all errors of an answer; of two together each has its part in that."""
    for other in (candidate.right, *candidate.halves):
        found = [one for calls in observed.calls.values() for one in _errors_explained(candidate, other, calls)]
        if False in found or (True not in found and not candidate.is_related):
            return False
    return True


def _errors_explained(candidate: Candidate, other: Formula, calls: Sequence[RecordedCall]) -> Iterator[bool | None]:
    formula = candidate.formula
    outputs, others = formula.outputs(calls), other.outputs(calls)
    compared = zip(calls, outputs, others, _dtypes(formula, calls), _calm(candidate, calls), strict=True)
    is_half = other is not candidate.right
    return (explains_error(candidate.likeness, *one, is_half=is_half) for one in compared)


def _named(names: Iterable[str], known: Sequence[Misconception]) -> Diagnosis | None:
    found = {entry.slug: entry for entry in known}
    entries = sorted((found[name] for name in dict.fromkeys(names)), key=list(found.values()).index)
    hint = " ".join(dict.fromkeys(entry.hint for entry in entries))
    return Diagnosis("+".join(entry.slug for entry in entries), hint) if entries else None
