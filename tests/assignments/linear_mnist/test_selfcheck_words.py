"""What selfcheck.py says of a wrong answer: which part, on what input, in which line, and hints that are true."""

from __future__ import annotations

import itertools
import os
import textwrap
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import torch

from .test_selfcheck import ADAM, GRADIENT, LOSS, MOMENTUM, function_of

Tensors = dict[str, torch.Tensor]
OTHER = "def other_step(w, state, grad, eta):\n"


def verdict(selfcheck: ModuleType, question: str, code: str) -> Any:
    return selfcheck.judge(selfcheck.QUESTIONS[question], function_of(code))


def tensors(selfcheck: ModuleType, rows: dict[str, Any]) -> Tensors:
    return {name: selfcheck.matrix(value) for name, value in rows.items() if name != "t"}


@pytest.fixture
def sgd_values(selfcheck: ModuleType) -> Tensors:
    """Return w, m and grad of the check's first step of SGD, and the new m as M."""
    given = tensors(selfcheck, selfcheck.MOMENTUM_START)
    grad = selfcheck.matrix(selfcheck.MOMENTUM_STEPS[0]["grad"])
    return {**given, "g": grad, "M": selfcheck.BETA * given["m"] + grad}


# the part and a formula for what the hint says, in the order of the tables in selfcheck.py
SGD_FORMULAS = {
    "m": "g | m | b*m + (1-b)*g | m + g | m + b*g | b*(m + g) | b*m + e*g | b*m - g | b*m - e*g",
    "w": "w | w + e*M | w - e*g | w - e*m | w - M | w - e*(g + b*M)",
}
ADAM_FORMULAS = {
    "m": "m | M/(1-b1**t) | b1*m + g | g | b2*m + (1-b2)*g | (1-b1)*m + b1*g | b1*m - (1-b1)*g",
    "v": "v | V/(1-b2**t) | b2*v + (1-b2)*g | b1*v + (1-b1)*g**2 | b2*v + g**2 | (1-b2)*v + b2*g**2",
    "w": "w | w + step(t, t) | w - e*M/(V**.5 + eps) | w - e*M/(1-b1**t)/(V**.5 + eps)"
    "| w - e*M/((V/(1-b2**t))**.5 + eps) | w - e*M/(1-b1**t)/(V/(1-b2**t) + eps)**.5"
    "| w - e*M/(1-b1**t)/(V/(1-b2**t) + eps) | w - step(t+1, t+1) | w - step(t-1, t-1)"
    "| w - e*M/(1-b1**t)/(V/(1-b2**t))**.5 | w - step(t, t)/e*1e-3",
}


def test_each_known_wrong_value_of_momentum_is_what_its_hint_says(selfcheck: ModuleType, sgd_values: Tensors) -> None:
    names = {**sgd_values, "e": selfcheck.ETA, "b": selfcheck.BETA}
    right = tensors(selfcheck, selfcheck.MOMENTUM_STEPS[0])
    for part, formulas in SGD_FORMULAS.items():
        known = [selfcheck.matrix(rows) for rows, _ in selfcheck.WRONG_MOMENTUM[part]]
        assert_equal([eval(formula, names) for formula in formulas.split("|")], known)
        assert_all_different([right[part], *known])


def test_each_known_wrong_value_of_adam_is_what_its_hint_says(selfcheck: ModuleType) -> None:
    e, b1, b2, eps = selfcheck.ADAM_SETTINGS
    first = selfcheck.ADAM_STEPS[0]
    names = {**tensors(selfcheck, selfcheck.ADAM_START), "g": selfcheck.matrix(first["grad"])}
    names |= {"M": b1 * names["m"] + (1 - b1) * names["g"], "V": b2 * names["v"] + (1 - b2) * names["g"] ** 2}

    def step(t_m: int, t_v: int) -> torch.Tensor:
        return e * names["M"] / (1 - b1**t_m) / ((names["V"] / (1 - b2**t_v)).sqrt() + eps)

    scalars = {"e": e, "b1": b1, "b2": b2, "eps": eps, "t": first["t"], "step": step}
    right = tensors(selfcheck, first)
    for part, formulas in ADAM_FORMULAS.items():
        known = [selfcheck.matrix(rows) for rows, _ in selfcheck.WRONG_ADAM[part]]
        assert_equal([eval(formula.strip(), {**names, **scalars}) for formula in formulas.split("|")], known)
        assert_all_different([right[part], *known])


def assert_equal(computed: list[torch.Tensor], known: list[torch.Tensor]) -> None:
    assert len(computed) == len(known)
    for a, b in zip(computed, known, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-8)


def assert_all_different(values: list[torch.Tensor]) -> None:
    for a, b in itertools.combinations(values, 2):
        assert not torch.allclose(a, b, rtol=1e-4, atol=1e-4)


