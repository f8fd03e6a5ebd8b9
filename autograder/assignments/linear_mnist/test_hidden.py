"""Hidden tests of linear_mnist. A test's docstring is the sentence a student reads about it.

Try one by hand: ``pytest autograder/assignments/linear_mnist/test_hidden.py --notebook N -k adam``.
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autograder.judge.answer_checks import Answer
from autograder.judge.student_fixture import Student

from . import first_examples, reference, tolerances
from . import strategies as draw

pytestmark = pytest.mark.forbid("autograd", "losses", "optimisers")


def check_loss(answer: Answer, batch: draw.Batch, strict: bool = False) -> None:
    right = reference.CE_loss(*batch)
    answer.number(strict=strict)
    answer.close(right, tolerances.ce_loss(batch.X, batch.w, right), "The loss")


def check_gradient(answer: Answer, batch: draw.Batch, strict: bool = False) -> None:
    answer.tensor(like=batch.w, name="The gradient", strict=strict)
    answer.close(reference.grad_func(*batch), tolerances.gradient(*batch), "The gradient")


@pytest.mark.question("ce_loss")
@pytest.mark.points(1.5)
@first_examples.tried_first(first_examples.BATCHES_OF_ONE_CLASS)
@given(batch=draw.batches())
def test_ce_loss_small(student: Student, batch: draw.Batch) -> None:
    """CE_loss is the mean cross-entropy on small batches of any size, float32 and float64, contiguous or not."""
    check_loss(student.CE_loss(*batch), batch)


@pytest.mark.question("ce_loss")
@pytest.mark.points(1)
@first_examples.tried_first(first_examples.LARGE_LOGITS)
@given(batch=draw.large_logit_batches())
def test_ce_loss_large_logits(student: Student, batch: draw.Batch) -> None:
    """CE_loss is right and finite for logits up to ±10,000."""
    check_loss(student.CE_loss(*batch), batch)


@pytest.mark.question("ce_loss")
@pytest.mark.points(1)
@pytest.mark.examples(12)
@first_examples.tried_first(first_examples.UNEVEN_BATCHES)
@given(batch=draw.image_batches())
def test_ce_loss_images(student: Student, batch: draw.Batch) -> None:
    """CE_loss is right on larger batches that look like images."""
    check_loss(student.CE_loss(*batch), batch)


@pytest.mark.question("ce_loss")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.BATCHES)
@given(batch=draw.batches(least_classes=2))
def test_ce_loss_float(student: Student, batch: draw.Batch) -> None:
    """CE_loss returns its value as a Python float, not as a tensor."""
    check_loss(student.CE_loss(*batch), batch, strict=True)


@pytest.mark.question("grad_func")
@pytest.mark.points(2)
@first_examples.tried_first(first_examples.BATCHES_OF_ONE_CLASS)
@given(batch=draw.batches())
def test_grad_func_small(student: Student, batch: draw.Batch) -> None:
    """grad_func is the gradient of the mean cross-entropy on small batches of any size, contiguous or not."""
    check_gradient(student.grad_func(*batch), batch)


@pytest.mark.question("grad_func")
@pytest.mark.points(1.5)
@first_examples.tried_first(first_examples.LARGE_LOGITS)
@given(batch=draw.large_logit_batches())
def test_grad_func_large_logits(student: Student, batch: draw.Batch) -> None:
    """grad_func is right and finite for logits up to ±10,000."""
    check_gradient(student.grad_func(*batch), batch)


@pytest.mark.question("grad_func")
@pytest.mark.points(1)
@pytest.mark.examples(12)
@first_examples.tried_first(first_examples.UNEVEN_BATCHES)
@given(batch=draw.image_batches())
def test_grad_func_images(student: Student, batch: draw.Batch) -> None:
    """grad_func is right on larger batches that look like images."""
    check_gradient(student.grad_func(*batch), batch)


@pytest.mark.question("grad_func")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.BATCHES)
@given(batch=draw.batches(least_classes=2))
def test_grad_func_dtype(student: Student, batch: draw.Batch) -> None:
    """grad_func returns a tensor with the shape and dtype of w."""
    check_gradient(student.grad_func(*batch), batch, strict=True)


@pytest.mark.question("grad_func")
@pytest.mark.points(1)
@first_examples.tried_first(first_examples.BATCHES)
@given(batch=draw.batches(least_classes=2))
def test_grad_func_inputs(student: Student, batch: draw.Batch) -> None:
    """grad_func leaves X, ystar and w as they were."""
    answer = student.grad_func(*batch, back=(0, 1, 2))
    check_gradient(answer, batch)
    for name, before, after in zip(("X", "ystar", "w"), batch, answer.after, strict=True):
        check_unchanged(answer, name, before, after)


def check_unchanged(answer: Answer, name: str, before: torch.Tensor, after: object) -> None:
    if not (isinstance(after, torch.Tensor) and after.dtype == before.dtype and torch.equal(after, before)):
        message = f"{answer.call.function} changed its input {name}: work on a copy instead."
        raise answer.fail(message, f"{name} as it was", f"a changed {name}")


def check_sgd(answer: Answer, w: torch.Tensor, m: torch.Tensor, grad: torch.Tensor, eta: float, beta: float,
              strict: bool = False) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    new_w, new_m = answer.parts(("w", "m"))
    result = new_w.tensor(w, "The new w", strict), new_m.tensor(m, "The new m", strict)
    right_w, right_m = reference.sgd_momentum_step(w, m, grad, eta, beta)
    new_m.close(right_m, tolerances.momentum(m, grad, beta), "The new m")
    new_w.close(right_w, tolerances.sgd_weights(w, m, grad, eta, beta), "The new w")
    return result


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(1.5)
@first_examples.tried_first(first_examples.SGD_STATES)
@given(state=draw.sgd_states(), eta=draw.ETAS, beta=draw.BETAS)
def test_sgd_momentum_step(student: Student, state: draw.SgdState, eta: float, beta: float) -> None:
    """One step of SGD with momentum from any w and m, for any eta and beta."""
    check_sgd(student.sgd_momentum_step(*state, eta, beta), *state, eta, beta)


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(1.5)
@first_examples.tried_first(first_examples.SGD_RUNS)
@given(run=draw.runs(draw.STEPS), beta=draw.BETAS)
def test_sgd_momentum_steps(student: Student, run: draw.Run, beta: float) -> None:
    """Several steps of SGD with momentum in a row, with eta changing on the way, follow torch.optim.SGD."""
    w, gradients, etas = run
    m = torch.zeros_like(w)
    for step, (grad, eta) in enumerate(zip(gradients, etas, strict=True), start=1):
        student.where = f"step {step} of {len(gradients)}"
        answer = student.sgd_momentum_step(w.clone(), m.clone(), grad, eta, beta)
        w, m = check_sgd(answer, w, m, grad, eta, beta)


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(1)
@first_examples.tried_first(first_examples.SGD_STATES)
@given(state=draw.sgd_states(large=True), eta=draw.ETAS, beta=draw.BETAS)
def test_sgd_momentum_keeps(student: Student, state: draw.SgdState, eta: float, beta: float) -> None:
    """sgd_momentum_step keeps shape and dtype, leaves grad as it was, and is right for large matrices, too."""
    answer = student.sgd_momentum_step(*state, eta, beta, back=(2,))
    check_sgd(answer, *state, eta, beta, strict=True)
    check_unchanged(answer, "grad", state[2], answer.after[0])


def check_adam(answer: Answer, w: torch.Tensor, m: torch.Tensor, v: torch.Tensor, grad: torch.Tensor, t: int,
               eta: float, beta_1: float, beta_2: float, epsilon: float,
               strict: bool = False) -> tuple[torch.Tensor, ...]:  # fmt: skip
    parts = answer.parts(("w", "m", "v"))
    new_w, new_m, new_v = parts
    names = ("The new w", "The new m", "The new v")
    result = tuple(part.tensor(w, name, strict) for part, name in zip(parts, names, strict=True))
    right_w, right_m, right_v = reference.adam_step(w, m, v, grad, t, eta, beta_1, beta_2, epsilon)
    new_m.close(right_m, tolerances.moment(m, grad, beta_1), "The new m")
    new_v.close(right_v, tolerances.moment(v, grad.double() ** 2, beta_2), "The new v")
    new_w.close(right_w, tolerances.adam_weights(w, m, v, grad, t, eta, beta_1, beta_2, epsilon), "The new w")
    return result


def follow_adam(student: Student, w: torch.Tensor, gradients: list[torch.Tensor], etas: list[float], beta_1: float,
                beta_2: float, epsilon: float, strict: bool = False) -> None:  # fmt: skip
    """Take consecutive steps from zero moments at t = 1, each from what the student's function gave back."""
    m, v = torch.zeros_like(w), torch.zeros_like(w)
    for t, (grad, eta) in enumerate(zip(gradients, etas, strict=True), start=1):
        student.where = f"step {t} of {len(gradients)}"
        answer = student.adam_step(w.clone(), m.clone(), v.clone(), grad, t, eta, beta_1, beta_2, epsilon, back=(3,))
        w, m, v = check_adam(answer, w, m, v, grad, t, eta, beta_1, beta_2, epsilon, strict)
        if strict:
            check_unchanged(answer, "grad", grad, answer.after[0])


