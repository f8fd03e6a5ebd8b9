"""Check your answers before you hand them in: a few small public checks for every function.

In a terminal::

    python selfcheck.py                  # checks the notebook beside this file
    python selfcheck.py my_notebook.ipynb

In the notebook::

    import selfcheck
    selfcheck.check(softmax)                   # one question, found by the function's name
    selfcheck.check(my_function, "softmax")    # ... or named

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


from torch import nn


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


NOTEBOOK = "minibatch_training.ipynb"  # the file's name
HANDED_OUT: dict[str, str] = {
    "mnist.py": "eda02ff1574a63c58f0d9e21665537b1875c8abaaa365907369b3c72712c06c7",
}  # the files that were handed out with it, and a sum of what stands in them
TIME_LIMIT = "in the grading each call has 10 seconds"


TEXTS = ("shuffling",)  # the cells for written answers
HIDDEN_TESTS = "The hidden tests go further: other sizes, float32 and float64, very large numbers, several passes."
NOT_CHECKED = "the grader trains with all your parts; the cell under 'Does it learn?' tries it on some images"
SOFTMAX = {
    torch.softmax: "torch.softmax",
    torch.Tensor.softmax: "x.softmax",
    torch.nn.functional.softmax: "F.softmax",
    torch.log_softmax: "torch.log_softmax",
    torch.Tensor.log_softmax: "x.log_softmax",
    torch.nn.functional.log_softmax: "F.log_softmax",
    torch.logsumexp: "torch.logsumexp",
    torch.Tensor.logsumexp: "x.logsumexp",
    torch.nn.functional.cross_entropy: "F.cross_entropy",
    torch.nn.functional.nll_loss: "F.nll_loss",
    nn.Softmax: "nn.Softmax",
    nn.LogSoftmax: "nn.LogSoftmax",
    nn.CrossEntropyLoss: "nn.CrossEntropyLoss",
    nn.NLLLoss: "nn.NLLLoss",
}
CONTAINERS = {
    nn.Sequential: "nn.Sequential",
    nn.ModuleList: "nn.ModuleList",
    nn.ModuleDict: "nn.ModuleDict",
    nn.ParameterList: "nn.ParameterList",
}
OPTIMISERS = {torch.optim.Optimizer: "torch.optim"}
DATA = {
    torch.utils.data.DataLoader: "torch.utils.data.DataLoader",
    torch.utils.data.TensorDataset: "torch.utils.data.TensorDataset",
    torch.utils.data.BatchSampler: "torch.utils.data.BatchSampler",
    torch.utils.data.RandomSampler: "torch.utils.data.RandomSampler",
}


def wrong(what: str, yours: Any, expected: Any, hint: str = "", example: str = "") -> WrongError:
    """Return the error to raise."""
    return WrongError(
        what, show(yours), expected if isinstance(expected, str) else show(expected), hint, False, example
    )


def itself(answer: Any) -> Any:
    """Return the class that makes an answer's objects, which is wrapped here."""
    return getattr(answer, "__wrapped__", answer)


def same(what: str, yours: Any, right: Any, hints: Iterable[tuple[Any, str]] = (), example: str = "") -> None:
    """Raise WrongError unless two plain values are equal; a known wrong value picks the hint."""
    if yours != right:
        raise wrong(what, yours, right, next((hint for known, hint in hints if known == yours), ""), example)


def numbers(value: Any, right: torch.Tensor, what: str) -> torch.Tensor:
    """Return value, which must be a tensor with the shape and dtype of right."""
    if not isinstance(value, torch.Tensor):
        hint = NOTHING if value is None else ""
        raise WrongError(f"{what} is of the wrong kind", f"{kind(value)}: {show(value)}", "a tensor", hint)
    if value.shape != right.shape:
        raise WrongError(f"{what} has the wrong shape", f"shape {tuple(value.shape)}", f"shape {tuple(right.shape)}")
    if value.dtype != right.dtype:
        raise WrongError(f"{what} has the wrong dtype", str(value.dtype), str(right.dtype))
    return value


# --- Questions 1 to 4: functions of logits -------------------------------------------------------------------------

# 3 examples, 4 classes
LOGITS = matrix([[1.0, 2.0, 0.5, -1.0], [0.0, 0.5, -0.5, 1.5], [2.0, -1.0, 0.25, 1.0]])
Y = [1, 3, 2]
N, C = LOGITS.shape
LARGE = matrix([[1000.0, 0.0], [-1000.0, -1002.0]])


