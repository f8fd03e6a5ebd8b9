"""What the hidden tests of this assignment look at: a single fault leaves the points of what it doesn't touch."""

from collections.abc import Callable

import pytest

from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome, QuestionResult

BATCH_NORM = Assignment.find("batch_norm")
Judge = Callable[..., QuestionResult]

LOSES = {
    ("standardise", "test-own-statistics"): ["test_standardise_test"],
    ("standardise", "float32-returned"): ["test_standardise_dtype"],
    ("standardise", "changes-input"): ["test_standardise_inputs"],
    ("batch_norm", "unbiased"): ["test_batch_norm_variance"],
    ("batch_norm", "one-pass"): ["test_batch_norm_far"],
    ("batch_norm", "statistics-detached"): ["test_batch_norm_gradient"],
    ("batch_norm", "eps-outside"): ["test_batch_norm_eps", "test_batch_norm_default_eps"],
    ("batch_norm_grad", "dbeta-mean"): ["test_batch_norm_grad_dbeta"],
    ("batch_norm_grad", "changes-input"): ["test_batch_norm_grad_inputs"],
    ("batch_norm_layer", "running-biased"): ["test_batch_norm_layer_unbiased_variance"],
    ("batch_norm_layer", "not-saved"): ["test_batch_norm_layer_saved"],
    ("batch_norm_layer", "momentum-zero"): [
        "test_batch_norm_layer_running_mean",
        "test_batch_norm_layer_unbiased_variance",
    ],
    ("batch_norm_layer", "shape-changes"): ["test_batch_norm_layer_shapes"],
    ("batch_norm_layer", "graph-kept"): ["test_batch_norm_layer_graph"],
    ("batch_norm_layer", "eps-outside"): ["test_batch_norm_layer_eps", "test_batch_norm_layer_evaluation_eps"],
    ("batch_norm_layer", "batch-in-evaluation"): [
        "test_batch_norm_layer_gradient_in_evaluation",
        "test_batch_norm_layer_evaluation",
        "test_batch_norm_layer_evaluation_eps",
    ],
    ("batch_norm_layer", "statistics-detached"): ["test_batch_norm_layer_gradient"],
    ("batch_norm_layer", "one-pass"): ["test_batch_norm_layer_far"],
    ("conv_net", "no-last-relu"): ["test_conv_net_relu", "test_conv_net_norm_before_relu"],
    ("conv_net", "norm-after-relu"): ["test_conv_net_norm_before_relu"],
    ("conv_net", "always-bias"): ["test_conv_net_bias"],
    ("conv_net", "never-bias"): ["test_conv_net_sizes", "test_conv_net_bias"],
    ("conv_net", "norms-not-registered"): ["test_conv_net_norm_made"],
    ("conv_net", "list-only"): ["test_conv_net_sizes"],
    ("conv_net", "own-start"): ["test_conv_net_start"],
    ("evaluate", "mean-of-means"): ["test_evaluate_loss_uneven", "test_evaluate_accuracy_uneven"],
    ("evaluate", "never-eval"): ["test_evaluate_in_evaluation_mode"],
    ("evaluate", "train-afterwards"): ["test_evaluate_mode_afterwards"],
    ("evaluate", "graph"): ["test_evaluate_graph"],
    ("evaluate", "gradients-cleared"): ["test_evaluate_leaves"],
    ("evaluate", "two-passes"): ["test_evaluate_loader"],
}


@pytest.mark.parametrize(("question", "slug"), LOSES, ids=lambda name: name)
def test_a_single_fault_loses_what_it_touches(question: str, slug: str, judge_answer: Judge) -> None:
    known = BATCH_NORM.registry.wrong
    entry = next(entry for entry in known if (entry.question, entry.slug) == (question, slug))
    found = judge_answer("batch_norm", question, next(entry.variants(BATCH_NORM.canonical_answer(question))))
    assert [test.name for test in found.tests if test.outcome is Outcome.FAILED] == LOSES[question, slug]


OWN_FUNCTION = "own-function"
RIGHT_ROOT = "return gamma * (x - mean) / torch.sqrt(var + eps) + beta"
OTHER_ROOT = "return gamma * (x - mean) / (torch.sqrt(var) + eps) + beta"


def answer(slug: str) -> str:
    return next(one.code for one in BATCH_NORM.registry.right if one.slug == slug)


def test_a_layer_that_uses_a_wrong_batch_norm_is_tried_with_a_right_one(judge_answer: Judge) -> None:
    code = answer(OWN_FUNCTION)
    assert RIGHT_ROOT in code
    found = judge_answer("batch_norm", "batch_norm_layer", code.replace(RIGHT_ROOT, OTHER_ROOT))
    assert {test.outcome for test in found.tests} == {Outcome.PASSED}


def test_a_layer_that_uses_a_ready_made_batch_norm_is_tried_with_a_right_one(judge_answer: Judge) -> None:
    code = answer(OWN_FUNCTION)
    ready_made = "return torch.nn.functional.batch_norm(x, None, None, gamma, beta, True, 0.1, eps)"
    found = judge_answer("batch_norm", "batch_norm_layer", code.replace(RIGHT_ROOT, ready_made))
    assert {test.outcome for test in found.tests} == {Outcome.PASSED}


def test_a_gradient_that_uses_a_wrong_batch_norm_is_tried_with_a_right_one(judge_answer: Judge) -> None:
    code = """
def batch_norm(x, gamma, beta, eps=1e-5):
    return gamma * (x - x.mean(0)) / (x.var(0) + eps).sqrt() + beta

def batch_norm_grad(dy, x, gamma, eps=1e-5):
    x_hat = batch_norm(x, torch.ones_like(gamma), torch.zeros_like(gamma), eps)
    s = ((x - x.mean(0)).square().mean(0) + eps).sqrt()
    g = gamma * dy
    return (g - g.mean(0) - x_hat * (g * x_hat).mean(0)) / s, (dy * x_hat).sum(0), dy.sum(0)
"""
    found = judge_answer("batch_norm", "batch_norm_grad", code)
    assert {test.outcome for test in found.tests} == {Outcome.PASSED}


def test_a_wrong_layer_with_a_right_batch_norm_stays_wrong(judge_answer: Judge) -> None:
    wrong = answer(OWN_FUNCTION).replace("rows.var(0) - self.var", "rows.mean(0) - self.var")
    found = judge_answer("batch_norm", "batch_norm_layer", wrong)
    failed = {test.name for test in found.tests if test.outcome is Outcome.FAILED}
    assert failed == {"test_batch_norm_layer_running_variance", "test_batch_norm_layer_unbiased_variance"}
