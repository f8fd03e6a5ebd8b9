"""Check your answers before you hand them in: a few small public checks for every function.

In a terminal::

    python selfcheck.py                  # checks the notebook beside this file
    python selfcheck.py my_notebook.ipynb

In the notebook::

    import selfcheck
    selfcheck.check(CE_loss)                   # one question, found by the function's name
    selfcheck.check(my_function, "ce_loss")    # ... or named

The exit status is 0 when all checks pass (an optional question may be left out), 1 when not, 2 when the notebook can't
be read. In a terminal the notebook runs in a process of its own, so that nothing in it can end the check. The expected
values come from plain formulas and numbers below: read them! The hidden tests, which give the points, follow the same
rules and go further. Needs Python 3.9 or newer and torch, nothing else.
"""


from __future__ import annotations


import ast
import ctypes
import hashlib
import json
import linecache
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any
from unittest import mock


HERE = Path(__file__).resolve()
PYTHON = Path(sys.executable or "python").stem  # what to type to get this Python


def without_torch(error: BaseException) -> str:
    """Return one sentence on why torch is not there, and what to do."""
    if HERE.with_name("torch.py").exists() or HERE.with_name("torch").exists():
        return "selfcheck.py can't find PyTorch, because a file or folder named torch lies beside it: rename that."
    if isinstance(error, ModuleNotFoundError) and error.name == "torch":
        return f"selfcheck.py needs torch, which this Python does not have: run  {PYTHON} -m pip install torch"
    reason = textwrap.shorten(f"{type(error).__name__}: {error}", 160)
    return f"selfcheck.py needs torch, which can't be loaded here ({reason}): try  {PYTHON} -m pip install -U torch"


try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch without NumPy says so, and needs none here
        import torch  # noqa: F401
        from torch.overrides import TorchFunctionMode  # noqa: F401
except (ImportError, OSError) as error:
    if __name__ == "__main__":
        print(without_torch(error))
        sys.exit(1)
    raise ModuleNotFoundError(without_torch(error), name="torch") from None

CHECK_SECONDS = 10.0  # for the checks of one question
CELL_SECONDS = 30.0  # for one cell of the notebook


# --- What a check is made of ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """One question: what the answer is called, how to recognise its stub, its public checks.

    ``tested_at`` names the graded cell test_... where it is checked, when that has another name than the question.
    ``what`` the answer is: a "function" or a "class". Where it consists of several, ``also`` names the further ones:
    ``is_stub`` and the checks are given them after the first. ``forbidden``: functions of torch, and classes, that the
    answer may not use, and what to call them. ``autograd``: whether gradients are recorded while it is checked.
    """

    name: str
    function: str
    is_stub: Callable[..., bool]
    checks: tuple[Callable[..., None], ...]
    tested_at: str = ""
    optional: bool = False
    also: tuple[str, ...] = ()
    what: str = "function"
    forbidden: Mapping[Any, str] = field(default_factory=dict)
    autograd: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All that the answer consists of."""
        return (self.function, *self.also)


def by_name(*questions: Question) -> dict[str, Question]:
    """Return the questions by their names."""
    return {question.name: question for question in questions}


@dataclass(frozen=True)
class Result:
    """What the public checks say about one question; state is "passed", "wrong", "stub" or "missing".

    ``what`` says what is wrong ("w after step 2"), ``line`` where in the student's code, ``call`` is Python to try it.
    """

    question: str
    state: str
    yours: str = ""
    expected: str = ""
    hint: str = ""
    what: str = ""
    line: str = ""
    call: str = ""


class WrongError(Exception):
    """A check that failed: what is wrong, what came back, what was expected, a hint.

    The call to try is the last one made, unless ``calls`` is false: then it takes many to see the fault. ``example`` is
    Python to try instead, where one call shows nothing: a class is made, and then used.
    """

    def __init__(
        self, what: str, yours: str, expected: str, hint: str = "", calls: bool = True, example: str = ""
    ) -> None:
        super().__init__(what, yours, expected, hint)
        self.what, self.yours, self.expected, self.hint = what, yours, expected, hint
        self.calls, self.example = calls, example


