"""The hidden tests accept what is right, however it is written, and reject what is wrong, on its own question alone."""

import inspect

import pytest

from autograder.assignments.linear_mnist import misconceptions, reference, test_hidden
from autograder.judge.evidence import Outcome
from autograder.judge.outcomes import classify
from autograder.judge.profile import apply
from autograder.judge.student import Student
from tests.judge.conftest import ThreadCopy

PARAMETERS = {
    name: tuple(inspect.signature(f).parameters) for name, f in inspect.getmembers(reference, inspect.isfunction)
}
TESTS = [test for name, test in inspect.getmembers(test_hidden, inspect.isfunction) if name.startswith("test_")]
CRASHES = {"ends-the-process", "hangs", "memory"}  # judged in real kernels: see tests/judge
STUBS = {
    "ce_loss": "def CE_loss(X, ystar, w):\n    return float(0.0)",
    "grad_func": "def grad_func(X, ystar, w):\n    return torch.zeros_like(w)",
    "sgd_momentum": "def sgd_momentum_step(w, m, grad, eta, beta):\n    return w, m",
    "adam": "def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):\n    return w, m, v",
}


def mark(test, name):
    return next(mark.args[0] for mark in test.pytestmark if mark.name == name)


def findings(question, source):
    """Judge one answer by its question's tests; return {test's name: (finding, points)}."""
    names = {}
    exec("import torch\nimport numpy as np\n" + source, names)
    found = {}
    for test in TESTS:
        if mark(test, "question") == question:
            apply(test, 25, shrink=False)
            copy = ThreadCopy(names)
            student = Student(
                lambda copy=copy: copy, PARAMETERS, frozenset({"autograd", "losses", "optimisers"}), 20, 60
            )
            try:
                test(student=student)
                error = None
            except BaseException as raised:
                error = raised
            student.close()
            found[test.__name__] = (classify(error), mark(test, "points"))
    return found


@pytest.mark.parametrize("answer", misconceptions.RIGHT, ids=lambda answer: f"{answer.question}-{answer.slug}")
def test_right_answers_get_all_points(answer):
    found = findings(answer.question, answer.code)
    assert {
        name: finding.message for name, (finding, _) in found.items() if finding.outcome is not Outcome.PASSED
    } == {}


@pytest.mark.parametrize(
    "answer",
    [answer for answer in misconceptions.WRONG if answer.slug not in CRASHES],
    ids=lambda answer: f"{answer.question}-{answer.slug}",
)
def test_wrong_answers_lose_points(answer):
    found = [finding for finding, _ in findings(answer.question, answer.code).values()]
    outcomes = {finding.outcome for finding in found}
    assert Outcome.FAILED in outcomes and Outcome.NOT_JUDGED not in outcomes
    assert all(finding.message for finding in found if finding.outcome is Outcome.FAILED)


@pytest.mark.parametrize("question", STUBS)
def test_a_stub_earns_nothing(question):
    found = findings(question, STUBS[question])
    assert {finding.outcome for finding, _ in found.values()} == {Outcome.FAILED}


def test_points_add_up_to_the_test_cells():
    worth = dict.fromkeys(STUBS, 0.0)
    for test in TESTS:
        worth[mark(test, "question")] += mark(test, "points")
    assert worth == {"ce_loss": 4, "grad_func": 6, "sgd_momentum": 4, "adam": 6}


def test_every_test_has_a_sentence_for_the_student():
    for test in TESTS:
        sentence = inspect.getdoc(test)
        assert sentence and sentence.endswith(".") and "assert" not in sentence
