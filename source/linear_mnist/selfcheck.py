"""Check your answers before you hand them in: a few small public checks for every question.

In a terminal::

    python selfcheck.py                  # checks the notebook beside this file
    python selfcheck.py my_notebook.ipynb

In the notebook::

    from selfcheck import check
    check(CE_loss)                       # one question, found by the function's name
    check(my_function, "ce_loss")        # ... or named

The exit status is 0 when all checks pass, 1 when not, 2 when the notebook can't be read. In a terminal the notebook
runs in a process of its own, so that nothing in it can end the check. The expected values come from plain formulas
below: read them! The hidden tests, which give the points, follow the same rules and go further.
Needs Python 3.9 or newer and torch, nothing else.
"""

from __future__ import annotations

import ast
import ctypes
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode

CHECK_SECONDS = 10.0  # for the checks of one question
CELL_SECONDS = 30.0  # for one cell of the notebook
HIDDEN_TESTS = "The hidden tests go further: other shapes, float32 and float64, very large and very small numbers."


class WrongError(Exception):
    """A check that failed: what came back, what was expected, a hint."""

    def __init__(self, yours: str, expected: str, hint: str) -> None:
        super().__init__(yours, expected, hint)
        self.yours, self.expected, self.hint = yours, expected, hint


@dataclass(frozen=True)
class Question:
    """One question: the function's name, how to recognise its stub, its public checks."""

    name: str
    function: str
    is_stub: Callable[[Callable[..., Any]], bool]
    checks: tuple[Callable[[Callable[..., Any]], None], ...]


@dataclass(frozen=True)
class Result:
    """What the public checks say about one question; state is "passed", "wrong", "stub" or "missing"."""

    question: str
    state: str
    yours: str = ""
    expected: str = ""
    hint: str = ""


# --- The right answers, as plain as can be -------------------------------------------------------------------------


