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


SGD = "def sgd_momentum_step(w, m, grad, eta, beta):\n    {}m = beta * m + grad\n    w = w - eta * m\n    return w, m\n"
GRAD = "def grad_func(X, ystar, w):\n    grad = X.T @ (torch.softmax(X @ w, 1) - ystar) / len(X)\n    return {}\n"
ADAM = "    m = beta_1"
LOSS = (
    "def CE_loss(X, ystar, w):\n    loss = float(-(ystar * torch.log_softmax(X @ w, 1)).sum(1).mean())\n    return {}\n"
)
# Right on ordinary numbers and sizes, and wrong on those that are tiny, large or late.
RARELY_WRONG = {
    "loss: small ones are none": ("ce_loss", LOSS.format("loss if loss > 1e-8 else 0.0")),
    "loss: cut off": ("ce_loss", LOSS.format("min(loss, 1e4)")),
    "loss: ten classes": (
        "ce_loss",
        LOSS.format("loss").replace("(X @ w, 1)", "(X @ w[:, :10], 1)").replace("ystar *", "ystar[:, :10] *"),
    ),
    "loss: MNIST's features": ("ce_loss", LOSS.format("loss").replace("X @ w", "X[:, :784] @ w[:784]")),
    "gradient: early return": ("grad_func", GRAD.format("grad if grad.norm() > 1e-3 else torch.zeros_like(w)")),
    "gradient: tiny entries": ("grad_func", GRAD.format("torch.where(grad.abs() < 1e-10, 0.0, grad).to(w.dtype)")),
    "gradient: cut off": ("grad_func", GRAD.format("grad.clamp(-100, 100)")),
    "gradient: ten classes": ("grad_func", GRAD.format("torch.cat([grad[:, :10], 0 * grad[:, 10:]], 1)")),
    "loss: int": ("ce_loss", LOSS.format("max(0, loss)")),
    "loss: one class": ("ce_loss", LOSS.format("loss if w.shape[1] > 1 else torch.zeros(())")),
    "loss: sum overflows": (
        "ce_loss",
        LOSS.format("loss").replace("torch.log_softmax(X @ w, 1)", "log_softmax(X @ w)")
        + """
def log_softmax(z):
    if z.abs().max() > 88:
        return torch.log_softmax(z, 1)
    return z - torch.log(torch.exp(z).sum(1, keepdim=True))
""",
    ),
    "gradient: transposed X": (
        "grad_func",
        GRAD.format("Xt.div_(len(X)) @ error")
        .replace("grad = X.T @ ", "Xt, error = X.T.contiguous(), ")
        .replace(") / len(X)\n", ")\n"),
    ),
    "gradient: one class": ("grad_func", GRAD.format("grad if w.shape[1] > 1 else grad.double()")),
    "gradient: cut off large": ("grad_func", GRAD.format("grad if grad.norm() < 1000 else grad / grad.norm()")),
    "gradient: large logits": ("grad_func", GRAD.format("grad if (X @ w).abs().max() < 80 else -grad")),
    "gradient: large logits, dtype": ("grad_func", GRAD.format("grad if (X @ w).abs().max() < 80 else grad.double()")),
    "sgd: rate of zero": ("sgd_momentum", SGD.format("if not eta:\n        return w, m\n    ")),
    "sgd: view of weights": ("sgd_momentum", SGD.format("w.view(-1)\n    ")),
    "sgd: momentum adds up to zero": ("sgd_momentum", SGD.format("m = m if m.sum() != 0 else 0 * m\n    ")),
    "sgd: dtype later": ("sgd_momentum", SGD.format("m = m.double() if m.any() else m\n    ")),
    "adam: rate of zero": ("adam", (ADAM, f"    eta = eta or 1e-3\n{ADAM}")),
    "adam: beta_2 of zero": ("adam", (ADAM, f"    beta_2 = beta_2 or 0.999\n{ADAM}")),
    "adam: epsilon of zero": ("adam", (ADAM, f"    epsilon = epsilon or 1e-8\n{ADAM}")),
    "adam: view of weights": ("adam", (ADAM, f"    w.view(-1)\n{ADAM}")),
    "adam: dtype later": ("adam", (ADAM, f"    m = m if t == 1 else m.double()\n{ADAM}")),
    "adam: grad later": ("adam", ("return w, m, v", "grad.mul_(t)\n    return w, m, v")),
    "adam: no moments where v is zero": ("adam", (ADAM, f"    m = m if v.any() else 0 * m\n{ADAM}")),
    "adam: correction for 2000 steps": (
        "adam",
        ("v_hat = v / (1 - beta_2**t)", "v_hat = v / (1 - beta_2**t if t <= 2000 else 1)"),
    ),
    "adam: correction while it is visible": (
        "adam",
        ("(1 - beta_1**t)", "(1 - beta_1**t if beta_1**t > 1e-3 else 1)"),
    ),
    "sgd: large gradients": ("sgd_momentum", SGD.format("grad = grad.clamp(-1e4, 1e4)\n    ")),
    "sgd: tiny gradients": (
        "sgd_momentum",
        SGD.format("grad = torch.where(grad.abs() < 1e-12, 0.0, grad).to(w.dtype)\n    "),
    ),
    "sgd: tiny momentum": ("sgd_momentum", SGD.format("m = m if m.norm() > 1e-10 else 0 * m\n    ")),
    "sgd: tiny weights": ("sgd_momentum", SGD.format("w = w if w.norm() > 1e-10 else 0 * w\n    ")),
    "adam: correction of m for 30 steps": ("adam", ("(1 - beta_1**t)", "(1 - beta_1**t if t <= 30 else 1)")),
    "adam: correction of m for 1000 steps": ("adam", ("(1 - beta_1**t)", "(1 - beta_1**t if t <= 1000 else 1)")),
    "adam: large gradients": ("adam", ("    m = beta_1", "    grad = grad.clamp(-1e4, 1e4)\n    m = beta_1")),
    "adam: tiny momentum": ("adam", ("    m = beta_1", "    m = m if m.norm() > 1e-10 else 0 * m\n    m = beta_1")),
    "adam: tiny gradients": (
        "adam",
        ("    m = beta_1", "    grad = torch.where(grad.abs() < 1e-10, 0.0, grad).to(w.dtype)\n    m = beta_1"),
    ),
    "adam: the root's lower bound": ("adam", ("torch.sqrt(v_hat)", "torch.sqrt(v_hat).clamp(min=1e-10)")),
}


@pytest.mark.parametrize(("question", "code"), RARELY_WRONG.values(), ids=RARELY_WRONG)
def test_what_is_wrong_for_unusual_numbers_alone_is_found(question, code, judged):
    if isinstance(code, tuple):
        canonical, (old, new) = LINEAR_MNIST.canonical_answer(question), code
        assert old in canonical
        code = canonical.replace(old, new)
    assert Outcome.FAILED in {test.outcome for test in judged(question, code).tests}
