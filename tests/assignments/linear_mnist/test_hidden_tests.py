"""What the hidden tests of this assignment look at, one by one."""

import pytest

from autograder.assignments.linear_mnist.misconceptions import WRONG
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome

LINEAR_MNIST = Assignment.find("linear_mnist")

# What has the right numbers loses the points of the test that is about the rest, and no others.
LOSE_ONE = {
    ("ce_loss", "tensor"): "test_ce_loss_float",
    ("grad_func", "float64-returned"): "test_grad_func_dtype",
    ("grad_func", "numpy"): "test_grad_func_dtype",
    ("grad_func", "changes-input"): "test_grad_func_inputs",
    ("sgd_momentum", "float64-returned"): "test_sgd_momentum_dtype",
    ("sgd_momentum", "numpy"): "test_sgd_momentum_dtype",
    ("sgd_momentum", "changes-input"): "test_sgd_momentum_grad",
    ("adam", "float64-returned"): "test_adam_dtype",
    ("adam", "numpy"): "test_adam_dtype",
    ("adam", "changes-input"): "test_adam_grad",
    ("adam", "other-defaults"): "test_adam_defaults",
}


@pytest.mark.parametrize(("question", "slug"), LOSE_ONE, ids=lambda name: name)
def test_the_right_numbers_lose_one_test_alone(question, slug, judged):
    entry = next(entry for entry in WRONG if (entry.question, entry.slug) == (question, slug))
    found = judged(question, next(entry.variants(LINEAR_MNIST.canonical_answer(question))))
    failed = [test.name for test in found.tests if test.outcome is Outcome.FAILED]
    assert failed == [LOSE_ONE[question, slug]]


@pytest.mark.parametrize(("returned", "own"), [("w, 2 * m, v", "test_adam_m"), ("w, m, 2 * v", "test_adam_v")])
def test_each_moment_that_a_step_gives_back_is_looked_at(returned, own, judged):
    """The next step is compared from what came back: a wrong moment would not be seen in the weights."""
    canonical, right = LINEAR_MNIST.canonical_answer("adam"), "return w, m, v"
    assert right in canonical
    found = judged("adam", canonical.replace(right, f"return {returned}"))
    failed = {test.name for test in found.tests if test.outcome is Outcome.FAILED}
    assert failed == {own, "test_adam_steps", "test_adam_large"}
