"""Check your answers before you hand them in: a few small public checks for every function.

In a terminal::

    python selfcheck.py                  # checks the notebook beside this file
    python selfcheck.py my_notebook.ipynb

In the notebook::

    import selfcheck
    selfcheck.check(standardise)                   # one question, found by the function's name
    selfcheck.check(my_function, "standardise")    # ... or named

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


NOTEBOOK = "batch_norm.ipynb"  # the file's name
HANDED_OUT: dict[str, str] = {
    "mnist.py": "eda02ff1574a63c58f0d9e21665537b1875c8abaaa365907369b3c72712c06c7",
}  # the files that were handed out with it, and a sum of what stands in them
TIME_LIMIT = "in the grading each call has 10 seconds"


TEXTS = ("what_changes",)  # the cells for written answers
HIDDEN_TESTS = "The hidden tests go further: other shapes, float32 and float64, columns far from 0, constant columns."
NOT_CHECKED = "the grader trains with your layer; the cells under 'Does it learn?' show you one epoch"
READY_MADE = {
    torch.nn.functional.batch_norm: "F.batch_norm",
    torch.nn.functional.layer_norm: "F.layer_norm",
    torch.nn.functional.group_norm: "F.group_norm",
    torch.nn.functional.instance_norm: "F.instance_norm",
    torch.nn.BatchNorm1d: "nn.BatchNorm1d",
    torch.nn.BatchNorm2d: "nn.BatchNorm2d",
}
AUTOGRAD = {torch.Tensor.backward: "backward", torch.autograd.grad: "torch.autograd.grad"}


def single(value: Any, right: float, what: str) -> float:
    """Return value, which must be a float or a tensor with one number in it."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        return float(value)
    if isinstance(value, (int, float)):
        return float(value)
    raise WrongError(f"{what} is of the wrong kind", f"{kind(value)}: {show(value)}", f"a number: {show(right)}")


def attribute(layer: Any, name: str, right: torch.Tensor) -> torch.Tensor:
    """Return the numbers that a layer has under a name."""
    value = getattr(layer, name, None)
    if not isinstance(value, torch.Tensor):
        raise WrongError(f"the layer's {name} is missing", show(value), f"a tensor: {show(right)}")
    if value.numel() != right.numel():
        raise WrongError(f"the layer's {name} has the wrong size", f"shape {tuple(value.shape)}", "a number a feature")
    return value.detach().reshape(-1)


# --- Question 1: standardised data ---------------------------------------------------------------------------------


def standardised_images(standardise: Callable[..., Any]) -> None:
    """Training images of two brightnesses, test images of a third."""
    train = torch.cat([torch.zeros(2, 784), torch.ones(2, 784) * 4]).double()
    train[0, 0] = 1.0
    test = torch.full((3, 784), 6.0, dtype=torch.float64)
    test[:, 0] = 4.0
    mean, std = 2.0003188775510203, 2.000079717798967  # of all pixels of train
    found = answers(standardise(train.clone(), test.clone()), ("train", "test"), "standardise")
    right = (train - mean) / std
    first = tensor(found[0], train, "a tensor", "the training part", "train")
    by_pixel = (train - train.mean(0)) / train.std(0)
    compare(
        "the training part",
        first,
        right,
        [
            (train - mean, "yours is the images minus the mean: they are divided by the standard deviation, too"),
            (train / std, "yours is the images divided by the standard deviation: the mean is taken off first"),
            ((train - mean) / std**2, "yours is divided by the variance: its root is the standard deviation"),
            (by_pixel, "yours takes a mean and a standard deviation of each pixel: take those of all pixels together"),
        ],
        tolerance=1e-3,
    )
    second = tensor(found[1], test, "a tensor", "the test part", "test")
    compare(
        "the test part",
        second,
        (test - mean) / std,
        [
            ((test - test.mean()) / test.std(), "yours takes the test images' own mean and standard deviation"),
            ((test - mean) / test.std(), "yours is divided by the test images' own standard deviation"),
            ((test - test.mean()) / std, "yours is minus the test images' own mean"),
            (test, "yours is the test images as they came"),
        ],
        tolerance=1e-3,
    )


