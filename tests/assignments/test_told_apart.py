"""The examples that are tried first tell all registered wrong answers from each other, and from the right one."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.call_log import CallLog, RecordedCall
from autograder.judge.diagnosis.explained_errors import explains_error
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import Likeness, input_dtype
from autograder.judge.diagnosis.registry import Misconception
from autograder.judge.hypothesis_profile import chosen_examples
from autograder.judge.student_fixture import Student
from tests.assignments.conftest import KNOWN, PRELUDE
from tests.judge.conftest import ThreadCopy

# Questions each of whose tests has examples of its own; elsewhere all entries are told apart by what is drawn.
QUESTIONS = {
    "linear_mnist": ["ce_loss", "grad_func", "sgd_momentum", "adam"],
    "minibatch_training": ["optimizer", "dataset", "dataloader"],
    "batch_norm": list(dict.fromkeys(entry.question for entry in KNOWN["batch_norm"].registry.wrong)),
}


def chosen_calls(assignment: Assignment, question: str) -> list[RecordedCall]:
    """Return the calls that the chosen examples of a question's hidden tests make of a right answer."""
    names: dict[str, Any] = {}
    exec(PRELUDE + assignment.answers_before(question) + "\n" + assignment.canonical_answer(question), names)
    log, copy = CallLog(), ThreadCopy(names)
    student = Student(lambda: copy, {}, frozenset(), 60.0, 600.0, log)
    try:
        for test in hidden_tests(assignment, question):
            for example in chosen_examples(test):
                test.hypothesis.inner_test(student=student, **example)  # type: ignore[attr-defined]
    finally:
        copy.close()
    return list(log.calls)


def hidden_tests(assignment: Assignment, question: str) -> Iterator[Callable[..., Any]]:
    found = (one for file in assignment.test_files for one in vars(assignment.module(file.stem)).items())
    for name, test in found:
        marks = {mark.name: mark.args for mark in getattr(test, "pytestmark", ())} if name.startswith("test_") else {}
        if marks.get("question") == (question,):
            yield test


def formulas(assignment: Assignment, question: str) -> Iterator[tuple[Misconception | None, Formula]]:
    canonical, others = assignment.canonical_answer(question), assignment.answers_before(question)
    yield None, Formula((), canonical, others)
    for entry in assignment.registry.wrong:
        if entry.question == question and entry.is_a_formula:
            for text in entry.variants(canonical):
                yield entry, Formula((entry.slug,), text, others)


Outputs = list[RecordedCall]


class Explanations:
    """Whether one registered answer would be explained by another, by what they make of the same calls."""

    def __init__(self, assignment: Assignment, calls: Outputs, right: Outputs) -> None:
        self._likeness = Likeness(tolerance=assignment.tolerance_of_call)
        self._calls, self._right = calls, right

    def explains(self, yours: Outputs, other: Outputs) -> bool:
        if not all(map(self._likeness.same, yours, other)):
            return False
        dtypes = map(input_dtype, self._calls)
        found = list(map(explains_error, itertools.repeat(self._likeness), yours, other, self._right, dtypes))
        return True in found and False not in found


@pytest.mark.parametrize(("assignment", "question"), [(name, q) for name, all_of in QUESTIONS.items() for q in all_of])
def test_the_chosen_examples_tell_all_that_is_known_apart(assignment: str, question: str) -> None:
    known = KNOWN[assignment]
    calls = chosen_calls(known, question)
    made = {formula.code: (entry, list(formula.outputs(calls))) for entry, formula in formulas(known, question)}
    (_, right), *wrong = made.values()
    tried = Explanations(known, calls, right)
    never_wrong = [entry.slug for entry, yours in wrong if entry and not tried.explains(yours, yours)]
    assert never_wrong == []
    for (one, here), (other, there) in itertools.permutations(wrong, 2):
        if one and other and one.hint != other.hint:
            assert not tried.explains(here, there), f"{other.slug} explains {one.slug}"