def test_the_right_steps_are_torch_optims(selfcheck: ModuleType) -> None:
    def stepped(optimiser: Any, start: Tensors, names: dict[str, str], steps: Any, **state: Any) -> Iterator[Tensors]:
        w = start["w"].clone().requires_grad_()
        made = optimiser([w])
        made.state[w].update({theirs: start[ours].clone() for ours, theirs in names.items()}, **state)
        for one in steps:
            w.grad = selfcheck.matrix(one["grad"])
            made.step()
            yield {"w": w.detach().clone(), **{ours: made.state[w][theirs].clone() for ours, theirs in names.items()}}

    e, b1, b2, eps = selfcheck.ADAM_SETTINGS
    sgd = stepped(
        lambda w: torch.optim.SGD(w, lr=selfcheck.ETA, momentum=selfcheck.BETA),
        tensors(selfcheck, selfcheck.MOMENTUM_START),
        {"m": "momentum_buffer"},
        selfcheck.MOMENTUM_STEPS,
    )
    adam = stepped(
        lambda w: torch.optim.Adam(w, lr=e, betas=(b1, b2), eps=eps),
        tensors(selfcheck, selfcheck.ADAM_START),
        {"m": "exp_avg", "v": "exp_avg_sq"},
        selfcheck.ADAM_STEPS,
        step=torch.tensor(selfcheck.ADAM_STEPS[0]["t"] - 1.0),
    )
    for found, right in zip((*sgd, *adam), (*selfcheck.MOMENTUM_STEPS, *selfcheck.ADAM_STEPS), strict=True):
        for name, value in found.items():
            torch.testing.assert_close(value, selfcheck.matrix(right[name]), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(
    ("question", "code", "untrue"),
    [
        ("adam", "m, v = beta_1 * m + grad, v\n    return w, m, v", "bias correction"),
        ("ce_loss", "return float(-(ystar * torch.log_softmax(X @ w, 1)).sum() / (len(X) - 1))", "classes"),
        ("ce_loss", "return float('nan')", "softmax"),
        ("ce_loss", "return 3.0", "softmax"),
        ("sgd_momentum", "return w - eta * eta * (beta * m + grad), beta * m + grad", "(1 - beta)"),
        ("grad_func", "return X.T @ (torch.softmax(X @ w, 1) - ystar) / (len(X) - 1)", "classes"),
    ],
)
def test_no_hint_is_given_that_is_not_true(selfcheck: ModuleType, question: str, code: str, untrue: str) -> None:
    stubs = {"adam": ADAM.split(":")[0] + ":\n", "ce_loss": LOSS, "sgd_momentum": MOMENTUM, "grad_func": GRADIENT}
    result = verdict(selfcheck, question, stubs[question] + f"    {code}")
    assert result.state == "wrong"
    assert untrue not in result.hint


@pytest.mark.parametrize(
    ("question", "code", "what"),
    [
        ("sgd_momentum", MOMENTUM + "    m = beta * m + grad\n    return w - eta * grad, m", "w after step 1 is wrong"),
        ("sgd_momentum", MOMENTUM + "    return w - eta * (beta * m + grad), m", "m after step 1 is wrong"),
        (
            "sgd_momentum",
            "old = []\n"
            + MOMENTUM
            + "    old.append(beta * m + grad)\n    return w - eta * old[-1], old[-1] if len(old) < 3 else m",
            "m after step 2 is wrong",
        ),
        ("adam", ADAM + "    return w, m, torch.maximum(v, v * 0 + 1)", "v after step t = 2 is wrong"),
        ("adam", ADAM + "    return w, m.float(), v", "m after step t = 2 has the wrong dtype or device"),
        ("other_step", OTHER + "    return w + eta * grad, state", "100 steps in a bowl"),
        ("other_step", OTHER + "    return w[0] - 1, state", "w after step 1 in float64 has the wrong shape"),
        ("other_step", OTHER + "    grad *= eta\n    return w - grad, state", "grad is changed"),
        ("other_step", OTHER + "    return (w - eta * grad).double(), state", "w after step 1 in float32 has the"),
        ("other_step", OTHER + "    return w - eta * grad", "step 1 hands back"),
    ],
)  # fmt: skip
def test_which_part_of_which_step_is_wrong(selfcheck: ModuleType, question: str, code: str, what: str) -> None:
    result = verdict(selfcheck, question, code)
    assert result.state == "wrong"
    assert result.what.startswith(what)


def test_a_small_difference_is_shown_with_enough_digits(selfcheck: ModuleType) -> None:
    code = LOSS + "    loss = float(-(ystar * torch.log_softmax(X @ w, 1)).sum() / len(X))\n"
    result = verdict(selfcheck, "ce_loss", code + "    return loss + 0.002 * (loss > 10)")
    assert (result.yours, result.expected) == ("1000.002", "1000")


def test_the_call_to_copy_gives_what_came_back(selfcheck: ModuleType) -> None:
    wrong = MOMENTUM + "    m = beta * m + grad\n    return w - eta * m * (1 if beta == 0.7 and m[0, 0] > 1 else 2), m"
    result = verdict(selfcheck, "sgd_momentum", wrong)
    assert result.what == "w after step 2 is wrong"
    names: dict[str, Any] = {"torch": torch, "sgd_momentum_step": function_of(wrong)}
    for width in (30, 60, 80, 1000):
        w, _ = eval(selfcheck.wrapped(result.call, width, "    "), names)
        assert selfcheck.show(w) == result.yours
    assert result.call.startswith("sgd_momentum_step(torch.tensor([[0.53, -2.01]], dtype=torch.float64), ")


def test_the_call_shows_inputs_as_they_were_before_it(selfcheck: ModuleType) -> None:
    result = verdict(selfcheck, "sgd_momentum", MOMENTUM + "    w.zero_()\n    m.zero_()\n    return w, m")
    assert "torch.tensor([[1.0, -2.0]], dtype=torch.float64), torch.tensor([[0.5, 1.5]]" in result.call


@pytest.mark.parametrize(
    ("question", "code", "line"),
    [
        ("adam", ADAM + "    m_hat = m / (1 - beta_1**T)\n", "line 3: m_hat = m / (1 - beta_1**T)"),
        ("grad_func", "def half(x):\n    return x / 0\n\n" + GRADIENT + "    half(1)", "line 2: return x / 0"),
        ("ce_loss", LOSS + "    return float(torch.nn.functional.cross_entropy(X @ w, ystar))", "line 2: return fl"),
        ("ce_loss", LOSS + "    return float(torch.ones(2) @ torch.ones(3))", "line 2: return float(torch.ones(2) @"),
    ],
)  # fmt: skip
def test_an_error_shows_the_students_line_and_the_input(
    selfcheck: ModuleType, question: str, code: str, line: str
) -> None:
    running = selfcheck.Running()
    running.run(7, "import torch")
    running.run(8, textwrap.dedent(code).strip("\n"))
    checked = selfcheck.QUESTIONS[question]
    result = selfcheck.judge(checked, running.names[checked.function])
    assert result.line.startswith(f"cell 8, {line}")
    assert result.call.startswith(f"{checked.function}(torch.tensor([[1.0, ")


def test_an_endless_function_shows_the_line_it_is_at(selfcheck: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "CHECK_SECONDS", 0.3)
    running = selfcheck.Running()
    running.run(3, LOSS + "    n = 0\n    while True:\n        n += 1")
    result = selfcheck.judge(selfcheck.QUESTIONS["ce_loss"], running.names["CE_loss"])
    assert result.line.startswith("cell 3, line ")


def test_validating_raises_with_the_questions_name(
    selfcheck: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    for code, name, words in (
        (LOSS + "    return 0.0", "ce_loss", "ce_loss: not answered yet"),
        (
            MOMENTUM + "    return w - eta * grad, grad",
            "sgd_momentum",
            "sgd_momentum: not yet, m after step 1 is wrong",
        ),
        (OTHER + "    return w + eta * grad, state", "other_step", "other_step: not yet"),
        (OTHER + "    return w + eta * grad, state", "nothing", "Which question is 'nothing'?"),
    ):
        with pytest.raises(selfcheck.NotPassedError, match=words.replace("?", r"\?")):
            selfcheck.check(function_of(code), name)
    selfcheck.check(function_of(OTHER + "    return w, state"), "other_step")  # optional: it may stay as it is
    assert capsys.readouterr().out.startswith("… other_step: not answered (optional)")
    assert os.environ["NBGRADER_EXECUTION"] == "validate"


def test_default_devices_and_dtypes_of_the_notebook_change_nothing(selfcheck: ModuleType) -> None:
    def default(device: Any, dtype: torch.dtype) -> None:
        torch.set_default_device(device)
        torch.set_default_dtype(dtype)

    def code(body: str) -> str:
        return LOSS + f"    return {body}"

    right = "float(-(ystar * torch.log_softmax(X @ w, 1)).sum() / len(X))"
    try:
        default("meta", torch.float64)
        assert verdict(selfcheck, "ce_loss", code(right)).state == "passed"
        assert verdict(selfcheck, "ce_loss", code("3.0")).yours == "3"
        step = MOMENTUM + "    m = beta * m + grad\n    return w - eta * m, m"
        assert verdict(selfcheck, "sgd_momentum", step).state == "passed"
    finally:
        default(None, torch.float32)