def log_sums(rows: list[list[float]]) -> list[float]:
    """Return log(sum(exp(row))) for each row."""
    return [max(row) + math.log(sum(math.exp(z - max(row)) for z in row)) for row in rows]


def logarithms(x: torch.Tensor) -> torch.Tensor:
    """Return the logarithm of the softmax of each row."""
    return matrix([[z - total for z in row] for row, total in zip(x.tolist(), log_sums(x.tolist()))])  # noqa: B905


def slopes(function: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, h: float = 1e-5) -> torch.Tensor:
    """Return the slope of a function along each entry, by central differences."""
    slope = torch.zeros_like(x)
    for index in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[index] = h
        slope.view(-1)[index] = (function(x + step) - function(x - step)) / (2 * h)
    return slope


WEIGHTS = matrix([[1.0, -2.0, 0.5, 3.0], [0.25, 1.0, -1.0, 2.0], [-0.5, 1.5, 1.0, -1.0]])


def check_gradient(what: str, function: Callable[[torch.Tensor], Any], right: torch.Tensor) -> None:
    """Raise WrongError unless autograd gives the gradient of a number made of the logits."""
    x = LOGITS.clone().requires_grad_()
    value = function(x)
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        raise WrongError(f"{what} has no gradient", "autograd can't go through it", "a gradient", calls=False)
    value.backward()
    compare(f"the gradient of {what}", x.grad, right, otherwise="expected are slopes, by small steps in each logit")


def softmax_value(softmax: Any) -> None:
    """Three rows."""
    right = logarithms(LOGITS).exp()
    given = LOGITS.clone()
    found = numbers(softmax(given), right, "the softmax")
    e = LOGITS.exp()
    known = [
        (e / e.sum(0), "in yours each column adds up to 1: here each row does"),
        (e / e.sum(), "in yours the whole batch adds up to 1: here each row does"),
        (e, "yours is exp alone"),
        (right.log(), "yours is the logarithm of the softmax"),
    ]
    compare("the softmax", found, right, known)
    unchanged(given, LOGITS, "x")


def softmax_large(softmax: Any) -> None:
    """Logits of 1000 and -1000."""
    right = logarithms(LARGE).exp()
    found = numbers(softmax(LARGE.clone()), right, "the softmax for large logits")
    hint = (
        "exp(1000) is more than a float can hold, and all of exp(-1000) and exp(-1002) is 0: take something off first"
    )
    compare("the softmax for large logits", found, right, not_finite=hint)


def softmax_gradient(softmax: Any) -> None:
    """Autograd goes through it."""
    right = slopes(lambda x: (logarithms(x).exp() * WEIGHTS).sum(), LOGITS)
    check_gradient("the softmax", lambda x: (softmax(x) * WEIGHTS).sum(), right)


def logsumexp_value(logsumexp: Any, log_softmax: Any) -> None:
    """Three rows."""
    right = matrix([[total] for total in log_sums(LOGITS.tolist())])
    found = numbers(logsumexp(LOGITS.clone()), right, "logsumexp")
    top = LOGITS.max(1, keepdim=True)[0]
    known = [
        (right - top, "yours is the log-sum-exp less the largest entry of the row: it has to be added again"),
        (right.exp(), "yours is the sum of the exponentials: the logarithm is missing"),
        (right + top, "yours has the largest entry of the row once too often"),
    ]
    compare("logsumexp", found, right, known)
    large = matrix([[total] for total in log_sums(LARGE.tolist())])
    compare("logsumexp for large entries", logsumexp(LARGE.clone()), large, not_finite="exp(1000) is infinite")


def log_softmax_value(logsumexp: Any, log_softmax: Any) -> None:
    """Three rows, and large logits."""
    right, given = logarithms(LOGITS), LOGITS.clone()
    found = numbers(log_softmax(given), right, "log_softmax")
    known = [
        (right.exp(), "yours is the softmax: the logarithm is missing"),
        (-right, "yours has the other sign"),
        (LOGITS - LOGITS.exp().sum(0).log(), "yours adds up over the batch: each row is for itself"),
    ]
    compare("log_softmax", found, right, known)
    unchanged(given, LOGITS, "x")
    hint = "a probability comes out as 0, or exp as infinity, and then the logarithm isn't finite"
    compare("log_softmax for large logits", log_softmax(LARGE.clone()), logarithms(LARGE), not_finite=hint)


