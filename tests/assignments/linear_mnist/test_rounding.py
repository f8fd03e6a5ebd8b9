"""An answer in float32 is named, however it is written and whichever way a machine rounds."""

import pytest

from autograder.judge.evidence import Outcome

OTHER_WAYS = {
    "sum in another order": "torch.softmax(X.float().flip(1) @ w.float().flip(0), dim=1)",
    "NumPy": "torch.softmax(torch.from_numpy(X.numpy().astype('f4') @ w.numpy().astype('f4')), dim=1)",
    "own softmax": "(lambda e: e / e.sum(1, keepdim=True))(torch.exp(X.float() @ w.float() - (X.float() @ w.float()"
    ").amax(1, keepdim=True)))",
    "another last bit": "torch.nextafter(torch.softmax(X.float() @ w.float(), dim=1), torch.tensor(2.0))",
}


@pytest.mark.parametrize("softmax", OTHER_WAYS.values(), ids=OTHER_WAYS)
def test_a_gradient_made_of_float32_probabilities_is_named_however_it_is_written(softmax, judged):
    found = judged("grad_func", f"def grad_func(X, ystar, w):\n    return X.T @ ({softmax} - ystar) / len(X)")
    assert {test.diagnosis for test in found.tests if test.outcome is Outcome.FAILED} == {"float32-inside"}


OTHER_ANSWERS = {
    "logsumexp": (
        "ce_loss",
        "def CE_loss(X, ystar, w):\n    z = X.float() @ w.float()\n"
        "    return float((torch.logsumexp(z, 1) - (z * ystar).sum(1)).mean())",
    ),
    "all of it": (
        "grad_func",
        "def grad_func(X, ystar, w):\n    x = X.float()\n    p = torch.softmax(x @ w.float(), 1)\n"
        "    return (x.T @ (p - ystar.float()) / len(x)).to(w.dtype)",
    ),
}


@pytest.mark.parametrize(("question", "code"), OTHER_ANSWERS.values(), ids=OTHER_ANSWERS)
def test_float32_is_measured_by_the_size_of_the_logits_and_taken_for_nothing_else(question, code, judged):
    failed = [test for test in judged(question, code).tests if test.outcome is Outcome.FAILED]
    assert {test.diagnosis for test in failed} == {"float32-inside"}
