"""The hidden tests accept what is right, however it is written, reject what is wrong, and the right name is found."""

import inspect

import pytest

from autograder.assignments.linear_mnist import test_hidden
from autograder.assignments.linear_mnist.misconceptions import RIGHT, WRONG
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.registry import Cause
from autograder.judge.evidence import Outcome
from tests.assignments.linear_mnist.conftest import POINTS

LINEAR_MNIST = Assignment.find("linear_mnist")

TESTS = [test for name, test in inspect.getmembers(test_hidden, inspect.isfunction) if name.startswith("test_")]
IN_A_SANDBOX = (Cause.HANG, Cause.DEATH, Cause.MEMORY)  # tried in real kernels: see tests/grading
STUBS = {
    "ce_loss": "def CE_loss(X, ystar, w):\n    return float(0.0)",
    "grad_func": "def grad_func(X, ystar, w):\n    return torch.zeros_like(w)",
    "sgd_momentum": "def sgd_momentum_step(w, m, grad, eta, beta):\n    return w, m",
    "adam": "def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):\n    return w, m, v",
}
# What has the right numbers loses the points of the test that is about the rest, and no others.
LOSE_ONE = {
    ("ce_loss", "tensor"): "test_ce_loss_float",
    ("grad_func", "float64-returned"): "test_grad_func_dtype",
    ("grad_func", "numpy"): "test_grad_func_dtype",
    ("grad_func", "changes-input"): "test_grad_func_inputs",
    ("sgd_momentum", "float64-returned"): "test_sgd_momentum_keeps",
    ("sgd_momentum", "numpy"): "test_sgd_momentum_keeps",
    ("sgd_momentum", "changes-input"): "test_sgd_momentum_keeps",
    ("adam", "float64-returned"): "test_adam_keeps",
    ("adam", "numpy"): "test_adam_keeps",
    ("adam", "changes-input"): "test_adam_keeps",
    ("adam", "other-defaults"): "test_adam_defaults",
}


def mark(test, name):
    return next(mark.args[0] for mark in test.pytestmark if mark.name == name)


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: f"{answer.question}-{answer.slug}")
def test_right_answers_get_all_points(answer, judged):
    found = judged(answer.question, answer.code)
    assert {test.name: test.message for test in found.tests if test.outcome is not Outcome.PASSED} == {}
    assert found.points == POINTS[answer.question]


@pytest.mark.parametrize(
    "entry",
    [entry for entry in WRONG if entry.cause not in IN_A_SANDBOX],
    ids=lambda entry: f"{entry.question}-{entry.slug}",
)
def test_wrong_answers_lose_points_and_are_named(entry, judged):
    found = judged(entry.question, next(entry.variants(LINEAR_MNIST.canonical_answer(entry.question))))
    assert found.outcome is Outcome.FAILED and found.points < POINTS[entry.question]
    failed = [test for test in found.tests if test.outcome is Outcome.FAILED]
    assert all(test.message for test in failed)
    if one := LOSE_ONE.get((entry.question, entry.slug)):
        assert [test.name for test in failed] == [one]
    assert {(test.diagnosis, test.hint) for test in failed} == {(entry.slug, entry.hint)}


@pytest.mark.parametrize("returned", ["w, 2 * m, v", "w, m, 2 * v"])
def test_each_moment_that_a_step_gives_back_is_looked_at(returned, judged):
    """The next step is compared from what came back: a wrong moment would not be seen in the weights."""
    canonical, right = LINEAR_MNIST.canonical_answer("adam"), "return w, m, v"
    assert right in canonical
    found = judged("adam", canonical.replace(right, f"return {returned}"))
    assert {test.outcome for test in found.tests} == {Outcome.FAILED}


@pytest.mark.parametrize("question", STUBS)
def test_a_stub_earns_nothing(question, judged):
    assert {test.outcome for test in judged(question, STUBS[question]).tests} == {Outcome.FAILED}


def test_points_add_up_to_the_test_cells():
    worth = dict.fromkeys(POINTS, 0.0)
    for test in TESTS:
        worth[mark(test, "question")] += mark(test, "points")
    assert worth == POINTS


def test_every_test_has_a_sentence_for_the_student():
    for test in TESTS:
        sentence = inspect.getdoc(test)
        assert sentence and sentence.endswith(".") and "assert" not in sentence