def log_softmax_gradient(logsumexp: Any, log_softmax: Any) -> None:
    """Autograd goes through it."""
    right = slopes(lambda x: (logarithms(x) * WEIGHTS).sum(), LOGITS)
    check_gradient("log_softmax", lambda x: (log_softmax(x) * WEIGHTS).sum(), right)


def nll_value(nll: Any, cross_entropy: Any) -> None:
    """Three examples."""
    log_p = logarithms(LOGITS)
    chosen = [log_p[n][label].item() for n, label in enumerate(Y)]
    right = torch.tensor(-sum(chosen) / N, dtype=torch.float64)
    found = numbers(nll(log_p.clone(), torch.tensor(Y)), right, "nll")
    known = [
        (right * N, f"yours is {N} times the right loss, and there are {N} examples: it is their mean"),
        (right / C, f"yours is the right loss divided by {C}, the number of classes"),
        (-right, "yours has the other sign"),
        (-log_p.mean(), "yours is the mean over all classes: only the label's counts"),
    ]
    compare("nll", found, right, known)


def cross_entropy_value(nll: Any, cross_entropy: Any) -> None:
    """Three examples, and large logits."""
    log_p = logarithms(LOGITS)
    right = torch.tensor(-sum(log_p[n][label].item() for n, label in enumerate(Y)) / N, dtype=torch.float64)
    found = numbers(cross_entropy(LOGITS.clone(), torch.tensor(Y)), right, "cross_entropy")
    logits = -sum(LOGITS[n][label].item() for n, label in enumerate(Y)) / N
    probabilities = -sum(math.exp(log_p[n][label].item()) for n, label in enumerate(Y)) / N
    known = [
        (right * N, f"yours is {N} times the right loss, and there are {N} examples: it is their mean"),
        (logits, "yours is the nll of the logits themselves: they are no log-probabilities"),
        (probabilities, "yours is the nll of the probabilities: their logarithm is missing"),
    ]
    compare("cross_entropy", found, right, known)
    large = cross_entropy(LARGE.clone(), torch.tensor([1, 0]))
    compare("cross_entropy for large logits", large, 500 + math.log(1 + math.exp(-2)) / 2, not_finite="use log_softmax")


def cross_entropy_gradient(nll: Any, cross_entropy: Any) -> None:
    """Autograd goes through it."""
    labels = torch.tensor(Y)
    right = slopes(lambda x: -logarithms(x)[torch.arange(N), labels].mean(), LOGITS)
    check_gradient("cross_entropy", lambda x: cross_entropy(x, labels), right)


GUESSES = matrix([[0, 2, 1, 0], [1, 0, 0, 3], [2, 1, 0, 0], [0, 1, 2, 0], [0, 2, 1, 0]])
ANSWERS = torch.tensor([1, 3, 2, 2, 3])  # three of five are right


def accuracy_value(accuracy: Any) -> None:
    """Three of five are right."""
    value = accuracy(GUESSES.clone(), ANSWERS)
    numpy_float = type(value).__module__ == "numpy" and type(value).__name__.startswith("float")
    tensor = isinstance(value, torch.Tensor) and value.dim() == 0 and value.is_floating_point()
    if not (isinstance(value, float) or numpy_float or tensor):
        hint = NOTHING if value is None else ""
        yours = f"{kind(value)}: {show(value)}"
        raise WrongError("the accuracy is of the wrong kind", yours, "a float: 0.6", hint)
    known = [
        (3.0, "yours is the number of right ones: the accuracy is their fraction"),
        (3 / 4, "yours is divided by 4, the number of classes"),
        (60.0, "yours is in per cent: a fraction is between 0 and 1"),
    ]
    compare("the accuracy", float(value), 0.6, known)
    for what, logits in (("a thousand times as large", 1000 * GUESSES), ("all below 0", GUESSES - 9)):
        compare(f"the accuracy of the same logits, {what}", float(accuracy(logits.clone(), ANSWERS)), 0.6)
    given, labels = GUESSES.clone(), ANSWERS.clone()
    accuracy(given, labels)
    unchanged = torch.equal(given, GUESSES) and torch.equal(labels, ANSWERS)
    same("whether logits and y stay as they are", unchanged, True)


# --- Questions 5 and 6: modules ------------------------------------------------------------------------------------


def check_base(answer: Any, forbidden: tuple[type, ...], name: str) -> None:
    """Raise WrongError where a class inherits from what it is to do without."""
    if issubclass(itself(answer), forbidden):
        what = f"{itself(answer).__name__} inherits from {name}"
        raise WrongError(what, name, "a class of your own", "see the rules", False)


