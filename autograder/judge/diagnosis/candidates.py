"""The possible explanations of a question's wrong answers: formulas, pairs of them, relations to them."""

from __future__ import annotations

import contextlib
import functools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, starmap

from autograder.judge.diagnosis.formulas import Formula, read
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.diagnosis.registry import Misconception, RegistryError, Symptom
from autograder.judge.diagnosis.student_code import numbers_in

OWN_IN_PAIRS = 8  # numbers of the student's that are tried in an entry beside another one


@dataclass(frozen=True)
class Candidate:
    """A possible explanation."""

    formula: Formula
    likeness: Likeness
    exact: Formula  # the formula, working in the inputs' dtype
    right: Formula
    calm: Formula  # the formula without what overflows or underflows in it, if anything does
    halves: tuple[Formula, ...] = ()  # of two that come together: each alone
    rounded: tuple[Formula, Formula] | None = None  # a formula that works in float32, and the same in the inputs' dtype
    is_related: bool = False  # to the right one: an input is changed, or it works in float32, and that is all

    @property
    def breaks_down(self) -> bool:
        """Whether the formula does where numbers get too large or too small."""
        return self.likeness.symptom is Symptom.OVERFLOW

    def compared(self, strict: bool) -> Candidate:
        """Return the same, with types and dtypes compared or not (see ``Likeness.strict``)."""
        return replace(self, likeness=replace(self.likeness, strict=strict))


def candidates(
    right: Formula,
    known: Sequence[Misconception],
    sayable: frozenset[str],
    numbers: Sequence[float],
    plain: Likeness,
) -> Iterator[Iterator[Candidate]]:
    """Yield the explanations, those together that are equally simple; the simplest first.

    ``sayable`` are the names of those ``known`` whose hints may be given at all; ``numbers`` are the student's own.
    """
    # All that are known are made, whatever this student may be told: they are the same for the whole class.
    formulas, pairs = (
        [one for one in made if sayable.issuperset(one.names)] for made in _formulas(right, tuple(known))
    )
    single = {entry.slug for entry in known if entry.symptom is Symptom.FLOAT32}
    overflowing = {entry.slug for entry in known if entry.symptom is Symptom.OVERFLOW}
    first = {(): right} | {formula.names: formula for formula in reversed(formulas)}
    possible = [entry for entry in _with_formulas(known) if entry.slug in sayable]
    own = list(_with_own_numbers(possible, [number for number in numbers if number not in numbers_in(right.code)]))
    formulas += [_written(right, text, entry) for entry in own for text in entry.variants(right.code)]

    def as_it_is(formula: Formula, first: Mapping[tuple[str, ...], Formula] = first) -> Candidate:
        likeness = replace(plain, symptom=Symptom.OVERFLOW) if overflowing & set(formula.names) else plain
        names = tuple(name for name in formula.names if name not in single)
        calm = first[tuple(name for name in names if name not in overflowing)[:1]]
        halves = tuple(first[name,] for name in names) if len(names) > 1 else ()
        if names == formula.names:
            return Candidate(formula, likeness, formula, right, calm, halves)
        likeness = replace(likeness, single=True)
        return Candidate(formula, likeness, first[names], right, calm, halves, (formula, first[names]), not names)

    compared = (Symptom.FLOAT32, Symptom.CHANGED)
    related = [entry for entry in known if entry.symptom in compared and entry.slug in sayable]
    yield map(as_it_is, formulas)
    yield (_related(Candidate(right, plain, right, right, right, is_related=True), entry, first) for entry in related)
    yield chain(map(as_it_is, pairs), starmap(as_it_is, _pairs_with(own, possible, right, first)))
    yield (_related(as_it_is(formula), entry, first) for entry in related for formula in formulas)


def _related(candidate: Candidate, entry: Misconception, first: Mapping[tuple[str, ...], Formula]) -> Candidate:
    """Return the explanation that besides has the relation which an entry is recognised by."""
    formula, likeness, rounded = candidate.formula, candidate.likeness, candidate.rounded
    named = replace(formula, names=(*formula.names, entry.slug))
    if entry.symptom is Symptom.CHANGED:
        return replace(candidate, formula=named, likeness=replace(likeness, symptom=entry.symptom))
    rounded = rounded or (first[entry.slug,], candidate.right)
    return replace(candidate, formula=named, likeness=replace(likeness, single=True), rounded=rounded)


@functools.cache  # a formula is parsed and compiled once
def _formulas(right: Formula, known: tuple[Misconception, ...]) -> tuple[list[Formula], list[Formula]]:
    """Return the formulas of single misconceptions and of pairs."""
    known = _with_formulas(known)
    single = [_written(right, text, entry) for entry in known for text in entry.variants(right.code)]
    return single, list(_pairs(right, known))


def _written(right: Formula, text: str, *entries: Misconception) -> Formula:
    return replace(right, names=tuple(entry.slug for entry in entries), code=text)


def _with_formulas(known: Sequence[Misconception]) -> tuple[Misconception, ...]:
    return tuple(entry for entry in known if entry.is_a_formula)


def _with_own_numbers(known: Sequence[Misconception], numbers: Sequence[float]) -> Iterator[Misconception]:
    """Yield those that have a number in them with one of the student's in its place: most likely ones first."""
    for entry in known:
        for number in sorted(numbers, key=functools.partial(_distance, entry)) if entry.numbers else ():
            if number != entry.numbers[0]:
                yield replace(entry, numbers=(number,))


def _distance(entry: Misconception, number: float) -> float:
    """Return how far a number is from the nearest that an entry is known with, in orders of magnitude."""
    return min(abs(math.log10(abs(number / known))) for known in entry.numbers if known)


def _pairs_with(
    own: Sequence[Misconception],
    known: Sequence[Misconception],
    right: Formula,
    first: Mapping[tuple[str, ...], Formula],
) -> Iterator[tuple[Formula, Mapping[tuple[str, ...], Formula]]]:
    """Yield the pairs of one with the student's number and another one, each with the formulas that it is made of.

    With the most likely numbers only: each takes as many formulas as there are other entries.
    """
    tried = Counter[str]()
    for entry in own:
        tried[entry.slug] += 1
        if entry.edits and tried[entry.slug] <= OWN_IN_PAIRS:
            half = _written(right, next(entry.variants(right.code)), entry)
            others = [other for other in known if other.edits and other.slug != entry.slug]
            for pair in filter(None, (_pair(entry, other, right) for other in others)):
                yield pair, {**first, half.names: half}


def _pairs(right: Formula, known: Sequence[Misconception]) -> Iterator[Formula]:
    """Yield all combinations of two misconceptions that are edits to different places of the canonical answer."""
    editing = [entry for entry in known if entry.edits]
    yield from filter(None, (_pair(first, second, right) for first, second in combinations(editing, 2)))


def _pair(first: Misconception, second: Misconception, right: Formula) -> Formula | None:
    text = both(first, second, right.code)
    return None if text is None else _written(right, text, first, second)


def both(one: Misconception, other: Misconception, canonical: str) -> str | None:
    """Return the canonical answer with two misconceptions' edits; None where neither leaves the other a place."""
    for first, second in ((one, other), (other, one)):
        with contextlib.suppress(RegistryError, SyntaxError):
            code = next(second.variants(next(first.variants(canonical))))
            read(code)
            return code
    return None