def standardise_leaves_images(standardise: Callable[..., Any]) -> None:
    """The images are the caller's."""
    train, test = torch.arange(8.0).repeat(98).view(1, 784), torch.ones(1, 784)
    given = train.clone(), test.clone()
    standardise(*given)
    unchanged(given[0], train, "train")
    unchanged(given[1], test, "test")


# --- Question 2: the function --------------------------------------------------------------------------------------

X = matrix([[1.0, -2.0], [3.0, 0.5], [0.5, 4.0], [-1.5, 1.0], [2.0, -0.5]])
GAMMA, BETA, EPS = matrix([[2.0, -0.5]])[0], matrix([[0.5, 1.0]])[0], 0.5
Y = matrix(
    [
        [0.5, 1.616952697],
        [2.890457219, 1.02372895],
        [-0.09761430467, 0.1932157036],
        [-2.488071523, 0.9050842004],
        [1.695228609, 1.261018449],
    ]
)
WRONG_ROWS = (  # the second row of y
    (
        [2.677324216, 1.02146694],
        "yours divides by N - 1 in the variance: here it is the biased one, which divides by N",
    ),
    ([2.483561149, 1.020121183], "yours has eps outside the root: it is added to the variance, inside"),
    ([3.137521894, 1.025189636], "yours is what comes out for eps = 0; given is 0.5"),
    ([3.13751616, 1.025189604], "yours takes 1e-5 for eps; given is 0.5"),
    ([1.928571429, 1.011261261], "yours divides by the variance: the root is missing"),
    ([1.695228609, 0.9525421002], "yours is right up to gamma: each column is multiplied by its gamma"),
    ([2.390457219, 0.02372894989], "yours is right up to beta: it is added at the end"),
    ([4.5, 1.05], "yours takes off the mean, but doesn't divide"),
    ([4.085685828, 0.8813552505], "yours divides, but doesn't take off the mean"),
    ([2.24077656, 1.43519414], "yours normalises each row: a feature is a column"),
    ([2.799916843, 1.078406256], "yours takes one mean and variance of all numbers: each column has its own"),
    ([2.551956704, 1.022821773], "yours takes the mean of the squares for the variance: the mean comes off first"),
    ([3.390457219, -0.4762710501], "yours multiplies beta by gamma: it is added at the end"),
)


def normalised(batch_norm: Callable[..., Any]) -> None:
    """Five examples, two features, eps = 0.5."""
    y = tensor(batch_norm(X.clone(), GAMMA.clone(), BETA.clone(), EPS), X, Y, "y", "x")
    compare("the second row of y", y[1], Y[1], [(matrix([row])[0], hint) for row, hint in WRONG_ROWS])
    compare("y", y, Y)


def normalised_in_float32(batch_norm: Callable[..., Any]) -> None:
    """The same numbers in float32."""
    y = tensor(batch_norm(X.float(), GAMMA.float(), BETA.float(), EPS), X.float(), Y, "y in float32", "x")
    compare("y in float32", y, Y, tolerance=1e-5)


def far_from_zero(batch_norm: Callable[..., Any]) -> None:
    """The same numbers, 2,000 further on, in float32."""
    x, one, zero = (X + 2048).float(), torch.ones(2), torch.zeros(2)
    right = (Y - BETA) / GAMMA
    hint = (
        "x*x has seven digits in float32, and the mean of the squares minus the square of the mean keeps none of them"
    )
    compare("y where the mean is 2048", batch_norm(x, one, zero, EPS), right, otherwise=hint, tolerance=1e-2)