def positions(found: Iterable[Any], known: list[Any]) -> list[Any]:
    """Return which of the known objects each one found is."""
    return [next((i for i, one in enumerate(known) if one is thing), "something else") for thing in found]


def module_parameters(Module: Any) -> None:
    """Parameters of its own, of a layer, of a module within, shared ones; a list is not registered."""
    check_base(Module, (nn.Module,), "nn.Module")
    Module = itself(Module)
    w = nn.Parameter(torch.zeros(2))
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)

    class Inner(Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.w = w

    class Outer(Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.outer = first
            self.inner = Inner()
            self.two = first
            self.extra = [second]

    what, known = "parameters()", [first.weight, first.bias, w, second.weight, second.bias]
    example = "net.outer = nn.Linear(1, 1); net.inner = Inner(); net.two = net.outer; net.extra = [nn.Linear(1, 1)]"
    same(
        f"{what} of a module with one parameter of its own",
        positions(Inner().parameters(), [w]),
        [0],
        [([], "none was found")],
    )
    hints = [
        ([0, 1, 2, 0, 1], "yours gives a shared layer's parameters twice"),
        ([0, 1], "yours doesn't look into modules within"),
        ([2], "yours doesn't look into torch's layers"),
        ([0, 1, 2, 3, 4], "yours gives those of a layer in a list, too: a list is an ordinary attribute"),
        ([2, 0, 1], "yours gives them in another order than they were assigned in"),
    ]
    same(f"{what} (numbered as assigned)", positions(Outer().parameters(), known), [0, 1, 2], hints, example)


def module_modes(Module: Any) -> None:
    """train and eval, for what is within, too."""
    Module = itself(Module)

    class Net(Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()

        def forward(self, x: Any, y: Any) -> Any:
            return x + 2 * y

    outer, inner, drop = Net(), Net(), nn.Dropout()
    outer.inner = inner
    inner.drop = drop
    same("training of a new module", outer.training, True)
    back = outer.eval()
    modes = [outer.training, inner.training, drop.training]
    hints = [
        ([False, True, True], "what is within didn't change"),
        ([False, False, True], "torch's layer two levels down didn't change: it has a train() and eval() of its own"),
        ([True, True, True], "nothing changed"),
    ]
    example = "net.inner = Inner(); net.inner.drop = nn.Dropout(); net.eval()"
    same("training after eval(), of the module, one within, and a layer in that", modes, [False] * 3, hints, example)
    same("whether eval() returns the module", back is outer, True)
    same("whether train() returns the module", outer.train() is outer, True)
    same("training after train()", [outer.training, inner.training, drop.training], [True] * 3)
    same("a call with two inputs", outer(1, 10), 21, [(None, "it returns nothing")])
    outer.inner = outer.note = None
    outer.eval()
    same("how many parameters are left when None was assigned to net.inner", len(list(outer.parameters())), 0)


def sequential_forward(Sequential: Any, Module: Any) -> None:
    """Layers and a function, in order."""
    check_base(Sequential, (nn.Module,), "nn.Module")
    linear = nn.Linear(2, 2, dtype=torch.float64)
    x = matrix([[1.0, -2.0]])
    with torch.no_grad():
        linear.weight.copy_(matrix([[1.0, 2.0], [0.5, -1.0]]))
        linear.bias.copy_(torch.tensor([0.5, 1.0]))
        found = Sequential(linear, nn.ReLU(), torch.sqrt)(x)
    right = matrix([[0.0, 3.5**0.5]])
    compare("what comes out of Sequential(linear, nn.ReLU(), torch.sqrt)", numbers(found, right, "it"), right)
    empty = Sequential()(x)
    if empty is not x and not (isinstance(empty, torch.Tensor) and torch.equal(empty, x)):
        raise wrong("what comes out of Sequential()", empty, "its input")


def sequential_layers(Sequential: Any, Module: Any) -> None:
    """len, index, loop, parameters and modes."""
    layers = [nn.Linear(1, 1), torch.tanh, nn.Dropout(), nn.Linear(1, 1)]
    s = Sequential(*layers)
    example = "s = Sequential(nn.Linear(1, 1), torch.tanh, nn.Dropout(), nn.Linear(1, 1))"
    same("len(s) of four layers", len(s), 4, example=example)
    same("s[0], s[1], s[2], s[3]", positions((s[i] for i in range(4)), layers), [0, 1, 2, 3], example=example)
    same("the layers in a loop", positions(s, layers), [0, 1, 2, 3], example=example)
    known = [p for layer in layers if isinstance(layer, nn.Module) for p in layer.parameters()]
    hint = [([], "none was found: a list of layers is not registered")]
    same("parameters(), numbered", positions(s.parameters(), known), [0, 1, 2, 3], hint, example)
    twice = len(list(Sequential(layers[0], layers[0]).parameters()))
    same("how many parameters there are where a layer stands in it twice", twice, 2)
    same("whether s.eval() returns s", s.eval() is s, True, example=example)
    same("whether the dropout is in training after s.eval()", layers[2].training, False, example=example)  # type: ignore[attr-defined]


# --- Question 7: the optimiser -------------------------------------------------------------------------------------


def parameters_with_gradients() -> list[nn.Parameter]:
    """Return two parameters with a gradient each, and one without."""
    found = [nn.Parameter(torch.tensor(values, dtype=torch.float64)) for values in ([1.0, -2.0], [3.0], [5.0])]
    found[0].grad = torch.tensor([0.5, 1.0], dtype=torch.float64)
    found[1].grad = torch.tensor([-2.0], dtype=torch.float64)
    return found


def sgd_steps(SGD: Any) -> None:
    """Two steps, the parameters from a generator; another learning rate for the second."""
    parameters, again = parameters_with_gradients(), parameters_with_gradients()
    opt = SGD((p for p in parameters), 0.25)
    opt.step()
    example = "p = nn.Parameter(torch.tensor([1.0])); p.grad = torch.tensor([2.0]); SGD([p], 0.25).step(); p"
    rows = [p.tolist() for p in parameters]
    hints = [
        ([[1.0, -2.0], [3.0], [5.0]], "nothing moved: a step changes the numbers of the very same parameters"),
        ([[1.125, -1.75], [2.5], [5.0]], "yours goes uphill: the gradient is taken off"),
        ([[0.5, -3.0], [5.0], [5.0]], "yours takes the whole gradient off: lr is missing"),
        ([[0.875, -2.25], [3.0], [5.0]], "only the first parameter moved"),
    ]
    same("the parameters after a step", rows, [[0.875, -2.25], [3.5], [5.0]], hints, example)
    left = [None if p.grad is None else p.grad.tolist() for p in parameters]
    same("the gradients after a step, which leaves them alone", left, [[0.5, 1.0], [-2.0], None])
    for p, before in zip(parameters, again):  # noqa: B905
        p.grad = before.grad
    opt.lr = 0.5
    opt.step()
    hints = [
        (rows, "the second step moved nothing: the parameters were given as a generator, which is used up by then"),
        ([[0.75, -2.5], [4.0], [5.0]], "yours goes on with the old lr: opt.lr was set to 0.5"),
    ]
    after = [p.tolist() for p in parameters]
    same("after a second step with opt.lr = 0.5", after, [[0.625, -2.75], [4.5], [5.0]], hints)


def sgd_zero_grad(SGD: Any) -> None:
    """All gradients are cleared."""
    parameters = parameters_with_gradients()
    SGD(parameters).zero_grad()
    left = [None if p.grad is None or not bool(p.grad.any()) else p.grad.tolist() for p in parameters]
    same("the gradients after zero_grad() (None: cleared)", left, [None, None, None])
    parameters = parameters_with_gradients()
    SGD(parameters).step()
    compare(
        "the first parameter after a step without an lr", parameters[0].detach(), torch.tensor([0.95, -2.1]).double()
    )


# --- Questions 8 to 10: data ---------------------------------------------------------------------------------------

EXAMPLES, DIGITS = matrix([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]), torch.tensor([7, 8, 9])


def plain(value: Any) -> Any:
    """Return tensors as lists, and tuples as lists."""
    if isinstance(value, torch.Tensor):
        return value.tolist()
    return [plain(one) for one in value] if isinstance(value, (tuple, list)) else value


def dataset_items(Dataset: Any) -> None:
    """An index, a negative one, a list, a slice; a loop ends."""
    check_base(Dataset, (torch.utils.data.Dataset,), "torch.utils.data.Dataset")
    ds = Dataset(EXAMPLES, DIGITS)
    Dataset(-EXAMPLES, DIGITS)  # another one
    example = "ds = Dataset(torch.arange(6.0).view(3, 2), torch.tensor([7, 8, 9]))"
    same("len(ds) of 3 examples", len(ds), 3, example)
    same("ds[1]", plain(ds[1]), [[2.0, 3.0], 8], example=example)
    same("ds[-1]", plain(ds[-1]), [[4.0, 5.0], 9], example=example)
    same("ds[[2, 0]]", plain(ds[[2, 0]]), [[[4.0, 5.0], [0.0, 1.0]], [9, 7]], example=example)
    same("ds[:2]", plain(ds[:2]), [[[0.0, 1.0], [2.0, 3.0]], [7, 8]], example=example)
    same("ds[::2]", plain(ds[::2]), [[[0.0, 1.0], [4.0, 5.0]], [7, 9]], example=example)
    turns = 0
    for _ in ds:
        turns += 1
        if turns > 3:
            raise wrong("a loop over ds goes on after 3 examples", "no end", "3 turns", "ds[3] must raise IndexError")
    same("the turns of a loop over ds", turns, 3, example=example)
    same("the turns of a second loop", sum(1 for _ in ds), 3, example=example)
    same("the dtype of the examples, which were float64", ds[1][0].dtype, torch.float64)


class FourExamples:
    """A data set that has a length, and can't be asked for anything else."""

    def __len__(self) -> int:
        return 4


def sampler_orders(Sampler: Any, BatchSampler: Any) -> None:
    """In order, shuffled, twice."""
    check_base(Sampler, (torch.utils.data.Sampler,), "torch.utils.data.Sampler")
    sampler = Sampler(FourExamples())
    same("a sampler of 4 examples", list(sampler), [0, 1, 2, 3], [([1, 2, 3, 4], "yours begins at 1")])
    same("the same sampler, gone through again", list(sampler), [0, 1, 2, 3], [([], "nothing is left the second time")])
    shuffled = Sampler(range(50), True)
    first, second = list(shuffled), list(shuffled)
    same("the length of a sampler", len(shuffled), 50)
    same("the numbers of a shuffling sampler, sorted", sorted(first), list(range(50)))
    same("whether shuffling changes the order", first != sorted(first), True)
    same("whether the second pass has an order of its own", first != second, True)
    same("the kind of the numbers", {type(i).__name__ for i in first}, {"int"})


def batch_sampler_batches(Sampler: Any, BatchSampler: Any) -> None:
    """Batches of 2 of 5 numbers."""
    check_base(BatchSampler, (torch.utils.data.Sampler,), "torch.utils.data.Sampler")
    example = "list(BatchSampler([3, 1, 4, 0, 2], 2))"
    sampler = BatchSampler([3, 1, 4, 0, 2], 2)
    hints = [
        ([[3, 1], [4, 0]], "yours leaves the last one out"),
        ([[0, 1], [2, 3], [4]], "yours counts by itself: the numbers are those that the sampler gives"),
    ]
    same("batches of 2 of [3, 1, 4, 0, 2]", plain(list(sampler)), [[3, 1], [4, 0], [2]], hints, example)
    same("gone through again", plain(list(sampler)), [[3, 1], [4, 0], [2]], [([], "nothing is left")], example)
    same("len of it", len(sampler), 3, [(2, "the last one counts, too"), (5, "that is the number of numbers")])
    dropping = BatchSampler([3, 1, 4, 0, 2], 2, True)
    same("with drop_last", plain(list(dropping)), [[3, 1], [4, 0]], [([[3, 1], [4, 0], [2]], "nothing was left out")])
    same("len with drop_last", len(dropping), 2)
    even = BatchSampler([3, 1, 4, 0], 2, True)
    same("4 numbers with drop_last", plain(list(even)), [[3, 1], [4, 0]], [([[3, 1]], "a full list is left out")])
    same("len of 4 numbers", len(BatchSampler([3, 1, 4, 0], 2)), 2)


def collate_samples(DataLoader: Any, collate: Any) -> None:
    """Two samples, labels as ints or tensors."""
    for name, labels in (("ints", [8, 9]), ("tensors", [torch.tensor(8), torch.tensor(9)])):
        batch = collate([(EXAMPLES[i], label) for i, label in zip((1, 2), labels)])  # noqa: B905
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise wrong("collate hands back something else than asked for", batch, "(X, Y)")
        compare("X", numbers(batch[0], EXAMPLES[1:], "X"), EXAMPLES[1:])
        compare(f"Y, of labels that are {name}", numbers(batch[1], DIGITS[1:], "Y"), DIGITS[1:])
    again = collate((EXAMPLES[i], int(DIGITS[i])) for i in range(3))
    same("collate of a generator", plain(again), plain([EXAMPLES, DIGITS]))


def dataloader_batches(DataLoader: Any, collate: Any) -> None:
    """Two batches of plain numbers, with and without a collate_fn."""
    check_base(DataLoader, (torch.utils.data.DataLoader,), "torch.utils.data.DataLoader")
    data = [(EXAMPLES[i], int(DIGITS[i])) for i in range(3)]
    loader = DataLoader(data, [[2, 0], [1]], lambda samples: [label for _, label in samples])
    example = "list(DataLoader(data, [[2, 0], [1]], collate_fn))"
    what = "a loader whose collate_fn gives the labels"
    same(what, list(loader), [[9, 7], [8]], example=example)
    same(f"{what}, gone through again", list(loader), [[9, 7], [8]], [([], "nothing is left")], example)
    same("len of it", len(loader), 2, [(3, "3 is the number of examples")], example)
    same(
        "the labels of the batches without a collate_fn",
        plain([Y for _, Y in DataLoader(data, [[2, 0], [1]])]),
        [[9, 7], [8]],
    )


# --- Question 11: the loop -----------------------------------------------------------------------------------------


class Recorder(nn.Module):
    """A linear layer that notes what happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([[1.0, -1.0]], dtype=torch.float64))
        self.modes: list[tuple[str, bool, bool]] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits, and note the mode: a batch whose first number is below 0 is a validation batch."""
        logits = x * self.w
        self.modes.append(("validation" if x[0, 0] < 0 else "training", self.training, logits.requires_grad))
        return logits


class Descent:
    """A right optimiser."""

    def __init__(self, model: Recorder, lr: float) -> None:
        self.model, self.lr, self.steps = model, lr, 0

    def step(self) -> None:
        """Take a step."""
        self.steps += 1
        with torch.no_grad():
            if self.model.w.grad is not None:
                self.model.w -= self.lr * self.model.w.grad

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.model.w.grad = None


class Batches:
    """Batches without a length."""

    def __init__(self, *batches: tuple[list[list[float]], list[int]]) -> None:
        self.batches = batches

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        return iter([(matrix(X), torch.tensor(y)) for X, y in self.batches])


TRAIN = Batches(([[1.0, 2.0], [2.0, 1.0]], [0, 1]), ([[3.0, 1.0]], [1]))
VALID = Batches(([[-1.0, 2.0], [-2.0, 3.0], [-1.0, 0.5]], [0, 0, 0]), ([[-2.0, 0.5]], [0]))


def distance(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """A loss: the mean distance of the label's logit from 1, squared."""
    return ((logits[torch.arange(len(y)), y] - 1) ** 2).mean()


def fit_validation(fit: Any) -> None:
    """Nothing moves (lr = 0): the numbers of the validation."""
    model = Recorder()
    history = fit(2, model, distance, Descent(model, 0.0), TRAIN, VALID)
    if not isinstance(history, (list, tuple)) or len(history) != 2:
        raise wrong("what fit returns after 2 epochs", history, "a list of 2 pairs (loss, accuracy)")
    for pair in history:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2 or not all(isinstance(one, float) for one in pair):
            raise wrong("what fit returns for an epoch", pair, "two floats: loss and accuracy")
    losses = [(z - 1) ** 2 for z in (-1.0, -2.0, -1.0, -2.0)]
    mean, of_means = sum(losses) / 4, (sum(losses[:3]) / 3 + losses[3]) / 2
    known = [
        (of_means, "yours is the mean of the batches' means: the batches have 3 examples and 1"),
        (sum(losses[:3]) / 3 + losses[3], "yours is the sum of the batches' means"),
        (losses[3], "yours is that of the last batch"),
    ]
    compare("the validation loss", history[0][0], mean, known)
    known = [
        (0.5 * (2 / 3 + 0), "yours is the mean of the batches' accuracies: the batches have 3 examples and 1"),
        (2.0, "yours is the number of right ones"),
    ]
    compare("the validation accuracy", history[0][1], 0.5, known)


def fit_training(fit: Any) -> None:
    """One epoch of two batches: the weights, and the modes."""
    model = Recorder()
    opt = Descent(model, 0.125)
    fit(1, model, distance, opt, TRAIN, VALID)
    same("the number of steps for two batches", opt.steps, 2)
    right = matrix([[1.0, -0.3125]])
    known = [(matrix([[1.0, -0.0625]]), "yours is what comes out when the second step has both batches' gradients")]
    compare("the weights after an epoch", model.w.detach(), right, known)
    modes = {"training": set(), "validation": set()}  # type: dict[str, set[tuple[bool, bool]]]
    for name, mode, graph in model.modes:
        modes[name].add((mode, graph))
    same("whether the model is in training mode with training batches", {mode for mode, _ in modes["training"]}, {True})
    same("whether it is with validation batches", {mode for mode, _ in modes["validation"]}, {False})
    same("whether a graph is built in the validation", {graph for _, graph in modes["validation"]}, {False})


def fit_modes(fit: Any) -> None:
    """Two epochs: the second trains in training mode, too."""
    model = Recorder()
    fit(2, model, distance, Descent(model, 0.125), TRAIN, VALID)
    modes = [mode for name, mode, _ in model.modes if name == "training"]
    hint = [([True, True, False, False], "the model is still in evaluation mode in the second epoch")]
    same("the modes of the training batches in two epochs", modes, [True] * 4, hint)


# --- How a stub shows ----------------------------------------------------------------------------------------------


def is_empty(*answers: Any) -> bool:
    """A class without a method of its own."""
    values = [value for answer in answers for value in vars(itself(answer)).values()]
    bases = [base for answer in answers for base in itself(answer).__mro__]
    return not any(base.__module__.startswith("torch") for base in bases) and not any(
        callable(value) and not isinstance(value, type) for value in values
    )


def stub_softmax(softmax: Any) -> bool:
    """It returns zeros."""
    return not bool(softmax(LOGITS.clone()).any())


def stub_log_softmax(logsumexp: Any, log_softmax: Any) -> bool:
    """One returns a column of x, the other zeros."""
    x = LOGITS.clone()
    return torch.equal(logsumexp(x), x[:, :1]) and not bool(log_softmax(x).any())


def stub_cross_entropy(nll: Any, cross_entropy: Any) -> bool:
    """Both return None."""
    labels = torch.tensor(Y)
    return nll(LOGITS.clone(), labels) is None and cross_entropy(LOGITS.clone(), labels) is None


def stub_accuracy(accuracy: Any) -> bool:
    """It returns 0.0 for any labels."""
    some = GUESSES.argmax(1), GUESSES.argmin(1), ANSWERS
    return all(type(value) is float and value == 0.0 for value in (accuracy(GUESSES.clone(), y) for y in some))


def stub_sequential(Sequential: Any, Module: Any) -> bool:
    """Sequential is empty."""
    return is_empty(Sequential)


def stub_dataloader(DataLoader: Any, collate: Any) -> bool:
    """The class is empty, and the function gives nothing."""
    return is_empty(DataLoader) and collate([(EXAMPLES[0], 1)]) == (None, None)


def stub_fit(fit: Any) -> bool:
    """It returns an empty list, and calls nothing."""
    model = Recorder()
    return fit(2, model, distance, Descent(model, 0.1), TRAIN, VALID) == [] and not model.modes


QUESTIONS = by_name(
    Question(
        "softmax", "softmax", stub_softmax, (softmax_value, softmax_large, softmax_gradient),
        forbidden=SOFTMAX, autograd=True,
    ),
    Question(
        "log_softmax", "logsumexp", stub_log_softmax, (logsumexp_value, log_softmax_value, log_softmax_gradient),
        also=("log_softmax",), forbidden=SOFTMAX, autograd=True,
    ),
    Question(
        "cross_entropy", "nll", stub_cross_entropy, (nll_value, cross_entropy_value, cross_entropy_gradient),
        also=("cross_entropy",), forbidden=SOFTMAX, autograd=True,
    ),
    Question("accuracy", "accuracy", stub_accuracy, (accuracy_value,)),
    Question("module", "Module", is_empty, (module_parameters, module_modes), what="class", forbidden=CONTAINERS),
    Question(
        "sequential", "Sequential", stub_sequential, (sequential_forward, sequential_layers),
        also=("Module",), what="class", forbidden=CONTAINERS,
    ),
    Question(
        "optimizer", "SGD", is_empty, (sgd_steps, sgd_zero_grad), what="class", forbidden=OPTIMISERS, autograd=True
    ),
    Question("dataset", "Dataset", is_empty, (dataset_items,), what="class", forbidden=DATA),
    Question(
        "sampler", "Sampler", is_empty, (sampler_orders, batch_sampler_batches),
        also=("BatchSampler",), what="class", forbidden=DATA,
    ),
    Question(
        "dataloader", "DataLoader", stub_dataloader, (collate_samples, dataloader_batches),
        also=("collate",), what="class", forbidden=DATA,
    ),
    Question("fit", "fit", stub_fit, (fit_validation, fit_training, fit_modes), autograd=True),
)  # fmt: skip


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