@pytest.mark.question("adam")
@pytest.mark.points(1.5)
@first_examples.tried_first(first_examples.ADAM_FIRST_STEPS)
@given(run=draw.runs(st.just(1)), beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_first_step(student: Student, run: draw.Run, beta_1: float, beta_2: float, epsilon: float) -> None:
    """Adam's first step, from zero moments at t = 1, for any eta, betas and epsilon."""
    follow_adam(student, *run, beta_1, beta_2, epsilon)


@pytest.mark.question("adam")
@pytest.mark.points(1)
@first_examples.tried_first(first_examples.ADAM_STATES)
@given(state=draw.adam_states(), eta=draw.ETAS, beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_any_step(student: Student, state: draw.AdamState, eta: float, beta_1: float, beta_2: float,
                       epsilon: float) -> None:  # fmt: skip
    """One of Adam's steps, from any w, m and v and with any number t."""
    answer = student.adam_step(*state, eta, beta_1, beta_2, epsilon)
    check_adam(answer, *state, eta, beta_1, beta_2, epsilon)


@pytest.mark.question("adam")
@pytest.mark.points(1.5)
@first_examples.tried_first(first_examples.ADAM_RUNS)
@given(run=draw.runs(st.integers(2, 5)), beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_steps(student: Student, run: draw.Run, beta_1: float, beta_2: float, epsilon: float) -> None:
    """Several of Adam's steps in a row, with eta changing on the way, follow torch.optim.Adam."""
    follow_adam(student, *run, beta_1, beta_2, epsilon)


@pytest.mark.question("adam")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.ADAM_DEFAULT_RUNS)
@given(run=draw.runs(st.integers(1, 3)))
def test_adam_keeps(student: Student, run: draw.Run) -> None:
    """adam_step keeps shape and dtype and leaves grad as it was."""
    follow_adam(student, *run, 0.9, 0.999, 1e-8, strict=True)


@pytest.mark.question("adam")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.ADAM_DEFAULT_STEPS)
@given(run=draw.runs(st.just(1)))
def test_adam_defaults(student: Student, run: draw.Run) -> None:
    """adam_step's own settings are eta = 1e-3, beta_1 = 0.9, beta_2 = 0.999 and epsilon = 1e-8."""
    w, (grad,), _ = run
    zero = torch.zeros_like(w)
    answer = student.adam_step(w, zero, zero, grad, 1)
    check_adam(answer, w, zero, zero, grad, 1, 1e-3, 0.9, 0.999, 1e-8)


@pytest.mark.question("adam")
@pytest.mark.points(1)
@pytest.mark.examples(6)
@given(run=draw.large_runs())
def test_adam_large(student: Student, run: draw.Run) -> None:
    """Ten of Adam's steps on larger matrices with the usual eta, betas and epsilon follow torch.optim.Adam."""
    follow_adam(student, *run, 0.9, 0.999, 1e-8)