def gradient_through_statistics(batch_norm: Callable[..., Any]) -> None:
    """Autograd goes through mean and variance."""
    x = X.clone().requires_grad_()
    y = batch_norm(x, GAMMA.clone(), BETA.clone(), EPS)
    what = "the gradient of (y * dy).sum() with respect to x"
    if not y.requires_grad:
        raise WrongError(
            what, "none: y doesn't require grad", show(DX[0]), "something in it detaches, or is under no_grad"
        )
    (y * DY).sum().backward()
    hint = "yours treats mean and variance as constants: is something detached, or under no_grad?"
    found = x.grad if x.grad is not None else torch.zeros_like(x)
    compare(f"{what}, its second row", found[1], DX[1], [(matrix([[-0.5976143047, -0.4745789979]])[0], hint)])


def leaves_batch(batch_norm: Callable[..., Any]) -> None:
    """x, gamma and beta are the caller's."""
    given = X.clone(), GAMMA.clone(), BETA.clone()
    batch_norm(*given, EPS)
    for value, before, name in zip(given, (X, GAMMA, BETA), ("x", "gamma", "beta")):  # noqa: B905 (Python 3.9)
        unchanged(value, before, name)


# --- Question 3: its gradient --------------------------------------------------------------------------------------

DY = matrix([[1.0, 0.5], [-0.5, 2.0], [2.0, -1.0], [0.0, 1.5], [0.5, -0.5]])
DX = matrix(
    [
        [0.4780914437, 0.1042149826],
        [-1.058631054, -0.3519259798],
        [1.609289949, 0.2196531173],
        [-1.037287686, -0.2533225732],
        [0.00853734721, 0.2813804531],
    ]
)
WRONG_DX = (  # the second row
    ([-0.5976143047, -0.4745789979], "yours treats mean and variance as constants: two terms are missing"),
    ([-0.3414938884, -0.4705707293], "yours lacks the way through the mean: its columns don't add up to 0"),
    ([-1.31475147, -0.3559342484], "yours lacks the way through the variance"),
    ([-0.529315527, 0.7038519597], "yours is right up to gamma"),
    ([-1.771428571, -0.7415540541], "yours is right up to the factor 1/s"),
    ([-2.902698051, 0.1386860923], "yours has sums over the batch where the formula has means"),
    ([-1.570871887, -0.359942517], "yours has another sign before the way through the variance"),
    ([-1.106612447, -0.3730495599], "yours is what comes out for eps = 0; given is 0.5"),
    ([-1.106611537, -0.3730490987], "yours takes 1e-5 for eps; given is 0.5"),
    ([-1.003988388, -0.3190363134], "yours divides by N - 1 in the variance: here it is the biased one"),
)
WRONG_SUMS = {
    "dgamma": (
        ([1.5, -2.25], "yours takes x itself: gamma multiplies the normalised x"),
        ([-1.5, -3.75], "yours takes x minus its mean: gamma multiplies the normalised x"),
        ([-0.1792842914, -0.3559342484], "yours is a mean over the batch: here it is a sum"),
        ([-1.792842914, 0.889835621], "yours is multiplied by gamma"),
        ([-0.8164965809, -1.610020465], "yours divides by N - 1 in the variance: here it is the biased one"),
    ),
    "dbeta": (
        ([0.6, 0.5], "yours is a mean over the batch: here it is a sum"),
        ([6.0, -1.25], "yours is multiplied by gamma"),
    ),
}


def gradients_by_formula(batch_norm_grad: Callable[..., Any]) -> None:
    """The same batch: dbeta and dgamma, then dx."""
    names, given = ("dx", "dgamma", "dbeta"), (DY.clone(), X.clone(), GAMMA.clone())
    found = dict(zip(names, answers(batch_norm_grad(*given, EPS), names, "batch_norm_grad")))  # noqa: B905
    for name, right in (("dbeta", [3.0, 2.5]), ("dgamma", [-0.896421457, -1.779671242])):
        wanted = matrix([right])[0]
        value = tensor(found[name], GAMMA, wanted, name, "gamma")
        compare(name, value, wanted, [(matrix([row])[0], hint) for row, hint in WRONG_SUMS[name]])
    dx = tensor(found["dx"], X, DX, "dx", "x")
    compare("the second row of dx", dx[1], DX[1], [(matrix([row])[0], hint) for row, hint in WRONG_DX])
    compare("dx", dx, DX)
    for value, before, name in zip(given, (DY, X, GAMMA), ("dy", "x", "gamma")):  # noqa: B905
        unchanged(value, before, name)


