"""A hint names what the answer's value is equal to; where that is not known, there is none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch

from autograder.handed_out.selfcheck.comparing import answers, compare, number, show, tensor, unchanged
from autograder.handed_out.selfcheck.questions import Question, WrongError, by_name, matrix

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
