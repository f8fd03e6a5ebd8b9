"""selfcheck.py, one answer at a time: what it says about right, wrong, missing and endless functions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch

from .conftest import Notebook, text

LOSS = "def CE_loss(X, ystar, w):\n"
GRADIENT = "def grad_func(X, ystar, w):\n"
MOMENTUM = "def sgd_momentum_step(w, m, grad, eta, beta):\n"
ADAM = """
def adam_step(w, m, v, grad, t, eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    m, v = beta_1 * m + (1 - beta_1) * grad, beta_2 * v + (1 - beta_2) * grad**2
"""

# name: (question, code, part of the hint)
WRONG = {
    "sum": ("ce_loss", LOSS + "    return float(-(ystar * torch.log_softmax(X @ w, 1)).sum())", "divides by N"),
    "base 2": (
        "ce_loss",
        LOSS + "    return float(-(ystar * torch.softmax(X @ w, 1).log2()).sum() / len(X))",
        "base 2",
    ),
    "tensor": ("ce_loss", LOSS + "    return -(ystar * torch.log_softmax(X @ w, 1)).sum() / len(X)", "float(...)"),
    "overflow": (
        "ce_loss",
        LOSS + "    e = (X @ w).exp()\n    return float(-(ystar * (e / e.sum(1, True)).log()).sum() / len(X))",
        "torch.logsumexp",
    ),
    "ready-made loss": (
        "ce_loss",
        "from torch.nn.functional import cross_entropy as f\n" + LOSS + "    return float(f(X @ w, ystar))",
        "see the rules",
    ),
    "downhill": (
        "grad_func",
        GRADIENT + "    return X.T @ (ystar - torch.softmax(X @ w, 1)) / len(X)",
        "the other sign",
    ),
    "inputs changed": (
        "grad_func",
        GRADIENT + "    ystar -= torch.softmax(X @ w, 1)\n    return -X.T @ ystar / len(X)",
        "writes into ystar",
    ),
    "double": (
        "grad_func",
        GRADIENT + "    return (X.T @ (torch.softmax(X @ w, 1) - ystar) / len(X)).double()",
        "dtype and device of w",
    ),
    "autograd": (
        "grad_func",
        GRADIENT
        + """
    with torch.enable_grad():
        u = w.clone().requires_grad_()
        (-(ystar * torch.log_softmax(X @ u, 1)).sum() / len(X)).backward()
    return u.grad""",
        "see the rules",
    ),
    "dampening": (
        "sgd_momentum",
        MOMENTUM + "    m = beta * m + (1 - beta) * grad\n    return w - eta * m, m",
        "no (1 - beta)",
    ),
    "no pair": ("sgd_momentum", MOMENTUM + "    return w - eta * (beta * m + grad)", "end with return w, m"),
    "old momentum": (
        "sgd_momentum",
        MOMENTUM + "    return w - eta * (beta * m + grad), m",
        "hand back the new m",
    ),
    "grad changed": (
        "sgd_momentum",
        MOMENTUM + "    m = grad.add_(beta * m)\n    return w - eta * m, m.clone()",
        "writes into grad",
    ),
    "ready-made optimiser": (
        "sgd_momentum",
        MOMENTUM + "    w.grad = grad\n    torch.optim.SGD([w], lr=eta, momentum=beta).step()\n    return w, m",
        "see the rules",
    ),
    "no bias correction": (
        "adam",
        ADAM + "    return w - eta * m / (v.sqrt() + epsilon), m, v",
        "without the bias corrections",
    ),
    "corrected moments": (
        "adam",
        ADAM
        + """
    m, v = m / (1 - beta_1**t), v / (1 - beta_2**t)
    return w - eta * m / (v.sqrt() + epsilon), m, v""",
        "hand m back without it",
    ),
    "exception": ("adam", "def adam_step(w, m, v, grad, t):\n    return w[7]", "by position"),
    "exit": ("adam", "def adam_step(*_):\n    exit()", "ends Python"),
}


def function_of(code: str) -> Callable[..., Any]:
    names: dict[str, Any] = {"torch": torch}
    exec(code, names)
    return next(value for name, value in names.items() if f"def {name}(" in code)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_answer_gets_a_hint(name: str, selfcheck: ModuleType) -> None:
    question, code, hint = WRONG[name]
    result = selfcheck.judge(selfcheck.QUESTIONS[question], function_of(code))
    assert result.state == "wrong"
    assert result.yours and result.expected
    assert hint in result.hint


def test_in_place_steps_and_lists_are_as_good(selfcheck: ModuleType) -> None:
    code = MOMENTUM + "    m.mul_(beta).add_(grad)\n    w.sub_(eta * m)\n    return [w, m]"
    assert selfcheck.judge(selfcheck.QUESTIONS["sgd_momentum"], function_of(code)).state == "passed"


def test_function_that_never_returns(selfcheck: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "CHECK_SECONDS", 0.2)
    before = set(threading.enumerate())
    result = selfcheck.judge(
        selfcheck.QUESTIONS["ce_loss"], function_of("def CE_loss(*_):\n    while True:\n        pass")
    )
    assert (result.state, result.yours) == ("wrong", "nothing within 0.2 s")
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive(), "the loop is still running"


def test_not_implemented_and_not_there(selfcheck: ModuleType) -> None:
    question = selfcheck.QUESTIONS["adam"]
    stub = function_of("def adam_step(*_):\n    raise NotImplementedError")
    assert selfcheck.judge(question, stub).state == "stub"
    assert selfcheck.judge(question, None).state == "missing"
    words = function_of("def adam_step(*_):\n    raise NotImplementedError('mean is not implemented for Bool')")
    found = selfcheck.judge(question, words)
    assert found.state == "wrong" and "mean is not implemented for Bool" in found.yours


def test_check_in_the_notebook(source: Notebook, selfcheck: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"torch": torch}
    exec(text(source, "ce_loss"), names)
    selfcheck.check(names["CE_loss"], "ce_loss")
    assert capsys.readouterr().out.startswith("✓ ce_loss: the public checks pass. The hidden tests go further")
    selfcheck.check(function_of(WRONG["downhill"][1]))
    out = capsys.readouterr().out
    assert out.startswith("✗ grad_func: not yet, the gradient is wrong\n    came back  [[")
    assert "\n    expected   [[" in out and "\n    hint       yours is the right gradient with the other sign" in out
    assert "\n    to try it, copy this:\ngrad_func(torch.tensor([[1.0, 2.0]," in out


def test_check_of_a_function_with_another_name(selfcheck: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    selfcheck.check(lambda *_: 0.0, "ce_loss")
    assert capsys.readouterr().out.startswith("… ce_loss: not answered yet")
    selfcheck.check(lambda *_: 0.0)
    assert capsys.readouterr().out.startswith("Which question is '<lambda>'?")
    selfcheck.check(3)
    assert capsys.readouterr().out.startswith("Which question is 3?")


def test_numbers_agree_with_torch_optim(selfcheck: ModuleType) -> None:
    """The hand-computed steps in selfcheck.py are those of torch.optim."""

    def optimiser_step(kind: Callable[..., torch.optim.Optimizer], **settings: Any) -> Callable[..., Any]:
        memory: dict[str, Any] = {}

        def step(w: torch.Tensor, *arguments: Any) -> Any:
            grad = next(one for one in reversed(arguments) if isinstance(one, torch.Tensor))
            if "optimiser" not in memory:
                memory["w"] = w.clone()
                memory["optimiser"] = kind([memory["w"]], **settings)
            memory["w"].grad = grad
            memory["optimiser"].step()
            state = memory["optimiser"].state[memory["w"]]
            names = ("momentum_buffer",) if "momentum" in settings else ("exp_avg", "exp_avg_sq")
            return (memory["w"].clone(), *(state[name].clone() for name in names))

        return step

    selfcheck.other_goes_down(lambda w, state, grad, eta: (w - eta * grad, None))
    selfcheck.adam_first_step(optimiser_step(torch.optim.Adam))


def test_plain_formulas_agree_with_autograd(selfcheck: ModuleType) -> None:
    w = selfcheck.W.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(selfcheck.X @ w, selfcheck.YSTAR)
    loss.backward()
    assert selfcheck.plain_loss(selfcheck.X, selfcheck.YSTAR, selfcheck.W) == pytest.approx(loss.item(), rel=1e-12)
    torch.testing.assert_close(
        selfcheck.plain_gradient(selfcheck.X, selfcheck.YSTAR, selfcheck.W), w.grad, rtol=1e-8, atol=1e-9
    )