def gradients_in_float32(batch_norm_grad: Callable[..., Any]) -> None:
    """The same numbers in float32."""
    found = answers(batch_norm_grad(DY.float(), X.float(), GAMMA.float(), EPS), ("dx", "dgamma", "dbeta"), "in float32")
    dx = tensor(found[0], X.float(), DX, "dx in float32", "x")
    compare("dx in float32", dx, DX, tolerance=1e-4)


# --- Question 4: the layer -----------------------------------------------------------------------------------------

NORMALISED = (Y - BETA) / GAMMA
MOMENTUM = 0.25
WRONG_RUNNING = {
    "mean": (
        ([0.75, 0.45], "yours gives the new batch the share 1 - momentum: momentum is the share of the new one"),
        ([1.0, 0.6], "yours is the batch's mean: the running one moves towards it, by the share momentum"),
        ([0.0, 0.0], "yours is still 0"),
        ([0.1, 0.06], "yours takes 0.1 for momentum; given is 0.25"),
    ),
    "var": (
        ([1.325, 1.735], "yours takes the biased variance: what goes into var is the unbiased one"),
        ([2.40625, 3.94375], "yours gives the new batch the share 1 - momentum: momentum is the share of the new one"),
        ([2.875, 4.925], "yours is the batch's variance: the running one moves towards it, by the share momentum"),
        ([2.3, 3.94], "yours is the batch's biased variance: the running one moves towards the unbiased one"),
        ([1.0, 1.0], "yours is still 1"),
        ([1.1875, 1.3925], "yours takes 0.1 for momentum; given is 0.25"),
        ([1.59375, 2.10625], "yours has eps in it: that belongs into the root alone"),
    ),
}


def new_layer(BatchNorm: Any) -> Any:
    """Return a layer for two features, in float64."""
    return BatchNorm(2, MOMENTUM, EPS).double()


def parameters_and_buffers(BatchNorm: Any) -> None:
    """gamma, beta, mean and var of a new layer."""
    layer = BatchNorm(3)
    for name, right in (("gamma", 1.0), ("beta", 0.0), ("mean", 0.0), ("var", 1.0)):
        numbers = torch.full((3,), right)
        compare(f"{name} of a new layer", attribute(layer, name, numbers), numbers)
    example = "layer = BatchNorm(3)"
    names = sorted(name for name, _ in layer.named_parameters())
    if names != ["beta", "gamma"]:
        hint = "nn.Parameter makes a parameter, register_buffer a buffer"
        raise WrongError("the parameters", str(names), "['beta', 'gamma']", hint, example=example)
    missing = [name for name in ("mean", "var") if name not in layer.state_dict()]
    if missing:
        what, hint = "what state_dict() holds", "self.register_buffer(name, tensor) makes a buffer"
        raise WrongError(what, f"no {' and no '.join(missing)}", "mean and var, too", hint, example=example)


def layer_in_training(BatchNorm: Any) -> None:
    """The batch of question 2 in training, as rows and as images."""
    images = X.t().reshape(1, 2, 5, 1)
    wrong = [((matrix([row])[0] - BETA) / GAMMA, hint) for row, hint in WRONG_ROWS[:5]]
    for x, what in ((X, "the second row of the output"), (images, "an image's second pixel")):
        y = tensor(new_layer(BatchNorm)(x.clone()), x, "a tensor", "the output in training", "x")
        found = y.detach().reshape(2, 5).t() if x.dim() == 4 else y.detach()
        compare(what, found[1], NORMALISED[1], wrong)
        compare("the output in training", found, NORMALISED)