def matrix(rows: list[list[float]], dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return the rows as a tensor."""
    return torch.tensor(rows, dtype=dtype, device="cpu")  # whatever the notebook has made the default


# ===================================================================================================================
# The checks of this notebook. A hint names what the answer's value is equal to; where that is not known, there is none.
# ===================================================================================================================


NOTEBOOK = "linear_mnist.ipynb"  # the file's name
HANDED_OUT: dict[str, str] = {
    "mnist.py": "eda02ff1574a63c58f0d9e21665537b1875c8abaaa365907369b3c72712c06c7",
}  # the files that were handed out with it, and a sum of what stands in them
TIME_LIMIT = "in the grading each call has 10 seconds"


TEXTS = ("derivation", "batch_size")  # the cells for written answers
HIDDEN_TESTS = "The hidden tests go further: other shapes, float32 and float64, very large and very small numbers."
NOT_CHECKED = "the grader trains with your functions; the cells under 'Does it learn?' show you one epoch"
FORBIDDEN = {
    torch.nn.functional.cross_entropy: "F.cross_entropy",
    torch.nn.functional.nll_loss: "F.nll_loss",
    torch.nn.functional.binary_cross_entropy: "F.binary_cross_entropy",
    torch.nn.functional.binary_cross_entropy_with_logits: "F.binary_cross_entropy_with_logits",
    torch.nn.functional.kl_div: "F.kl_div",
    torch.Tensor.backward: "backward",
    torch.autograd.grad: "torch.autograd.grad",
    torch.optim.Optimizer: "torch.optim",
}


# --- The right answers, as plain as can be -------------------------------------------------------------------------


def plain_logits(X: torch.Tensor, w: torch.Tensor) -> list[list[float]]:
    """Return X w, one example and one class at a time."""
    d, C = w.shape
    return [[sum(x[k] * w[k, c].item() for k in range(d)) for c in range(C)] for x in X.tolist()]


def log_of_sum(logits: Iterable[float]) -> float:
    """Return log(sum(exp(logits)))."""
    logits = list(logits)
    top = max(logits)  # taken out, so that exp never overflows
    return top + math.log(sum(math.exp(logit - top) for logit in logits))


def plain_loss(X: torch.Tensor, ystar: torch.Tensor, w: torch.Tensor) -> float:
    """Cross-entropy, one example and one class at a time."""
    total = 0.0
    for z, y in zip(plain_logits(X, w), ystar.tolist()):  # noqa: B905 (Python 3.9 has no zip(strict=...))
        total += sum(y[c] * (log_of_sum(z) - z[c]) for c in range(len(y)))
    return total / len(X)


def plain_gradient(X: torch.Tensor, ystar: torch.Tensor, w: torch.Tensor, h: float = 1e-5) -> torch.Tensor:
    """Slope of plain_loss along every weight, by central differences: (L(w + h) - L(w - h)) / 2h."""
    slope = torch.zeros_like(w)
    for index in range(w.numel()):
        step = torch.zeros_like(w)
        step.view(-1)[index] = h
        slope.view(-1)[index] = (plain_loss(X, ystar, w + step) - plain_loss(X, ystar, w - step)) / (2 * h)
    return slope


# 5 examples, 2 features, 3 classes: no two of N, N - 1, d and C are the same, so that a division by another one shows
X = matrix([[1.0, 2.0], [0.5, -1.0], [-2.0, 0.5], [1.5, 1.0], [0.0, -1.5]])
YSTAR = matrix([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
W = matrix([[0.3, -0.2, 0.1], [0.0, 0.5, -0.4]])
N, C = YSTAR.shape

# 1 example, 1 feature, 2 classes: logits 1000 and 0, and the right class is the second
X_LARGE, YSTAR_LARGE, W_LARGE = matrix([[1.0]]), matrix([[0.0, 1.0]]), matrix([[1000.0, 0.0]])
OVERFLOW = "the logits are 1000 and 0, and exp(1000) is more than a float can hold"


# --- Question 1: the loss ------------------------------------------------------------------------------------------


def wrong_losses(right: float) -> list[tuple[float, str]]:
    """Return wrong losses that are easily made, and what each of them is."""
    z = plain_logits(X, W)
    over_examples = [log_of_sum(column) for column in zip(*z)]  # noqa: B905
    labels = [row.index(1.0) for row in YSTAR.tolist()]
    wrong_axis = sum(over_examples[c] - z[n][c] for n, c in enumerate(labels)) / N
    no_log = -sum(math.exp(z[n][c] - log_of_sum(z[n])) for n, c in enumerate(labels)) / N
    return [
        (right * N, f"yours is {N} times the right loss, and there are {N} examples: their mean divides by N"),
        (right / C, f"yours is the right loss divided by {C}, the number of classes: divide by N alone"),
        (right * N / C, f"yours is the sum divided by {C}, the number of classes, not by {N}, the number of examples"),
        (right / N, f"yours is the right loss divided by {N} once more: divide by N only once"),
        (-right, "yours is the right loss with the other sign: the formula starts with a minus"),
        (right / math.log(2), "yours is the loss with the logarithm to base 2; it is the natural one here"),
        (right / math.log(10), "yours is the loss with the logarithm to base 10; it is the natural one here"),
        (wrong_axis, "yours is what comes out when the softmax adds up over the examples, not over the classes"),
        (no_log, "yours is what comes out without the logarithm"),
    ]


def loss_value(CE_loss: Callable[..., Any]) -> None:
    """Five examples, three classes."""
    right = plain_loss(X, YSTAR, W)
    loss = number(CE_loss(X.clone(), YSTAR.clone(), W.clone()), right, "the loss")
    compare("the loss", loss, right, wrong_losses(right))


def loss_float32(CE_loss: Callable[..., Any]) -> None:
    """The same numbers in float32."""
    right = plain_loss(X, YSTAR, W)
    loss = number(CE_loss(X.float(), YSTAR.float(), W.float()), right, "the loss in float32")
    compare("the loss in float32", loss, right, otherwise="in float64 your loss is right", tolerance=1e-5)


def loss_large_logits(CE_loss: Callable[..., Any]) -> None:
    """Logits of 1000 and 0: exp(1000) overflows, the loss doesn't."""
    loss = number(CE_loss(X_LARGE.clone(), YSTAR_LARGE.clone(), W_LARGE.clone()), 1000.0, "the loss for large logits")
    ends = [(-math.log(10.0**-k), f"1e-{k}") for k in range(4, 31)]
    ends += [(-math.log(torch.finfo(t).eps), "the eps") for t in (torch.float32, torch.float64)]
    ends += [(-math.log(torch.finfo(t).tiny), "the smallest float") for t in (torch.float32, torch.float64)]
    wrong = [
        (value, f"yours is -log of {name}: that is put into the probability or its logarithm") for value, name in ends
    ]
    hint = f"{OVERFLOW}: torch.logsumexp is safe, and so is taking the largest logit out before exp"
    compare("the loss for large logits", loss, 1000.0, wrong, not_finite=hint)


# --- Question 2: the gradient --------------------------------------------------------------------------------------


def wrong_gradients(right: torch.Tensor) -> list[tuple[torch.Tensor, str]]:
    """Return wrong gradients that are easily made, and what each of them is."""
    return [
        (-right, "yours is the right gradient with the other sign: it points down the hill, the gradient points up"),
        (right * N, f"yours is {N} times the right gradient, and there are {N} examples: divide by N"),
        (right * N / C, f"yours is the sum divided by {C}, the number of classes, not by {N}, the number of examples"),
        (right / C, f"yours is the right gradient divided by {C}, the number of classes: divide by N alone"),
        (right / N, f"yours is the right gradient divided by {N} once more: divide by N only once"),
        (-right * N, f"yours is {N} times the right gradient, with the other sign: divide by N, and mind the minus"),
    ]


def gradient_value(grad_func: Callable[..., Any]) -> None:
    """The slope of the loss along every weight."""
    right = plain_gradient(X, YSTAR, W)
    grad = tensor(grad_func(X.clone(), YSTAR.clone(), W.clone()), W, right, "the gradient", "w")
    otherwise = "expected is (L(w + h) - L(w - h)) / 2h for every weight: compare entry by entry"
    compare("the gradient", grad, right, wrong_gradients(right), otherwise)


def gradient_keeps_dtype(grad_func: Callable[..., Any]) -> None:
    """The same numbers in float32."""
    right = plain_gradient(X, YSTAR, W).float()
    grad = tensor(grad_func(X.float(), YSTAR.float(), W.float()), right, right, "the gradient in float32", "w")
    compare("the gradient in float32", grad, right, otherwise="in float64 your gradient is right", tolerance=1e-4)


def gradient_large_logits(grad_func: Callable[..., Any]) -> None:
    """Logits of 1000 and 0."""
    what, right = "the gradient for large logits", matrix([[1.0, -1.0]])
    grad = tensor(grad_func(X_LARGE.clone(), YSTAR_LARGE.clone(), W_LARGE.clone()), right, right, what, "w")
    hint = f"{OVERFLOW}: torch.softmax is safe, and so is taking the largest logit out before exp"
    compare(what, grad, right, not_finite=hint)


def gradient_leaves_inputs(grad_func: Callable[..., Any]) -> None:
    """X, ystar and w are the caller's."""
    inputs = {"X": X.clone(), "ystar": YSTAR.clone(), "w": W.clone()}
    grad_func(*inputs.values())
    for name, before in (("X", X), ("ystar", YSTAR), ("w", W)):
        unchanged(inputs[name], before, name)


# --- Question 3: a step of gradient descent with momentum ----------------------------------------------------------

ETA, BETA = 0.2, 0.7
MOMENTUM_START = {"w": [[1.0, -2.0]], "m": [[0.5, 1.5]]}
MOMENTUM_STEPS = (  # the gradient, and what w and m are after it
    {"grad": [[2.0, -1.0]], "w": [[0.53, -2.01]], "m": [[2.35, 0.05]]},
    {"grad": [[-1.0, 3.0]], "w": [[0.401, -2.617]], "m": [[0.645, 3.035]]},
)
WRONG_MOMENTUM = {  # after the first step
    "m": (
        ([[2.0, -1.0]], "yours is the gradient alone: what is left of the old m is missing"),
        ([[0.5, 1.5]], "yours is m as it came in: hand back the new m, so that the next step can go on from it"),
        ([[0.95, 0.75]], "yours is beta * m + (1 - beta) * grad: there is no (1 - beta) here"),
        ([[2.5, 0.5]], "yours is m + grad: beta is missing"),
        ([[1.9, 0.8]], "yours is m + beta * grad: beta goes with the old m"),
        ([[1.75, 0.35]], "yours is beta * (m + grad): beta goes with the old m alone"),
        ([[0.75, 0.85]], "yours is beta * m + eta * grad: eta comes in with w, not with m"),
        ([[-1.65, 2.05]], "yours is beta * m - grad: the gradient is added to m, and m is taken off w"),
        ([[-0.05, 1.25]], "yours is beta * m - eta * grad: the gradient is added to m, and eta comes in with w"),
    ),
    "w": (
        ([[1.0, -2.0]], "yours is w as it came in: hand back the new w"),
        ([[1.47, -1.99]], "yours is w + eta * m: that goes uphill"),
        ([[0.6, -1.8]], "yours is w - eta * grad: the step follows m, not grad"),
        ([[0.9, -2.3]], "yours is w - eta * m with the old m: the step follows the new one"),
        ([[-1.35, -2.05]], "yours is w - m: eta is missing"),
        ([[0.271, -1.807]], "yours is Nesterov's step, w - eta * (grad + beta * m); here it is w - eta * m"),
    ),
}


def check_parts(now: dict[str, Any], right: dict[str, Any], wrong: Any, when: str, order: tuple[str, ...]) -> None:
    """Raise WrongError for the first part that is not right; wrong has known wrong values by part, with hints."""
    for name in order:
        expected = matrix(right[name])
        value = tensor(now[name], expected, expected, f"{name} {when}", "w")
        known = [(matrix(rows), hint) for rows, hint in wrong.get(name, ())]
        compare(f"{name} {when}", value, expected, known)


def momentum_two_steps(sgd_momentum_step: Callable[..., Any]) -> None:
    """Two steps in a row."""
    now = {name: matrix(value) for name, value in MOMENTUM_START.items()}
    for step, right in enumerate(MOMENTUM_STEPS, start=1):
        grad = matrix(right["grad"])
        answer = answers(sgd_momentum_step(now["w"], now["m"], grad, ETA, BETA), ("w", "m"), f"step {step}")
        now = {"w": answer[0], "m": answer[1]}
        check_parts(now, right, WRONG_MOMENTUM if step == 1 else {}, f"after step {step}", order=("m", "w"))
        unchanged(grad, matrix(right["grad"]), "grad")


# --- Question 6: a step of Adam ------------------------------------------------------------------------------------

ADAM_SETTINGS = (0.1, 0.8, 0.95, 0.01)  # eta, beta_1, beta_2, epsilon
ADAM_START = {"w": [[1.0, -0.5]], "m": [[0.3, -0.2]], "v": [[0.5, 0.1]]}
ADAM_STEPS = (  # the number of the step, its gradient, and what w, m and v are after it
    {
        "t": 2,
        "grad": [[2.0, -1.0]],
        "w": [[0.9326898667, -0.4186661038]],
        "m": [[0.64, -0.36]],
        "v": [[0.675, 0.145]],
    },
    {
        "t": 3,
        "grad": [[0.5, 1.5]],
        "w": [[0.8743856729, -0.4205085969]],
        "m": [[0.612, 0.012]],
        "v": [[0.65375, 0.25025]],
    },
)
WRONG_ADAM = {  # after the first of these steps, t = 2
    "m": (
        ([[0.3, -0.2]], "yours is m as it came in: hand back the new m, so that the next step can go on from it"),
        ([[1.777777778, -1.0]], "yours is m with the bias correction: hand m back without it"),
        ([[2.24, -1.16]], "yours is beta_1 * m + grad: (1 - beta_1) is missing"),
        ([[2.0, -1.0]], "yours is the gradient alone: what is left of the old m is missing"),
        ([[0.385, -0.24]], "yours is the mean with beta_2: m takes beta_1, and v takes beta_2"),
        ([[1.66, -0.84]], "yours is (1 - beta_1) * m + beta_1 * grad: beta_1 goes with the old m"),
        ([[-0.16, 0.04]], "yours has a minus before the gradient: it is added to m, and the step is taken off w"),
    ),
    "v": (
        ([[0.5, 0.1]], "yours is v as it came in: hand back the new v, so that the next step can go on from it"),
        ([[6.923076923, 1.487179487]], "yours is v with the bias correction: hand v back without it"),
        ([[0.575, 0.045]], "yours takes the gradient itself: v is the mean of its squares"),
        ([[1.2, 0.28]], "yours is the mean with beta_1: m takes beta_1, and v takes beta_2"),
        ([[4.475, 1.095]], "yours is beta_2 * v + grad**2: (1 - beta_2) is missing"),
        ([[3.825, 0.955]], "yours is (1 - beta_2) * v + beta_2 * grad**2: beta_2 goes with the old v"),
    ),
    "w": (
        ([[1.0, -0.5]], "yours is w as it came in: hand back the new w"),
        ([[1.067310133, -0.5813338962]], "yours goes uphill: the step is taken off w"),
        ([[0.9230384271, -0.407878595]], "yours is the step without the bias corrections of m and v"),
        ([[0.7862178532, -0.2441072082]], "yours is the step with m corrected, but not v"),
        ([[0.975768352, -0.4707197974]], "yours is the step with v corrected, but not m"),
        ([[0.9324827937, -0.4182734688]], "yours has epsilon inside the root: it is added outside"),
        ([[0.9743580261, -0.4332077411]], "yours divides by the corrected v itself: the root is missing"),
        ([[0.9399912821, -0.4275546534]], "yours corrects m and v as in step 3, and this is step 2: t counts from 1"),
        ([[0.913143425, -0.3949174266]], "yours corrects m and v as in step 1, and this is step 2"),
        ([[0.9324340489, -0.417999159]], "yours is the step with epsilon = 0 or almost 0; given is 0.01"),
        ([[0.9993268987, -0.499186661]], "yours takes 0.001 for eta; given is 0.1"),
    ),
}  # fmt: skip


def adam_two_steps(adam_step: Callable[..., Any]) -> None:
    """Steps 2 and 3, in a row."""
    now = {name: matrix(value) for name, value in ADAM_START.items()}
    for right in ADAM_STEPS:
        t, grad = right["t"], matrix(right["grad"])
        answer = adam_step(now["w"], now["m"], now["v"], grad, t, *ADAM_SETTINGS)
        parts = answers(answer, ("w", "m", "v"), f"step t = {t}")
        now = dict(zip(("w", "m", "v"), parts))  # noqa: B905
        wrong = WRONG_ADAM if right is ADAM_STEPS[0] else {}
        check_parts(now, right, wrong, f"after step t = {t}", order=("m", "v", "w"))
        unchanged(grad, matrix(right["grad"]), "grad")


def adam_first_step(adam_step: Callable[..., Any]) -> None:
    """The first step with the default settings goes eta = 0.001 against the sign of the gradient."""
    what, right = "w after step t = 1 with the default settings", matrix([[0.999, -0.999]])
    start = matrix([[1.0, -1.0]])
    answer = adam_step(start.clone(), torch.zeros_like(start), torch.zeros_like(start), matrix([[3.0, -5.0]]), 1)
    w = tensor(answers(answer, ("w", "m", "v"), "step t = 1")[0], right, right, what, "w")
    defaults = (
        "the defaults are eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8; with settings given, your steps are right"
    )
    compare(what, w, right, otherwise=defaults)


# --- Question 5: an optimiser of one's own choice ------------------------------------------------------------------

BOWL_START, BOWL_END = [[2.0, -1.0], [0.5, 3.0]], [[0.5, 1.0], [-1.0, 0.0]]
RATES, BOWL_STEPS = (0.001, 0.01, 0.1), 100


def other_steps(other_step: Callable[..., Any], dtype: torch.dtype = torch.float64) -> None:
    """Three steps in a row hand back a new w like the old one, and leave grad alone."""
    start = matrix(BOWL_START, dtype)
    w, state = start.clone(), None
    for step in (1, 2, 3):
        given = matrix(BOWL_END, dtype) * step
        grad = given.clone()
        w, state = answers(other_step(w, state, grad, 0.01), ("w", "state"), f"step {step}")
        what = f"w after step {step} in {str(dtype)[6:]}"
        w = tensor(w, start, "a tensor", what, "w")
        if not bool(torch.isfinite(w).all()):
            raise WrongError(f"{what} is wrong", show(w), "finite numbers")
        unchanged(grad, given, "grad")


def other_steps_float32(other_step: Callable[..., Any]) -> None:
    """The same in float32."""
    other_steps(other_step, torch.float32)


def other_goes_down(other_step: Callable[..., Any]) -> None:
    """A hundred steps in a round bowl end nearer to its bottom, with one of the learning rates."""
    bottom = matrix(BOWL_END)
    before = float((matrix(BOWL_START) - bottom).norm())
    after = []
    for eta in RATES:
        w, state = matrix(BOWL_START), None
        for _ in range(BOWL_STEPS):
            w, state = other_step(w, state, w - bottom, eta)
        after.append(float((w - bottom).norm()))
    if not any(distance < before for distance in after):
        what = f"{BOWL_STEPS} steps in a bowl (grad = w - bottom) lead nowhere"
        ends = ", ".join(f"{distance:.4g} with eta = {eta:g}" for eta, distance in zip(RATES, after))  # noqa: B905
        expected = f"less than {before:.4g}, the distance at the start, with one of them"
        raise WrongError(what, f"the distance to the bottom is {ends}", expected, calls=False)


# --- How a stub shows: it returns what it was given, or nothing but zeros ------------------------------------------


def stub_loss(CE_loss: Callable[..., Any]) -> bool:
    """CE_loss returns 0 for everything."""
    return bool(CE_loss(X.clone(), YSTAR.clone(), W.clone()) == 0.0)


def stub_gradient(grad_func: Callable[..., Any]) -> bool:
    """grad_func returns nothing but zeros."""
    return not bool(grad_func(X.clone(), YSTAR.clone(), W.clone()).any())


def stub_momentum(sgd_momentum_step: Callable[..., Any]) -> bool:
    """The step returns w and m as they came."""
    w, m = matrix([[1.0, 2.0]]), matrix([[0.0, 3.0]])
    answer = sgd_momentum_step(w.clone(), m.clone(), matrix([[0.5, -1.0]]), 0.1, 0.9)
    return torch.equal(answer[0], w) and torch.equal(answer[1], m)


def stub_adam(adam_step: Callable[..., Any]) -> bool:
    """The step returns w, m and v as they came."""
    w, m, v = matrix([[1.0]]), matrix([[2.0]]), matrix([[3.0]])
    answer = adam_step(w.clone(), m.clone(), v.clone(), matrix([[1.0]]), 1)
    return torch.equal(answer[0], w) and torch.equal(answer[1], m) and torch.equal(answer[2], v)


def stub_other(other_step: Callable[..., Any]) -> bool:
    """The step returns w and state as they came."""
    w = matrix([[1.0, 2.0]])
    answer = other_step(w.clone(), None, matrix([[0.5, -1.0]]), 0.1)
    return torch.equal(answer[0], w) and answer[1] is None


QUESTIONS = by_name(
    Question("ce_loss", "CE_loss", stub_loss, (loss_value, loss_float32, loss_large_logits), forbidden=FORBIDDEN),
    Question(
        "grad_func",
        "grad_func",
        stub_gradient,
        (gradient_value, gradient_keeps_dtype, gradient_large_logits, gradient_leaves_inputs),
        forbidden=FORBIDDEN,
    ),
    Question("sgd_momentum", "sgd_momentum_step", stub_momentum, (momentum_two_steps,), forbidden=FORBIDDEN),
    Question(
        "other_step",
        "other_step",
        stub_other,
        (other_steps, other_steps_float32, other_goes_down),
        tested_at="converge_other",
        optional=True,
        forbidden=FORBIDDEN,
    ),
    Question("adam", "adam_step", stub_adam, (adam_two_steps, adam_first_step), forbidden=FORBIDDEN),
)


# ===================================================================================================================
# From here on nothing is about this notebook: comparing, running, telling.
# ===================================================================================================================


# --- Comparing -----------------------------------------------------------------------------------------------------


def show(value: Any, digits: int = 6) -> str:
    """Return a short readable form of an answer."""
    if isinstance(value, torch.Tensor):
        if value.numel() > 12 or value.is_complex() or value.layout != torch.strided:
            return f"a tensor of shape {tuple(value.shape)}, {str(value.dtype)[6:]}"
        rounded = [float(f"{entry:.{digits}g}") for entry in value.detach().flatten().tolist()]
        text = (
            str(torch.tensor(rounded, dtype=torch.float64, device="cpu").reshape(value.shape).tolist())
            if rounded
            else "[]"
        )
        return f"{text} ({str(value.dtype)[6:]})"
    if isinstance(value, float):
        return f"{value:.{digits}g}"
    return textwrap.shorten(repr(value), 80)


def show_both(value: Any, right: Any) -> tuple[str, str]:
    """Return both in a readable form, with as many digits as it takes to see that they differ."""
    for digits in (6, 9, 12):
        if show(value, digits) != show(right, digits):
            return show(value, digits), show(right, digits)
    return show(value, 17), show(right, 17)


NOTHING = "the function hands back nothing: does it end with a return?"


def number(value: Any, right: float, what: str) -> float:
    """Return value, which must be a Python (or NumPy) float."""
    numpy_float = type(value).__module__ == "numpy" and type(value).__name__.startswith(("float", "longdouble"))
    if isinstance(value, float) or numpy_float:
        return float(value)
    hint = NOTHING if value is None else ""
    if isinstance(value, torch.Tensor):
        one = value.numel() == 1
        hint = "a tensor with one number in it: float(...) makes a float of it" if one else "one number is wanted"
    elif type(value) is int:
        hint = "float(...) makes a float of it"
    raise WrongError(f"{what} is of the wrong kind", f"{kind(value)}: {show(value)}", f"a float: {show(right)}", hint)


def kind(value: Any) -> str:
    """Return what sort of thing value is, with its article."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def tensor(value: Any, like: torch.Tensor, right: Any, what: str, source: str) -> torch.Tensor:
    """Return value, which must be a tensor with the shape, dtype and device of like; source is like's name."""
    if not isinstance(value, torch.Tensor):
        expected = right if isinstance(right, str) else f"a tensor: {show(right)}"
        hint = NOTHING if value is None else f"{what} is to be a torch tensor"
        raise WrongError(f"{what} is of the wrong kind", f"{kind(value)}: {show(value)}", expected, hint)
    if value.shape != like.shape:
        yours, expected = f"shape {tuple(value.shape)}", f"shape {tuple(like.shape)}"
        raise WrongError(f"{what} has the wrong shape", yours, expected, f"it has the shape of {source}")
    if (value.dtype, value.device) != (like.dtype, like.device):
        yours, expected = f"{value.dtype} on {value.device}", f"{like.dtype} on {like.device}"
        raise WrongError(
            f"{what} has the wrong dtype or device", yours, expected, f"it keeps the dtype and device of {source}"
        )
    return value


def answers(value: Any, names: tuple[str, ...], what: str) -> list[Any]:
    """Return the parts of a tuple, list or named tuple."""
    expected = f"({', '.join(names)})"
    if not isinstance(value, (tuple, list)):
        hint = NOTHING if value is None else f"end with return {', '.join(names)}"
        raise WrongError(f"{what} hands back something else than asked for", kind(value), expected, hint)
    if len(value) != len(names):
        values = "1 value" if len(value) == 1 else f"{len(value)} values"
        raise WrongError(
            f"{what} hands back something else than asked for", values, expected, f"end with return {', '.join(names)}"
        )
    return list(value)


def compare(
    what: str,
    value: Any,
    right: Any,
    wrong: Iterable[tuple[Any, str]] = (),
    otherwise: str = "",
    not_finite: str = "",
    tolerance: float = 1e-6,
) -> None:
    """Raise WrongError unless value is right; a known wrong value picks the hint."""

    def close(candidate: Any) -> bool:
        a, b = (torch.as_tensor(one, dtype=torch.float64, device="cpu") for one in (value, candidate))
        return torch.allclose(a, b, rtol=tolerance, atol=tolerance)

    if close(right):
        return
    yours, expected = show_both(value, right)
    if not bool(torch.isfinite(torch.as_tensor(value, device="cpu")).all()):
        raise WrongError(f"{what} is wrong", yours, expected, not_finite)
    hint = next((hint for known, hint in wrong if close(known)), otherwise)
    raise WrongError(f"{what} is wrong", yours, expected, hint)


def unchanged(value: torch.Tensor, before: torch.Tensor, name: str) -> None:
    """Raise WrongError when the function has written into an input it must leave alone."""
    if not torch.equal(value, before):
        yours, expected = f"{name} is now {show(value)}", f"{name} stays {show(before)}"
        raise WrongError(f"{name} is changed", yours, expected, f"something writes into {name}")


# --- What a student can copy and run -------------------------------------------------------------------------------


class LastCall:
    """What a student's functions and classes were last called with."""

    def __init__(self) -> None:
        self.name = ""
        self.arguments: tuple[Any, ...] = ()
        self.settings: dict[str, Any] = {}

    def remembering(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same, and is remembered here when it is called."""

        def call(*arguments: Any, **settings: Any) -> Any:
            self.name, self.arguments, self.settings = name, copied(arguments), copied(settings)  # may be written into
            return function(*arguments, **settings)

        call.__wrapped__ = function  # type: ignore[attr-defined]  # for a check that asks what class an object has
        return call

    def python(self) -> str:
        """Return the last call as Python, "" if there was none."""
        given = [literal(one) for one in self.arguments]
        given += [f"{name}={literal(one)}" for name, one in self.settings.items()]
        return f"{self.name}({', '.join(given)})" if self.name else ""


def copied(value: Any) -> Any:
    """Return a copy of tensors, and of lists, tuples and dictionaries of them; anything else as it is."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if type(value) in (list, tuple):
        return type(value)(copied(one) for one in value)
    return {key: copied(one) for key, one in value.items()} if type(value) is dict else value


def literal(value: Any) -> str:
    """Return Python that makes the value; what can't be written is shortened."""
    if isinstance(value, torch.Tensor) and value.numel() <= 100:
        return f"torch.tensor({nested(value.tolist(), value.dtype)}, dtype={value.dtype})"
    if type(value) in (list, tuple):
        inner = ", ".join(literal(one) for one in value)
        return f"[{inner}]" if type(value) is list else f"({inner}{',' if len(value) == 1 else ''})"
    if type(value) is dict:
        return "{" + ", ".join(f"{key!r}: {literal(one)}" for key, one in value.items()) + "}"
    return textwrap.shorten(repr(value), 80)


def nested(value: Any, dtype: torch.dtype) -> str:
    """Return nested lists of numbers as Python, each with as few digits as make the same number."""
    if isinstance(value, list):
        return f"[{', '.join(nested(one, dtype) for one in value)}]"
    if isinstance(value, float) and math.isfinite(value):
        texts = (f"{value:.{digits}g}" for digits in range(1, 18))
        return repr(float(next((text for text in texts if rounded_to(float(text), dtype) == value), repr(value))))
    return repr(value) if not isinstance(value, float) else f'float("{value}")'


def rounded_to(value: float, dtype: torch.dtype) -> float:
    """Return the number of that dtype next to value."""
    return float(torch.tensor(value, dtype=dtype, device="cpu"))


# --- When two files say the same -----------------------------------------------------------------------------------


def as_handed_out(content: bytes) -> bytes:
    """Return what stands in a file, whatever a system or an editor has made of its line ends."""
    mark = b"\xef\xbb\xbf"
    return (content[len(mark) :] if content.startswith(mark) else content).replace(b"\r\n", b"\n").rstrip()


def sum_of(content: bytes) -> str:
    """Return a sum of what stands in a file."""
    return hashlib.sha256(as_handed_out(content)).hexdigest()


# --- The files that were handed out with the notebook --------------------------------------------------------------


def notes_on_files(folder: Path, said: list[str]) -> list[str]:
    """Return what is to be said of files that are missing beside the notebook, or not as they were handed out.

    A file of which it is said already that it is missing is left out.
    """
    notes = []
    for name, total in HANDED_OUT.items():
        found = next((path for path in (folder / name, HERE.parent / name) if path.is_file()), None)
        if found is None and not any(f"{name} is missing" in note for note in said):
            notes.append(f"{name} is missing: it was handed out with the notebook. Put it beside the notebook.")
        elif found is not None and sum_of(found.read_bytes()) != total:
            notes.append(f"{name} is not as it was handed out: in the grading, what was handed out counts.")
    return notes


# --- Which line is the student's -----------------------------------------------------------------------------------


LIBRARIES = tuple(str(Path(file).resolve().parent) for file in (os.__file__, Path(torch.__file__).parent))


def is_students(file: str) -> bool:
    """Return whether a file is the student's own: a cell or a module beside the notebook."""
    ours = file == __file__ or file.startswith(("<frozen", *LIBRARIES)) or Path(file).name in (HERE.name, *HANDED_OUT)
    return not ours and "site-packages" not in file and "dist-packages" not in file


def place(file: str, line: int) -> str:
    """Return where a line of the student's stands, and the line."""
    cell = re.fullmatch(r"<(cell \d+)>", file)
    text = textwrap.shorten(linecache.getline(file, line).strip(), 200)
    return f"{f'{cell[1]}, ' if cell else ''}line {line}{f': {text}' if text else ''}"


def raised_at(error: BaseException) -> str:
    """Return the last line of the student's that the error has passed, or ""."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_students(frame.filename)]
    return place(frames[-1].filename, frames[-1].lineno or 0) if frames else ""


def busy_at(frame: FrameType | None) -> str:
    """Return the line of the student's that is running in a frame or its callers, or ""."""
    while frame is not None:
        if is_students(frame.f_code.co_filename):
            return place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return ""


# --- Running a check -----------------------------------------------------------------------------------------------


class ForbiddenError(Exception):
    """The answer used something the rules don't allow."""


class Watch(TorchFunctionMode):
    """Within this block functions of torch that aren't allowed raise ForbiddenError, under whatever name."""

    def __init__(self, forbidden: Mapping[Any, str]) -> None:
        super().__init__()
        self.forbidden = forbidden

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Pass everything on but what is forbidden."""
        if func in self.forbidden:
            raise ForbiddenError(self.forbidden[func])
        return func(*args, **(kwargs or {}))


def forbidding(name: str) -> Callable[..., None]:
    """Return what stands in for the __init__ of a class that isn't allowed."""

    def refuse(*_: Any, **__: Any) -> None:
        raise ForbiddenError(name)

    return refuse


@contextmanager
def rules(question: Question) -> Iterator[None]:
    """Let the answer run as the hidden tests do: under no_grad, and without what is forbidden."""
    with ExitStack() as stack:
        stack.enter_context(torch.enable_grad() if question.autograd else torch.no_grad())
        for one, name in question.forbidden.items():
            if isinstance(one, type):
                stack.enter_context(mock.patch.object(one, "__init__", forbidding(name)))
        stack.enter_context(Watch(question.forbidden))
        yield


def in_time(work: Callable[[], Any], seconds: float) -> Any:
    """Return work(), or raise TimeoutError(the line it is at): it runs in a thread, which nothing waits for."""
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["value"] = work()
        except BaseException as error:  # exit() in a notebook is no reason to stop checking
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        at = busy_at(sys._current_frames().get(thread.ident or 0))
        # ends a loop of Python code at its next line, so that it doesn't keep the processor busy
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
        raise TimeoutError(at)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def under_rules(question: Question, answer: tuple[Callable[..., Any], ...]) -> str:
    """Run the checks of one question the way the hidden tests do: positionally, by the rules. Return the state."""
    with rules(question):
        with suppress(Exception):  # a stub never raises; what does is judged by the checks below
            if question.is_stub(*answer):
                return "stub"
        for one_check in question.checks:
            one_check(*answer)
    return "passed"


# --- Judging one question ------------------------------------------------------------------------------------------


def judge(question: Question, answer: Any, advice: Callable[[str], str] = lambda name: "") -> Result:
    """Return what the public checks say about an answer: a function or class, or a tuple of them where it has several.

    advice says what is known about a name that isn't defined, or "".
    """
    parts = answer if isinstance(answer, tuple) else (answer,)
    for index, name in enumerate(question.names):
        part = parts[index] if index < len(parts) else None
        if not callable(part):
            found = f"no {question.what} of this name" if part is None else show(part)
            hint = advice(name) or "it is looked for where its check stands; is its name still the same?"
            return Result(question.name, "missing", found, f"a {question.what}", hint, name)
    last = LastCall()
    given = tuple(last.remembering(name, part) for name, part in zip(question.names, parts))  # noqa: B905

    def wrong(error: BaseException, what: str, yours: str, expected: str, hint: str = "") -> Result:
        return Result(question.name, "wrong", yours, expected, hint, what, raised_at(error), last.python())

    returns = f"{question.function}(...) returns"
    try:
        state = in_time(lambda: under_rules(question, given), CHECK_SECONDS)
    except WrongError as error:
        call = error.example or (last.python() if error.calls else "")
        yours, expected, hint = error.yours, error.expected, error.hint
        return Result(question.name, "wrong", yours, expected, hint, error.what, "", call)
    except ForbiddenError as error:
        rules = "see the rules: it is not allowed here"
        return wrong(error, "it uses what is not allowed", f"it uses {error}", "your own formula", rules)
    except TimeoutError as error:
        call, yours = last.python(), f"nothing within {CHECK_SECONDS:g} s"
        return Result(question.name, "wrong", yours, returns, TIME_LIMIT, "it has not ended", str(error), call)
    except BaseException as error:
        if not isinstance(error, NotImplementedError) or error.args:  # torch raises it, too, and says why
            text = textwrap.shorten(f"{type(error).__name__}: {error}", 300)
            return wrong(error, "it stops with an error", text, returns, about(error, advice))
        state = "stub"
    if state == "stub":
        hint = "write your answer where it says YOUR CODE HERE"
        if question.what == "function":
            hint += "; if you have, its result does not reach the return"
        return Result(question.name, state, "the same as from the stub", "", hint)
    return Result(question.name, state)


def about(error: BaseException, advice: Callable[[str], str]) -> str:
    """Return what is known about an error in a student's function, or ""."""
    if isinstance(error, ModuleNotFoundError):
        return install(error)
    if isinstance(error, SystemExit):
        return "it ends Python (exit, quit or sys.exit)"
    if isinstance(error, TypeError) and not raised_at(error):
        return "it is called by position: keep the number, the order and the default settings of its arguments"
    undefined = undefined_name(error)
    return advice(undefined) if undefined else ""


def undefined_name(error: BaseException) -> str:
    """Return the name that a NameError misses, or ""."""
    found = re.search(r"name '(\w+)' is not defined", str(error)) if type(error) is NameError else None
    return found[1] if found else ""


PACKAGES = {  # what to install for a module
    **{name: name for name in ("matplotlib", "numpy", "pandas", "scipy", "seaborn", "torchvision", "tqdm")},
    "sklearn": "scikit-learn",
    "PIL": "pillow",
    "cv2": "opencv-python",
    "skimage": "scikit-image",
}


def install(error: BaseException) -> str:
    """Return what to do about a module that can't be imported, or ""."""
    found = re.search(r"No module named '?([\w.]+)", str(error))
    if found is None:
        return ""
    name = found[1].split(".")[0]
    if f"{name}.py" in HANDED_OUT:
        return f"{name}.py was handed out with the notebook: put it beside the notebook"
    if name == "google":
        return "google.colab is there on Colab only; without it that line does nothing and costs nothing"
    if name in PACKAGES:
        return f"to install it, run {PYTHON} -m pip install {PACKAGES[name]}"
    packaged = f"if {name} is a package, run {PYTHON} -m pip install {name}"
    return f"{packaged}; if it is a file of yours, put it beside the notebook"


# --- Telling -------------------------------------------------------------------------------------------------------


def passes(result: Result) -> bool:
    """Return whether nothing more is asked of this question."""
    return result.state == "passed" or (result.state == "stub" and QUESTIONS[result.question].optional)


def terminal_width(most: int) -> int:
    """Return the columns there are, at most that many."""
    return max(min(shutil.get_terminal_size((most, 24)).columns, most), 20)


def described(result: Result, question: Question, width: int) -> str:
    """Return all that is known about one question: its state, and below it what to look at."""
    lines = [wrapped(f"{mark(result.state)} {result.question}: {summary(result, question)}", width, "    ")]
    for label, text in (
        ("came back", result.yours),
        ("expected", result.expected),
        ("hint", result.hint),
        ("your line", result.line),
    ):
        if text:
            lines.append(wrapped(f"    {label:<11}{text}", width, " " * (15 if width >= 60 else 6)))
    if result.call:
        lines += [wrapped("    to try it, copy this:", width, "    "), wrapped(result.call, width, "    ")]
    return "\n".join(lines)


def wrapped(text: str, width: int, indent: str) -> str:
    """Return the text in lines of at most width columns, if its words allow that; Python stays Python."""
    lines = textwrap.wrap(
        text,
        width,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
        drop_whitespace=True,
        replace_whitespace=True,
    )
    return "\n".join(lines)


def summary(result: Result, question: Question) -> str:
    """Return the words that follow a question's name."""
    if result.state == "passed":
        return f"the public checks pass. {HIDDEN_TESTS}"
    if result.state == "stub":
        return "not answered (optional)" if question.optional else "not answered yet"
    return f"not yet, {result.what}" if result.state == "wrong" else f"there is no {question.what} {result.what}"


def mark(state: str) -> str:
    """Return the sign for a state, in letters where the console can't show it."""
    signs = {"passed": ("✓", "OK"), "stub": ("…", "--")}.get(state, ("✗", "X"))
    try:
        "✓✗…".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return signs[1]
    return signs[0]


# --- Checking in the notebook --------------------------------------------------------------------------------------


class NotPassedError(Exception):
    """The check of a function has not passed; the message is what a student reads."""

    def _render_traceback_(self) -> list[str]:
        """Let Jupyter show the message alone."""
        return str(self).split("\n")


def check(answer: Any, question: str | None = None) -> None:
    """Check one answer and print what came of it.

    Where `nbgrader validate` runs the notebook, raise NotPassedError instead for what has not passed.

    Args:
        answer: your function or class; where a question asks for several, a tuple of them.
        question: which question it answers (a name in QUESTIONS); when left out, the answer's own name tells.

    """
    name = question or getattr(answer[0] if isinstance(answer, tuple) and answer else answer, "__name__", "")
    found = [one for one in QUESTIONS.values() if name in (one.name, *one.names)]
    if found:
        result = judge(found[0], answer)
        text, fine = described(result, found[0], terminal_width(80)), passes(result)
    else:
        names = ", ".join(f'"{one}"' for one in QUESTIONS)
        text = f"Which question is {name or answer!r}? Say check(my_function, question), question one of {names}."
        fine = False
    if not fine and os.environ.get("NBGRADER_EXECUTION") == "validate":
        raise NotPassedError(text)
    print(text)


# --- Reading a notebook --------------------------------------------------------------------------------------------


class UnreadableError(Exception):
    """The notebook can't be read; the message says why and what to do."""


def find_notebook(named: str | None) -> Path:
    """Return the notebook that was named, or the one beside this file."""
    if named:
        path = Path(named)
        if not path.is_file():
            raise UnreadableError(f"There is no file {named}.")
        return path
    folder = Path(__file__).resolve().parent
    notebooks = sorted(folder.glob("*.ipynb"))
    usual = folder / NOTEBOOK
    if usual in notebooks or len(notebooks) == 1:
        return usual if usual in notebooks else notebooks[0]
    if not notebooks:
        raise UnreadableError(f"There is no notebook in {folder}. Say which one: python selfcheck.py NOTEBOOK")
    names = ", ".join(path.name for path in notebooks)
    raise UnreadableError(f"There are several notebooks ({names}). Say which: python selfcheck.py {notebooks[0].name}")


def read_cells(path: Path) -> list[dict[str, Any]]:
    """Return the notebook's cells."""
    advice = "Open it in Jupyter, save it, and try again."
    try:
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
        if notebook.get("nbformat") != 4:
            raise UnreadableError(f"{path.name} has the notebook format {notebook.get('nbformat')}, not 4. {advice}")
        cells = notebook["cells"]
        return [{**cell, "source": "".join(cell["source"]), "metadata": cell.get("metadata", {})} for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(f"{path.name} is not a notebook that can be read ({error}). {advice}") from error


def tested_question(cell: dict[str, Any]) -> str | None:
    """Return the question a test cell is for, None for other cells."""
    tag = cell["metadata"].get("nbgrader", {})
    name = str(tag.get("grade_id", ""))
    is_test = tag.get("grade") and not tag.get("solution") and name.startswith("test_")
    return name[len("test_") :] if is_test else None


PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")
SHELL_LINE = re.compile(r"^(\s*)(%|!|\?).*$|^(\s*)[\w.]+\?{1,2}\s*$")
SHELL_VALUE = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")


def plain_python(source: str) -> str:
    """Return a cell's Python without what only Jupyter understands; line numbers stay."""
    if source.lstrip().startswith("%%"):
        magic, _, body = source.lstrip().partition("\n")
        source = f"\n{body}" if magic.split()[0] in PYTHON_MAGICS else ""
    try:
        ast.parse(source)
        return source  # "%" at the start of a line may well be Python
    except SyntaxError:
        lines = [SHELL_VALUE.sub(r"\1None", line) for line in source.split("\n")]
        return "\n".join(SHELL_LINE.sub(lambda found: f"{found[1] or found[3] or ''}pass", line) for line in lines)


# --- Running a notebook --------------------------------------------------------------------------------------------


class Silence:
    """Takes the place of get_ipython() and display: whatever is asked of it, nothing happens."""

    def __getattr__(self, name: str) -> Silence:
        """Answer every question with itself."""
        return self

    def __call__(self, *_: Any, **__: Any) -> None:
        """Do nothing."""


def notebook_names() -> dict[str, Any]:
    """Return the names a notebook starts with."""
    module = ModuleType("__main__")
    sys.modules["__main__"] = module  # where Python looks for classes the notebook defines
    module.__dict__.update(get_ipython=lambda: Silence(), display=Silence(), input=no_input)
    return module.__dict__


def no_input(prompt: object = "") -> str:
    """Stand in for input()."""
    raise EOFError("input() has nobody to ask here")


class Running:
    """A notebook being run: its names, the names whose import has failed, the cells that stopped, and notes."""

    def __init__(self) -> None:
        self.names = notebook_names()
        self.lost: dict[str, int] = {}  # name: the cell whose import of it has failed
        self.stopped: dict[int, str] = {}  # cell: its source
        self.notes: list[str] = []

    def run(self, index: int, source: str) -> None:
        """Run one cell; note where it fails."""
        file = f"<cell {index}>"
        text = plain_python(source)
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        try:
            statements = [(one, compile(one, file, "exec")) for one in separate(text, file)]
            spares = any(imports(one.body[-1], "torch") for one, _ in statements)

            def steps() -> None:
                for one, code in statements:
                    self.step(index, code, one.body[-1], spares)

            in_time(steps, CELL_SECONDS)
        except TimeoutError as error:
            self.stop(index, source, f"ran for more than {CELL_SECONDS:g} s and was left out", str(error))
        except BaseException as error:
            reason, line = textwrap.shorten(f"{type(error).__name__}: {error}", 200), raised_at(error)
            says_it = len(str(error)) > 30 and str(error)[:30] in line  # raise Error("these very words")
            self.stop(index, source, f"stopped with {reason}", "" if says_it else line, install(error))

    def stop(self, index: int, source: str, what: str, line: str, advice: str = "") -> None:
        """Note that a cell has not run to its end."""
        self.stopped[index] = source
        line = line.replace(f"cell {index}, ", "", 1)
        self.notes.append(
            f"Cell {index} {what}{f' ({line})' if line else ''}." + (f" Hint: {advice}." if advice else "")
        )

    def step(self, index: int, code: Any, statement: ast.stmt, spares: bool) -> None:
        """Run one statement of a cell.

        An import that fails costs its own names, not the rest of the cell; so does any line beside the import of torch.
        """
        try:
            exec(code, self.names)
        except ImportError as error:
            if not isinstance(statement, (ast.Import, ast.ImportFrom)):
                raise
            self.lost.update(dict.fromkeys(bound(statement), index))
            needs = install(error) or f"{type(error).__name__}: {error}"
            self.notes.append(f"Cell {index} goes on without {ast.unparse(statement)}: {needs}.")
        except Exception as error:
            if undefined_name(error) in self.lost:
                return  # the import has been noted
            if not spares:
                raise
            reason = textwrap.shorten(f"{type(error).__name__}: {error}", 160)
            line = raised_at(error).replace(f"cell {index}, ", "", 1)
            self.notes.append(f"Cell {index} goes on after an error: {reason} ({line}).")

    def answer_to(self, question: Question) -> tuple[Any, ...]:
        """Return the functions or classes that answer a question, as they are defined now."""
        return tuple(self.names.get(name) for name in question.names)

    def has_another(self, question: Question, tried: tuple[Any, ...]) -> bool:
        """Return whether something else answers a question now."""
        return any(one is not before for one, before in zip(self.answer_to(question), tried))  # noqa: B905

    def advice(self, name: str) -> str:
        """Return what is known about a name that isn't defined, or ""."""
        if name in self.lost:
            return f"the import of {name} has failed: see the note on cell {self.lost[name]}"
        defines = re.compile(rf"^\s*(def|class) {re.escape(name)}\b|^{re.escape(name)}\s*=", re.MULTILINE)
        found = next((index for index, source in self.stopped.items() if defines.search(source)), None)
        return f"cell {found}, which defines {name}, did not run to its end: see the note on it" if found else ""


def separate(text: str, file: str) -> list[ast.Module]:
    """Return a cell's statements as modules, one import in each, with what the cell imports from __future__."""
    body: list[ast.stmt] = []
    for one in ast.parse(text, file).body:
        parts = (
            [ast.copy_location(ast.Import([name]), one) for name in one.names] if isinstance(one, ast.Import) else [one]
        )
        body += parts
    future = [one for one in body if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
    rest = [one for one in body if one not in future]
    if rest:
        compile(ast.Module([*future, *rest], []), file, "exec")  # raises SyntaxError for the cell as a whole
    return [ast.Module([*future, one], []) for one in rest]


def imports(statement: ast.stmt, module: str) -> bool:
    """Return whether a statement imports a module or something of it."""
    if isinstance(statement, ast.Import):
        return any(name.name.split(".")[0] == module for name in statement.names)
    return isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] == module


def bound(statement: ast.Import | ast.ImportFrom) -> list[str]:
    """Return the names an import defines."""
    return [(name.asname or name.name).split(".")[0] for name in statement.names]


@dataclass
class Found:
    """What the check of a notebook has found."""

    results: list[Result]
    notes: list[str]


def run_cells(cells: list[dict[str, Any]], tell: Callable[[str], None] = lambda where: None) -> Found:
    """Run the code cells, check each question at its test cell; return the results and notes on failed cells.

    tell is called with each place in the notebook before it is run.
    """
    running = Running()
    results: dict[str, Result] = {}
    tried: dict[str, tuple[Any, ...]] = {}  # by question: what was checked
    by_cell = {one.tested_at or name: one for name, one in QUESTIONS.items()}

    def judged(question: Question) -> None:
        tell(f"{question.function}(...)")
        tried[question.name] = running.answer_to(question)
        results[question.name] = judge(question, tried[question.name], running.advice)

    for index, cell in enumerate(cells, start=1):
        tested = tested_question(cell)
        if cell.get("cell_type") != "code" or "skip-execution" in cell["metadata"].get("tags", []):
            continue
        if tested is None:
            tell(f"cell {index}")
            running.run(index, cell["source"])
        elif tested in by_cell:
            judged(by_cell[tested])
    for question in QUESTIONS.values():  # its test cell was deleted, or its stub left as it was: the end counts
        is_stub = question.name in results and results[question.name].state == "stub"
        if question.name not in results or (is_stub and running.has_another(question, tried[question.name])):
            judged(question)
    return Found([results[name] for name in QUESTIONS], running.notes)


# --- What is open --------------------------------------------------------------------------------------------------


PLACEHOLDER = "YOUR ANSWER HERE"


def open_texts(cells: list[dict[str, Any]]) -> list[str]:
    """Return what is to be said of written answers that aren't there."""
    found = {str(cell["metadata"].get("nbgrader", {}).get("grade_id")): cell["source"] for cell in cells}
    missing = [f"{name}: its cell is not in the notebook" for name in TEXTS if name not in found]
    empty = [name for name in TEXTS if name in found and not found[name].replace(PLACEHOLDER, "").strip()]
    return [f"{name}: the text is still to be written" for name in empty] + missing


def not_checked(cells: list[dict[str, Any]]) -> list[str]:
    """Return the questions of the notebook that have no public check."""
    tested = [tested_question(cell) for cell in cells]
    return [name for name in tested if name and name not in QUESTIONS]


def report(found: Found, cells: list[dict[str, Any]], width: int) -> str:
    """Return all there is to say about a notebook."""
    parts = []
    states = {"passed": "passes", "stub": "not answered yet", "wrong": "not yet", "missing": "not found"}
    size = max((len(name) for name in QUESTIONS), default=0)
    for result in found.results:
        optional = " (optional)" if QUESTIONS[result.question].optional else ""
        parts.append(f"{mark(result.state):<2} {result.question:<{size}}  {states[result.state]}{optional}")
    for result in found.results:
        if result.state in ("wrong", "missing"):
            parts.append("\n" + described(result, QUESTIONS[result.question], width))
    parts += ["", *(wrapped(f"Note: {note}", width, "    ") for note in found.notes)]
    counted = [one for one in found.results if not QUESTIONS[one.question].optional]
    passed = sum(one.state == "passed" for one in counted)
    parts.append(wrapped(f"{passed} of {len(counted)} questions pass the public checks. {HIDDEN_TESTS}", width, ""))
    stubs = [QUESTIONS[one.question] for one in counted if one.state == "stub"]
    still = [f"{one.name}: the {one.what} is still to be written" for one in stubs]
    still += open_texts(cells)
    parts += ["", "Still open:", *(wrapped(f"  - {line}", width, "    ") for line in still)] if still else []
    unchecked = not_checked(cells)
    if unchecked:
        parts += ["", wrapped(f"Not checked here: {', '.join(unchecked)} ({NOT_CHECKED}).", width, "    ")]
    return "\n".join(parts)


@contextmanager
def silence() -> Iterator[None]:
    """Throw away what is printed in this block."""
    # not into memory: a cell may print for ever
    with Path(os.devnull).open("w", encoding="utf-8") as out, redirect_stdout(out), redirect_stderr(out):
        yield


# --- In a process of its own: what ends Python there (os._exit, a crash) doesn't end the check ---------------------


CHILD = "--in-child"  # for this file's own use


class UnfinishedError(Exception):
    """The notebook ended the process that ran it; the message says where."""


def run_apart(path: Path, cells: int) -> Found:
    """Run the notebook in another Python; return the results and notes it found."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, str(Path(__file__).resolve()), CHILD, str(path), str(report)]
        limit = CELL_SECONDS * cells + CHECK_SECONDS * len(QUESTIONS) + 60
        try:
            no = subprocess.DEVNULL
            done = subprocess.run(command, timeout=limit, check=False, stdin=no, stdout=no, stderr=no)
            end = f"exit status {done.returncode}"
        except subprocess.TimeoutExpired:
            end = f"no end within {limit:g} s"
        found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    if "results" not in found:
        raise UnfinishedError(f"{found.get('at', 'the start')} ended Python itself ({end})")
    return Found([Result(**result) for result in found["results"]], found["notes"])


def run_as_child(path: Path, report: Path) -> None:
    """Run the notebook here; write to the report where it is, and what was found once all is done."""

    def write(**found: Any) -> None:
        fresh = report.with_suffix(".new")
        fresh.write_text(json.dumps(found), encoding="utf-8")
        fresh.replace(report)  # all of it or nothing, however this process ends

    os.environ["MPLBACKEND"] = "Agg"  # no windows
    os.environ.pop("NBGRADER_EXECUTION", None)  # a check in a cell has nobody to tell
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    sys.modules["selfcheck"] = sys.modules[__name__]
    with silence():
        found = run_cells(read_cells(path), lambda where: write(at=where))
    notes = [*notes_on_files(path.parent, found.notes), *found.notes]
    write(results=[vars(result) for result in found.results], notes=notes)


def main(arguments: list[str]) -> int:
    """Check a notebook, print what was found; return the exit status."""
    out = sys.stdout
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="replace")  # a console that can't show a character shows "?"
    if arguments and arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    try:
        path = find_notebook(arguments[0] if arguments else None).resolve()
        cells = read_cells(path)
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Checking {path.name} ...", flush=True)
    try:
        found = run_apart(path, len(cells))
    except UnfinishedError as error:
        print(f"The check could not be finished: {error}.")
        print("Look there for os._exit, for a crash in compiled code, or for too much memory, and check again.")
        return 1
    print(f"\n{report(found, cells, terminal_width(100))}")
    return 0 if all(passes(result) for result in found.results) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        run_as_child(Path(sys.argv[2]), Path(sys.argv[3]))
        os._exit(0)  # without waiting for a cell that never ends
    sys.exit(main(sys.argv[1:]))