def matrix(rows: list[list[float]], dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return the rows as a tensor."""
    return torch.tensor(rows, dtype=dtype)


def plain_loss(X: torch.Tensor, ystar: torch.Tensor, w: torch.Tensor) -> float:
    """Cross-entropy, one example and one class at a time."""
    total = 0.0
    for x, y in zip(X.tolist(), ystar.tolist()):  # noqa: B905 (Python 3.9 has no zip(strict=...))
        logits = [sum(x[k] * w[k, c].item() for k in range(len(x))) for c in range(len(y))]
        top = max(logits)  # taken out, so that exp never overflows
        log_sum = top + math.log(sum(math.exp(logit - top) for logit in logits))
        total += sum(y[c] * (log_sum - logits[c]) for c in range(len(y)))
    return total / len(X)


def plain_gradient(X: torch.Tensor, ystar: torch.Tensor, w: torch.Tensor, h: float = 1e-5) -> torch.Tensor:
    """Slope of plain_loss along every weight, by central differences: (L(w + h) - L(w - h)) / 2h."""
    slope = torch.zeros_like(w)
    for index in range(w.numel()):
        step = torch.zeros_like(w)
        step.view(-1)[index] = h
        slope.view(-1)[index] = (plain_loss(X, ystar, w + step) - plain_loss(X, ystar, w - step)) / (2 * h)
    return slope


# 3 examples, 2 features, 3 classes
X = matrix([[1.0, 2.0], [0.5, -1.0], [-2.0, 0.0]])
YSTAR = matrix([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
W = matrix([[0.3, -0.2, 0.1], [0.0, 0.5, -0.4]])

# 1 example, 1 feature, 2 classes: logits 1000 and 0, and the right class is the second
X_LARGE, YSTAR_LARGE, W_LARGE = matrix([[1.0]]), matrix([[0.0, 1.0]]), matrix([[1000.0, 0.0]])


# --- Question 1: the loss ------------------------------------------------------------------------------------------


def loss_value(CE_loss: Callable[..., Any]) -> None:
    """Three examples, three classes."""
    right = plain_loss(X, YSTAR, W)
    loss = number(CE_loss(X.clone(), YSTAR.clone(), W.clone()), right)
    hints = [
        (right * len(X), "this is the sum over the examples; the loss is their mean: divide by N"),
        (right / YSTAR.shape[1], "this also divides by the number of classes: divide by N alone"),
        (-right, "the sign: the loss is minus the sum"),
        (right / math.log(2), "this is the logarithm to base 2; use the natural one"),
    ]
    compare(loss, right, hints, "is the softmax taken over the classes (dim=1), one example at a time?")


def loss_float32(CE_loss: Callable[..., Any]) -> None:
    """The same numbers in float32."""
    right = plain_loss(X, YSTAR, W)
    loss = number(CE_loss(X.float(), YSTAR.float(), W.float()), right)
    compare(loss, right, [], "in float32 your answer is another one than in float64", tolerance=1e-5)


def loss_large_logits(CE_loss: Callable[..., Any]) -> None:
    """Logits of 1000 and 0: exp(1000) overflows, the loss doesn't."""
    loss = number(CE_loss(X_LARGE.clone(), YSTAR_LARGE.clone(), W_LARGE.clone()), 1000.0)
    compare(loss, 1000.0, [], "for logits 1000 and 0: take the largest logit out before exp, or use torch.logsumexp")


# --- Question 2: the gradient --------------------------------------------------------------------------------------


def gradient_value(grad_func: Callable[..., Any]) -> None:
    """The slope of the loss along every weight."""
    right = plain_gradient(X, YSTAR, W)
    grad = tensor(grad_func(X.clone(), YSTAR.clone(), W.clone()), W, right, "the gradient")
    hints = [
        (-right, "the sign: this points down the hill, the gradient points up"),
        (right * len(X), "this is the sum over the examples; divide by N"),
        (right * len(X) / YSTAR.shape[1], "this divides by the number of classes; divide by N"),
    ]
    compare(grad, right, hints, "expected is (L(w + h) - L(w - h)) / 2h for every weight: compare entry by entry")


def gradient_keeps_dtype(grad_func: Callable[..., Any]) -> None:
    """The same numbers in float32."""
    right = plain_gradient(X, YSTAR, W).float()
    grad = tensor(grad_func(X.float(), YSTAR.float(), W.float()), right, right, "the gradient")
    compare(grad, right, [], "in float32 your answer is another one than in float64", tolerance=1e-4)


def gradient_large_logits(grad_func: Callable[..., Any]) -> None:
    """Logits of 1000 and 0."""
    right = matrix([[1.0, -1.0]])
    grad = tensor(grad_func(X_LARGE.clone(), YSTAR_LARGE.clone(), W_LARGE.clone()), right, right, "the gradient")
    compare(grad, right, [], "for logits 1000 and 0: take the largest logit out before exp, or use torch.softmax")


def gradient_leaves_inputs(grad_func: Callable[..., Any]) -> None:
    """X, ystar and w are the caller's."""
    inputs = {"X": X.clone(), "ystar": YSTAR.clone(), "w": W.clone()}
    grad_func(*inputs.values())
    for name, before in (("X", X), ("ystar", YSTAR), ("w", W)):
        unchanged(inputs[name], before, name)


# --- Question 3: a step of gradient descent with momentum ----------------------------------------------------------

GRADIENTS = (matrix([[0.5, -1.0]]), matrix([[1.0, 0.0]]))


def momentum_two_steps(sgd_momentum_step: Callable[..., Any]) -> None:
    """Two steps from w = (1, 2), m = 0 with gradients (0.5, -1) and (1, 0), eta = 0.1, beta = 0.9."""
    w, m = matrix([[1.0, 2.0]]), matrix([[0.0, 0.0]])
    rights = [(matrix([[0.95, 2.1]]), matrix([[0.5, -1.0]])), (matrix([[0.805, 2.19]]), matrix([[1.45, -0.9]]))]
    hints = [
        [
            (matrix([[1.05, 1.9]]), "the step goes uphill: w - eta * m"),
            (matrix([[0.995, 2.01]]), "no (1 - beta) here: m = beta * m + grad"),
        ],
        [(matrix([[0.85, 2.1]]), "this is without momentum: the step follows m, not grad")],
    ]
    for t, (grad, (w_right, m_right)) in enumerate(zip(GRADIENTS, rights), start=1):  # noqa: B905
        given = grad.clone()
        w, m = answers(sgd_momentum_step(w, m, given, 0.1, 0.9), ("w", "m"))
        w, m = tensor(w, w_right, w_right, f"w after step {t}"), tensor(m, m_right, m_right, f"m after step {t}")
        compare(w, w_right, hints[t - 1], f"w after step {t}: first m = beta * m + grad, then w = w - eta * m")
        compare(m, m_right, [], f"m after step {t}: return the new m, so that the next step can go on from it")
        unchanged(given, grad, "grad")


# --- Question 4: a step of Adam ------------------------------------------------------------------------------------


def adam_two_steps(adam_step: Callable[..., Any]) -> None:
    """Two steps from w = 1, m = v = 0 with gradients 2 and -1, eta = 0.1."""
    w, m, v = matrix([[1.0]]), matrix([[0.0]]), matrix([[0.0]])
    # t = 1: m = 0.2,  v = 0.004,    corrected 2 and 4:                step 0.1 * 2 / 2
    # t = 2: m = 0.08, v = 0.004996, corrected 0.08/0.19, v/0.001999:  step 0.1 * 0.421053 / 1.580901
    rights = [(0.9000000005, 0.2, 0.004), (0.8733663, 0.08, 0.004996)]
    uncorrected = [1 - 0.1 * 0.2 / math.sqrt(0.004), None]
    for t, (gradient, (w_right, m_right, v_right)) in enumerate(zip((2.0, -1.0), rights), start=1):  # noqa: B905
        grad = matrix([[gradient]])
        w, m, v = answers(adam_step(w, m, v, grad, t, 0.1, 0.9, 0.999, 1e-8), ("w", "m", "v"))
        for name, value, right in (("m", m, m_right), ("v", v, v_right), ("w", w, w_right)):
            expected = matrix([[right]])
            hints = [
                (matrix([[right / (1 - beta**t)]]), "return m and v as they are, without the bias correction")
                for beta in ((0.9,) if name == "m" else (0.999,) if name == "v" else ())
            ]
            if name == "w" and uncorrected[t - 1] is not None:
                hints.append((matrix([[uncorrected[t - 1]]]), "divide m by 1 - beta_1**t and v by 1 - beta_2**t first"))
            value = tensor(value, expected, expected, f"{name} after step {t}")
            compare(value, expected, hints, f"{name} after step {t}: go through the formulas line by line")
        unchanged(grad, matrix([[gradient]]), "grad")


def adam_defaults(adam_step: Callable[..., Any]) -> None:
    """The first step with the default settings goes eta = 0.001 against the sign of the gradient."""
    right = matrix([[0.999, -0.999]])
    start = matrix([[1.0, -1.0]])
    answer = adam_step(start, torch.zeros_like(start), torch.zeros_like(start), matrix([[3.0, -5.0]]), 1)
    w = tensor(answers(answer, ("w", "m", "v"))[0], right, right, "w")
    compare(w, right, [], "keep the defaults eta=1e-3, beta_1=0.9, beta_2=0.999, epsilon=1e-8")


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
    answer = sgd_momentum_step(w.clone(), m.clone(), GRADIENTS[0].clone(), 0.1, 0.9)
    return torch.equal(answer[0], w) and torch.equal(answer[1], m)


def stub_adam(adam_step: Callable[..., Any]) -> bool:
    """The step returns w, m and v as they came."""
    w, m, v = matrix([[1.0]]), matrix([[2.0]]), matrix([[3.0]])
    answer = adam_step(w.clone(), m.clone(), v.clone(), matrix([[1.0]]), 1)
    return torch.equal(answer[0], w) and torch.equal(answer[1], m) and torch.equal(answer[2], v)


QUESTIONS = {
    question.name: question
    for question in (
        Question("ce_loss", "CE_loss", stub_loss, (loss_value, loss_float32, loss_large_logits)),
        Question(
            "grad_func",
            "grad_func",
            stub_gradient,
            (gradient_value, gradient_keeps_dtype, gradient_large_logits, gradient_leaves_inputs),
        ),
        Question("sgd_momentum", "sgd_momentum_step", stub_momentum, (momentum_two_steps,)),
        Question("adam", "adam_step", stub_adam, (adam_two_steps, adam_defaults)),
    )
}


# --- Comparing -----------------------------------------------------------------------------------------------------


def show(value: Any) -> str:
    """Return a short readable form of an answer."""
    if isinstance(value, torch.Tensor):
        if value.numel() > 12:
            return f"a tensor of shape {tuple(value.shape)}, {str(value.dtype)[6:]}"
        rounded = [float(f"{entry:.6g}") for entry in value.detach().flatten().tolist()]
        text = str(torch.tensor(rounded, dtype=torch.float64).reshape(value.shape).tolist()) if rounded else "[]"
        return f"{text} ({str(value.dtype)[6:]})"
    if isinstance(value, float):
        return f"{value:.6g}"
    return textwrap.shorten(repr(value), 80)


def number(value: Any, right: float) -> float:
    """Return value, which must be a Python (or NumPy) float."""
    numpy_float = type(value).__module__ == "numpy" and type(value).__name__.startswith("float")
    if not isinstance(value, float) and not numpy_float:
        came = f"a {type(value).__name__}: {show(value)}"
        raise WrongError(came, f"a float: {show(right)}", "end with return float(loss)")
    return float(value)


def tensor(value: Any, like: torch.Tensor, right: torch.Tensor, what: str) -> torch.Tensor:
    """Return value, which must be a tensor with the shape, dtype and device of like."""
    if not isinstance(value, torch.Tensor):
        raise WrongError(f"a {type(value).__name__}: {show(value)}", show(right), f"{what} must be a torch tensor")
    if value.shape != like.shape:
        raise WrongError(f"shape {tuple(value.shape)}", f"shape {tuple(like.shape)}", f"{what} has the shape of w")
    if (value.dtype, value.device) != (like.dtype, like.device):
        raise WrongError(
            f"{value.dtype} on {value.device}",
            f"{like.dtype} on {like.device}",
            f"{what} keeps the dtype and device of w",
        )
    return value


def answers(value: Any, names: tuple[str, ...]) -> list[Any]:
    """Return the parts of a tuple, list or named tuple."""
    expected = f"({', '.join(names)})"
    if not isinstance(value, (tuple, list)):
        raise WrongError(f"a {type(value).__name__}", expected, f"end with return {', '.join(names)}")
    if len(value) != len(names):
        raise WrongError(f"{len(value)} values", expected, f"end with return {', '.join(names)}")
    return list(value)


def compare(value: Any, right: Any, hints: list[tuple[Any, str]], otherwise: str, tolerance: float = 1e-6) -> None:
    """Raise WrongError unless value is right; a known wrong value picks the hint."""

    def close(candidate: Any) -> bool:
        a, b = (torch.as_tensor(number, dtype=torch.float64) for number in (value, candidate))
        return torch.allclose(a, b, rtol=tolerance, atol=tolerance)

    if close(right):
        return
    if not bool(torch.isfinite(torch.as_tensor(value)).all()):
        raise WrongError(show(value), show(right), f"not finite: {otherwise}")
    raise WrongError(show(value), show(right), next((hint for wrong, hint in hints if close(wrong)), otherwise))


def unchanged(value: torch.Tensor, before: torch.Tensor, name: str) -> None:
    """Raise WrongError when the function has written into an input it must leave alone."""
    if not torch.equal(value, before):
        raise WrongError(f"{name} is now {show(value)}", f"{name} stays {show(before)}", f"don't write into {name}")


# --- Running a check -----------------------------------------------------------------------------------------------


class ForbiddenError(Exception):
    """The function used something the rules don't allow."""


class Rules(TorchFunctionMode):
    """Within this block ready-made losses and autograd raise ForbiddenError, under whatever name they are called."""

    FORBIDDEN = MappingProxyType(
        {
            torch.nn.functional.cross_entropy: "F.cross_entropy",
            torch.nn.functional.nll_loss: "F.nll_loss",
            torch.nn.functional.binary_cross_entropy: "F.binary_cross_entropy",
            torch.nn.functional.binary_cross_entropy_with_logits: "F.binary_cross_entropy_with_logits",
            torch.nn.functional.kl_div: "F.kl_div",
            torch.Tensor.backward: "backward",
            torch.autograd.grad: "torch.autograd.grad",
        }
    )

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Pass everything on but what is forbidden."""
        if func in self.FORBIDDEN:
            raise ForbiddenError(self.FORBIDDEN[func])
        return func(*args, **(kwargs or {}))


def forbid_optimiser(*_: Any, **__: Any) -> None:
    """Stand in for torch.optim.Optimizer.__init__."""
    raise ForbiddenError("torch.optim")


def in_time(work: Callable[[], Any], seconds: float) -> Any:
    """Return work(), or raise TimeoutError: it runs in a thread of its own, which nothing waits for."""
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
        # ends a loop of Python code at its next line, so that it doesn't keep the processor busy
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
        raise TimeoutError
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def under_rules(question: Question, function: Callable[..., Any]) -> str:
    """Run the checks of one question the way the hidden tests do: positionally, under no_grad. Return the state."""
    with torch.no_grad(), mock.patch.object(torch.optim.Optimizer, "__init__", forbid_optimiser), Rules():
        with suppress(Exception):  # a stub never raises; what does is judged by the checks below
            if question.is_stub(function):
                return "stub"
        for one_check in question.checks:
            one_check(function)
    return "passed"


def judge(question: Question, function: Any) -> Result:
    """Return what the public checks say about the function."""
    expected = f"{question.function}(...) returns"
    if not callable(function):
        return Result(
            question.name,
            "missing",
            f"no function {question.function}",
            "a function",
            "does its cell run without an error? Is the name still the same?",
        )
    try:
        state = in_time(lambda: under_rules(question, function), CHECK_SECONDS)
    except WrongError as wrong:
        return Result(question.name, "wrong", wrong.yours, wrong.expected, wrong.hint)
    except ForbiddenError as forbidden:
        return Result(question.name, "wrong", f"it uses {forbidden}", "your own formula", "see the rules: not allowed")
    except TimeoutError:
        return Result(question.name, "wrong", f"nothing within {CHECK_SECONDS:g} s", expected, "does a loop never end?")
    except NotImplementedError:
        state = "stub"
    except BaseException as error:
        text = textwrap.shorten(f"{type(error).__name__}: {error}", 160)
        return Result(question.name, "wrong", text, expected, "call it by hand to see where this comes from")
    hint = "write your answer where it says YOUR CODE HERE" if state == "stub" else ""
    return Result(question.name, state, "still the stub" if state == "stub" else "", "", hint)


def check(function: Any, question: str | None = None) -> None:
    """Check one function and print what came of it.

    Args:
        function: your function, e.g. CE_loss.
        question: which question it answers ("ce_loss", "grad_func", "sgd_momentum", "adam"); when left out, the
            function's own name tells.

    """
    name = question or getattr(function, "__name__", "")
    found = [one for one in QUESTIONS.values() if name in (one.name, one.function)]
    if not found:
        names = ", ".join(f'"{one}"' for one in QUESTIONS)
        print(f"Which question is {name or function!r}? Say check(my_function, question), question one of {names}.")
        return
    result = judge(found[0], function)
    print(f"{mark(result.state)} {result.question}{summary(result.state)}")
    for label, text in (("came back", result.yours), ("expected", result.expected), ("hint", result.hint)):
        if text:
            print(textwrap.fill(text, 100, initial_indent=f"    {label:<11}", subsequent_indent=" " * 15))


def summary(state: str) -> str:
    """Return the words that follow a question's name."""
    return {"passed": f": the public checks pass. {HIDDEN_TESTS}", "stub": ": not answered yet"}.get(state, ": not yet")


def mark(state: str) -> str:
    """Return the sign for a state, in letters where the console can't show it."""
    signs = {"passed": ("✓", "OK"), "stub": ("…", "--")}.get(state, ("✗", "X"))
    try:
        "✓✗…".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return signs[1]
    return signs[0]


# --- Reading and running a notebook --------------------------------------------------------------------------------


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
    usual = folder / "linear_mnist.ipynb"
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


def run_cells(
    cells: list[dict[str, Any]], tell: Callable[[str], None] = lambda where: None
) -> tuple[list[Result], list[str]]:
    """Run the code cells, check each question at its test cell; return the results and notes on failed cells.

    tell is called with each place in the notebook before it is run.
    """
    names = notebook_names()
    results: dict[str, Result] = {}
    notes = []
    for index, cell in enumerate(cells, start=1):
        question = tested_question(cell)
        if cell.get("cell_type") != "code" or "skip-execution" in cell["metadata"].get("tags", []):
            continue
        if question is None:
            tell(f"cell {index}")
            notes += run_cell(index, cell["source"], names)
        elif question in QUESTIONS:
            tell(f"{QUESTIONS[question].function}(...)")
            results[question] = judge(QUESTIONS[question], names.get(QUESTIONS[question].function))
    for name, missing in QUESTIONS.items():  # a test cell was deleted: the names as they are at the end count
        if name not in results:
            tell(f"{missing.function}(...)")
            results[name] = judge(missing, names.get(missing.function))
    return [results[name] for name in QUESTIONS], notes


def run_cell(index: int, source: str, names: dict[str, Any]) -> list[str]:
    """Run one cell; return a note when it fails."""
    file = f"<cell {index}>"
    text = plain_python(source)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    try:
        in_time(lambda: exec(compile(text, file, "exec"), names), CELL_SECONDS)
    except TimeoutError:
        return [f"Cell {index} ran for more than {CELL_SECONDS:g} s and was left out."]
    except BaseException as error:
        return [textwrap.shorten(f"Cell {index} stopped with {type(error).__name__}: {error}", 200)]
    return []


# --- The table -----------------------------------------------------------------------------------------------------


def table(results: list[Result], width: int) -> str:
    """Return the results as a table of at most width columns."""
    rest = max(width - 18, 60)
    widths = (16, rest * 3 // 10 - 2, rest * 3 // 10 - 2, rest * 4 // 10)
    rows = [("   question", "what came back", "what was expected", "hint"), *map(row, results)]
    lines = []
    for number_, cells in enumerate(rows):
        columns = [textwrap.wrap(text, size) or [""] for text, size in zip(cells, widths)]  # noqa: B905
        columns[0] = [cells[0]]
        for line in range(max(len(column) for column in columns)):
            texts = [column[line] if line < len(column) else "" for column in columns]
            lines.append("  ".join(f"{text:<{size}}" for text, size in zip(texts, widths)).rstrip())  # noqa: B905
        if number_ == 0:
            lines.append("-" * (sum(widths) + 6))
    return "\n".join(lines)


def row(result: Result) -> tuple[str, str, str, str]:
    """Return the table's row for a result."""
    yours = result.yours or "the right answers"
    return f"{mark(result.state):<2} {result.question}", yours, result.expected, result.hint


@contextmanager
def silence() -> Iterator[None]:
    """Throw away what is printed in this block."""
    # not into memory: a cell may print for ever
    with Path(os.devnull).open("w", encoding="utf-8") as out, redirect_stdout(out), redirect_stderr(out):
        yield


# --- In a process of its own: what ends Python there (os._exit, a crash) doesn't end the check ----------------------

CHILD = "--in-child"  # for this file's own use


class UnfinishedError(Exception):
    """The notebook ended the process that ran it; the message says where."""


def run_apart(path: Path, cells: int) -> tuple[list[Result], list[str]]:
    """Run the notebook in another Python; return the results and notes it found."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, str(Path(__file__).resolve()), CHILD, str(path), str(report)]
        limit = CELL_SECONDS * cells + CHECK_SECONDS * len(QUESTIONS) + 60
        try:
            silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            end = f"exit status {subprocess.run(command, timeout=limit, check=False, **silent).returncode}"
        except subprocess.TimeoutExpired:
            end = f"no end within {limit:g} s"
        found = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    if "results" not in found:
        raise UnfinishedError(f"{found.get('at', 'the start')} ended Python itself ({end})")
    return [Result(**result) for result in found["results"]], found["notes"]


def run_as_child(path: Path, report: Path) -> None:
    """Run the notebook here; write to the report where it is, and what was found once all is done."""

    def write(**found: Any) -> None:
        fresh = report.with_suffix(".new")
        fresh.write_text(json.dumps(found), encoding="utf-8")
        fresh.replace(report)  # all of it or nothing, however this process ends

    os.environ["MPLBACKEND"] = "Agg"  # no windows
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    sys.modules.setdefault("selfcheck", sys.modules[__name__])
    with silence():
        results, notes = run_cells(read_cells(path), lambda where: write(at=where))
    write(results=[vars(result) for result in results], notes=notes)


def main(arguments: list[str]) -> int:
    """Check a notebook, print a table; return the exit status."""
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
        results, notes = run_apart(path, len(cells))
    except UnfinishedError as error:
        print(f"The check could not be finished: {error}.")
        print("Look there for os._exit, for a crash in compiled code, or for too much memory, and check again.")
        return 1
    passed = [result for result in results if result.state == "passed"]
    stubs = [result.question for result in results if result.state == "stub"]
    print(f"\n{table(results, min(shutil.get_terminal_size((110, 24)).columns, 120))}\n")
    for note in notes:
        print(f"Note: {note}")
    if stubs:
        print(f"Still stubs: {', '.join(stubs)}.")
    print(f"{len(passed)} of {len(results)} questions pass the public checks. {HIDDEN_TESTS}")
    return 0 if len(passed) == len(results) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        run_as_child(Path(sys.argv[2]), Path(sys.argv[3]))
        os._exit(0)  # without waiting for a cell that never ends
    sys.exit(main(sys.argv[1:]))