def running_statistics(BatchNorm: Any) -> None:
    """Running mean and variance after that batch."""
    layer = new_layer(BatchNorm)
    layer(X.clone())
    for name, right in (("mean", [0.25, 0.15]), ("var", [1.46875, 1.98125])):
        wanted = matrix([right])[0]
        wrong = [(matrix([row])[0], hint) for row, hint in WRONG_RUNNING[name]]
        compare(f"{name} after one batch", attribute(layer, name, wanted), wanted, wrong)
        if getattr(layer, name).requires_grad:
            raise WrongError(f"{name} belongs to a graph", "it requires grad", "no graph", "detach it, or use no_grad")


def layer_in_evaluation(BatchNorm: Any) -> None:
    """In evaluation, mean 1 and variance 4 are taken, and kept."""
    layer = new_layer(BatchNorm)
    with torch.no_grad():
        layer.mean.fill_(1.0)
        layer.var.fill_(4.0)
    layer.eval()
    right = (X - 1.0) / 4.5**0.5
    hint = "yours takes the batch's own statistics: in evaluation the running ones are taken"
    y = tensor(layer(X.clone()), X, right, "the output in evaluation", "x").detach()
    compare("the output in evaluation", y, right, [(NORMALISED, hint)])
    for name, value in (("mean", 1.0), ("var", 4.0)):
        numbers = torch.full((2,), value).double()
        compare(f"{name} after evaluation", attribute(layer, name, numbers), numbers)


# --- Question 5: the convnet ---------------------------------------------------------------------------------------


class Tripling(nn.Module):
    """Stands in for a normalising layer: three times its input, minus 1."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return 3 x - 1."""
        return 3 * x - 1


def filled(network: Any, value: float) -> Any:
    """Give all parameters of a network one value."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(value)
    return network


def first_logit(network: Any, image: torch.Tensor) -> float:
    """Return the first of a network's ten logits for an image."""
    logits = network(image)
    if not isinstance(logits, torch.Tensor) or logits.shape != (len(image), 10):
        expected = f"shape {(len(image), 10)}"
        yours = f"shape {tuple(logits.shape)}" if isinstance(logits, torch.Tensor) else show(logits)
        raise WrongError(
            "the output of the network", yours, expected, example="conv_net([2, 3])(torch.ones(1, 1, 4, 4))"
        )
    return float(logits[0, 0])


def shapes_of_parameters(conv_net: Callable[..., Any]) -> None:
    """The parameters of a network with two blocks, without and with a norm."""
    for norm, biases in ((None, [[2], [3]]), (lambda channels: Tripling(), [])):
        wanted = sorted([[2, 1, 3, 3], [3, 2, 3, 3], *biases, [10, 3], [10]])
        found = sorted(list(parameter.shape) for parameter in conv_net([2, 3], norm).parameters())
        what = f"the parameters' shapes {'without' if norm is None else 'with'} norm"
        if found != wanted:
            raise WrongError(what, str(found), str(wanted), example="conv_net([2, 3], norm).parameters()")


def values_of_network(conv_net: Callable[..., Any]) -> None:
    """Weights of 0.1 and an image of ones: 4x4 pixels, 2x2 after the first block, one after the second."""
    image, example = torch.ones(1, 1, 4, 4), "conv_net([2, 3])(torch.ones(1, 1, 4, 4))"
    # 4, 6, 6 and 9 pixels lie below the first convolution's four positions, all four below the second's
    first = [0.1 * pixels + 0.1 for pixels in (4, 6, 6, 9)]
    second = 0.1 * 2 * sum(first) + 0.1
    right = 0.1 * 3 * second + 0.1
    found = first_logit(filled(conv_net([2, 3]), 0.1), image)
    if abs(found - right) > 1e-4:
        raise WrongError("a logit where all weights are 0.1", f"{found:.6g}", f"{right:.6g}", example=example)
    found = first_logit(filled(conv_net([2, 3]), -0.1), image)
    if abs(found + 0.1) > 1e-4:
        hint = "with a ReLU after each block, the last one included, only the last bias is left"
        raise WrongError("a logit where all weights are -0.1", f"{found:.6g}", "-0.1", hint, example=example)


