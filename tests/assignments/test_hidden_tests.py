"""The hidden tests accept what is right, however it is written, reject what is wrong, and the right name is found."""

import ast
from collections.abc import Callable
from typing import Any

import pytest

from autograder.judge.diagnosis.registry import Cause
from autograder.judge.evidence import Outcome, QuestionResult
from tests.assignments.conftest import JUDGED, KNOWN, cells, read, registered, worth

IN_A_SANDBOX = (Cause.HANG, Cause.DEATH, Cause.MEMORY)  # tried in real kernels: see tests/grading
TRIED = [one for one in registered("wrong") if one.values[1].cause not in IN_A_SANDBOX]
QUESTIONS = [
    (name, question)
    for name in JUDGED
    for question in dict.fromkeys(answer.question for answer in KNOWN[name].registry.right)
]
NOTHING = [
    pytest.param(name, question, code, id=f"{name}-{question}-{code.strip().splitlines()[-1].strip()}")
    for name in JUDGED
    for question, cells_of_it in KNOWN[name].registry.nothing.items()
    for code in cells_of_it
]
Judge = Callable[..., QuestionResult]


@pytest.mark.parametrize(("assignment", "answer"), registered("right"))
def test_right_answers_get_all_points(assignment: str, answer: Any, judge_answer: Judge) -> None:
    found = judge_answer(assignment, answer.question, answer.code)
    assert {test.name: test.message for test in found.tests if test.outcome is not Outcome.PASSED} == {}
    assert found.points == worth(assignment, answer.question)


@pytest.mark.parametrize(("assignment", "entry"), TRIED)
def test_wrong_answers_lose_points_and_are_named(assignment: str, entry: Any, judge_answer: Judge) -> None:
    code = next(entry.variants(KNOWN[assignment].canonical_answer(entry.question)))
    found = judge_answer(assignment, entry.question, code)
    assert found.outcome is Outcome.FAILED and found.points < worth(assignment, entry.question)
    failed = [test for test in found.tests if test.outcome is Outcome.FAILED]
    assert all(test.message for test in failed)
    assert {(test.diagnosis, test.hint) for test in failed} == {(entry.slug, entry.hint)}


@pytest.mark.parametrize(("assignment", "question"), QUESTIONS)
def test_a_stub_earns_nothing(assignment: str, question: str, judge_answer: Judge) -> None:
    stub = "".join(cells(read(assignment, "release"))[question]["source"])
    assert "YOUR CODE HERE" in stub
    assert {test.outcome for test in judge_answer(assignment, question, stub).tests} == {Outcome.FAILED}


@pytest.mark.parametrize(("assignment", "question", "code"), NOTHING)
def test_what_knows_nothing_earns_nothing(assignment: str, question: str, code: str, judge_answer: Judge) -> None:
    found = judge_answer(assignment, question, code)
    assert {test.name: test.outcome for test in found.tests if test.outcome is not Outcome.FAILED} == {}


@pytest.mark.parametrize("assignment", JUDGED)
def test_points_add_up_to_the_test_cells(assignment: str) -> None:
    tagged = cells(read(assignment, "source"))
    points = {name: one["metadata"]["nbgrader"].get("points") for name, one in tagged.items()}
    tests = {f"test_{question}": worth for question, worth in KNOWN[assignment].possible_points.items()}
    assert tests == {name: worth for name, worth in points.items() if name.startswith("test_")}


@pytest.mark.parametrize("assignment", JUDGED)
def test_every_test_has_a_sentence_for_the_student(assignment: str) -> None:
    for path in KNOWN[assignment].test_files:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                sentence = ast.get_docstring(node)
                assert sentence and sentence.endswith(".") and "assert" not in sentence


def test_options_for_pytest_in_the_instructors_shell_change_nothing(
    judge_answer: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-v --no-such-option")
    monkeypatch.setenv("PYTEST_PLUGINS", "no_such_plugin")
    monkeypatch.setattr("autograder.judge.pytest_sessions._waiting", {})  # a session that has not begun
    right = KNOWN["linear_mnist"].registry.right[0]
    assert judge_answer("linear_mnist", right.question, right.code).points == worth("linear_mnist", right.question)