def norm_in_network(conv_net: Callable[..., Any]) -> None:
    """norm is called with each number of channels, and what it returns is applied before the ReLU."""
    asked: list[int] = []

    def norm(channels: int) -> nn.Module:
        asked.append(channels)
        return Tripling()

    network = filled(conv_net([2, 3], norm), 0.1)
    if sorted(asked) != [2, 3]:
        raise WrongError("what norm was called with", str(asked), "[2, 3]", example="conv_net([2, 3], norm)")
    first = [3 * 0.1 * pixels - 1 for pixels in (4, 6, 6, 9)]
    second = 3 * 0.1 * 2 * sum(value for value in first if value > 0) - 1
    right = 0.1 * 3 * max(second, 0.0) + 0.1
    found = first_logit(network, torch.ones(1, 1, 4, 4))
    if abs(found - right) > 1e-4:
        hint = "the order is convolution, norm, ReLU; with norm the convolutions have no bias"
        raise WrongError("a logit with a norm that is 3 x - 1", f"{found:.6g}", f"{right:.6g}", hint, calls=False)


# --- Question 6: measuring -----------------------------------------------------------------------------------------


class Notes(list):  # type: ignore[type-arg]
    """What a model notes of its calls. A copy of the model writes into the same notes."""

    def __deepcopy__(self, memo: Any) -> Any:
        """Return these notes themselves."""
        return self


class Table(nn.Module):
    """A model whose logits are its input; it notes its mode."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(()))
        self.modes = Notes()

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Return the logits."""
        self.modes.append(self.training)
        return self.factor * X


# three examples, then one: labels, logits; right are 1 of 3, and 1 of 1
BATCHES = (
    (torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.0]]), torch.tensor([0, 0, 1])),
    (torch.tensor([[0.0, 4.0]]), torch.tensor([1])),
)


def half_squares(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return a loss: the mean of the first logits."""
    return logits[:, 0].mean()


def uneven_batches(evaluate: Callable[..., Any]) -> None:
    """Three examples, then one."""
    model = Table()
    loss, accuracy = answers(evaluate(model, half_squares, list(BATCHES)), ("loss", "accuracy"), "evaluate")
    each = "each example counts the same, and yours is the mean of the batches' means"
    wrong_loss = [
        (5 / 6, each),
        (5 / 3, "yours is the sum of the batches' means"),
        (5.0, "yours is a sum: divide by 4"),
    ]
    compare("the loss", single(loss, 1.25, "the loss"), 1.25, wrong_loss)
    wrong = [
        (2 / 3, each),
        (2.0, "yours is the number of right ones: divide by 4, the number of examples"),
        (1.0, "yours is the number of right ones divided by that of the batches"),
        (0.5 * 100, "yours is in per cent: a fraction is wanted"),
    ]
    compare("the accuracy", single(accuracy, 0.5, "the accuracy"), 0.5, wrong)


def modes_of_model(evaluate: Callable[..., Any]) -> None:
    """The model is in evaluation mode when it is called, and in its old mode afterwards."""
    for training in (True, False):
        model = Table().train(training)
        evaluate(model, half_squares, list(BATCHES))
        if any(model.modes):
            raise WrongError("the model's mode when it is called", "training", "evaluation", calls=False)
        if model.training is not training:
            found, wanted = ("training" if mode else "evaluation" for mode in (model.training, training))
            raise WrongError("the model's mode afterwards", found, f"{wanted}, as before", calls=False)


def no_graph(evaluate: Callable[..., Any]) -> None:
    """No graph is recorded."""
    seen = []

    def noting(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        seen.append(logits.requires_grad)
        return half_squares(logits, y)

    evaluate(Table(), noting, list(BATCHES))
    if any(seen):
        raise WrongError("the logits", "they require grad", "no graph", "torch.no_grad() records none", calls=False)


# --- Question 7: the ratio of the errors ---------------------------------------------------------------------------


def ratio_of_errors(error_ratio: Callable[..., Any]) -> None:
    """Accuracies of 0.95 without and 0.98 with it."""
    wrong = [
        (2.5, "yours is the errors without, divided by the errors with it: the other way round"),
        (0.98 / 0.95, "yours is the ratio of the accuracies: take the errors"),
        (0.95 / 0.98, "yours is the ratio of the accuracies: take the errors"),
        (0.03, "yours is the difference of the accuracies: a ratio of the errors is wanted"),
        (0.6, "yours is the share of the errors that is gone: wanted is the one that is left"),
        (40.0, "yours is in per cent: a fraction is wanted"),
    ]
    compare("the ratio", single(error_ratio(0.95, 0.98), 0.4, "the ratio"), 0.4, wrong, tolerance=1e-4)


# --- How a stub shows ----------------------------------------------------------------------------------------------


def stub_standardise(standardise: Callable[..., Any]) -> bool:
    """It returns the images as they came."""
    train, test = torch.eye(4, 784), torch.eye(2, 784)
    answer = standardise(train.clone(), test.clone())
    return torch.equal(answer[0], train) and torch.equal(answer[1], test)


def stub_batch_norm(batch_norm: Callable[..., Any]) -> bool:
    """It returns x."""
    return torch.equal(batch_norm(X.clone(), GAMMA.clone(), BETA.clone()), X)


def stub_gradient(batch_norm_grad: Callable[..., Any]) -> bool:
    """It returns nothing but zeros."""
    return not any(bool(part.any()) for part in batch_norm_grad(DY.clone(), X.clone(), GAMMA.clone()))


def stub_layer(BatchNorm: Any) -> bool:
    """It has no parameters and returns x."""
    layer = BatchNorm(2)
    return not list(layer.parameters()) and torch.equal(layer(X.clone()), X)


def stub_conv_net(conv_net: Callable[..., Any]) -> bool:
    """It has no layers."""
    return not list(conv_net([2, 3]).parameters())


def stub_evaluate(evaluate: Callable[..., Any]) -> bool:
    """It doesn't call the model."""
    model = Table()
    evaluate(model, half_squares, list(BATCHES))
    return not model.modes


def stub_ratio(error_ratio: Callable[..., Any]) -> bool:
    """It returns 0."""
    return bool(error_ratio(0.5, 0.75) == 0.0)


QUESTIONS = by_name(
    Question(
        "standardise",
        "standardise",
        stub_standardise,
        (standardised_images, standardise_leaves_images),
        forbidden=READY_MADE,
    ),
    Question(
        "batch_norm",
        "batch_norm",
        stub_batch_norm,
        (normalised, normalised_in_float32, far_from_zero, gradient_through_statistics, leaves_batch),
        forbidden=READY_MADE,
        autograd=True,
    ),
    Question(
        "batch_norm_grad",
        "batch_norm_grad",
        stub_gradient,
        (gradients_by_formula, gradients_in_float32),
        forbidden={**READY_MADE, **AUTOGRAD},
    ),
    Question(
        "batch_norm_layer",
        "BatchNorm",
        stub_layer,
        (parameters_and_buffers, layer_in_training, running_statistics, layer_in_evaluation),
        what="class",
        forbidden=READY_MADE,
        autograd=True,
    ),
    Question("conv_net", "conv_net", stub_conv_net, (shapes_of_parameters, values_of_network, norm_in_network)),
    Question("evaluate", "evaluate", stub_evaluate, (uneven_batches, modes_of_model, no_graph), autograd=True),
    Question("error_ratio", "error_ratio", stub_ratio, (ratio_of_errors,)),
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
