"""Hidden tests of linear_mnist: SGD with momentum. Each asks one thing: m and w are paid by themselves."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.answer_checks import Answer, StudentFailed
from autograder.judge.student_fixture import Student

from . import first_examples, probes, reference, tolerances
from . import strategies as draw
from .steps import Step

pytestmark = pytest.mark.forbid("autograd", "losses", "optimisers")


def a_step(*inputs: object) -> Step:
    return Step("sgd_momentum_step", ("w", "m"), inputs)


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(0.5)
@pytest.mark.examples(10, smaller=True)
@first_examples.tried_first(first_examples.SGD_STATES)
@given(state=draw.seeded_states(1), eta=draw.ETAS, beta=draw.BETAS)
def test_sgd_momentum_starts(student: Student, state: draw.SgdState, eta: float, beta: float) -> None:
    """From zero momentum, the new m is grad, and w moves."""
    w, m, grad = state
    step = a_step(w, 0 * m, grad, eta, beta)
    answer = student.sgd_momentum_step(*step.inputs)
    step.check(answer, "m")
    step.check_moves(answer)
    step.check_is_a_step(answer)


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(0.5)
@pytest.mark.examples(10, smaller=True)
@first_examples.tried_first(first_examples.SGD_STATES)
@given(state=draw.sgd_states(), eta=draw.ETAS, beta=draw.BETAS)
def test_sgd_momentum_fades(student: Student, state: draw.SgdState, eta: float, beta: float) -> None:
    """Where grad is zero, the new m is beta * m."""
    w, m, grad = state
    step = a_step(w, m, 0 * grad, eta, beta)
    step.check(student.sgd_momentum_step(*step.inputs), "m")


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(0.5)
@pytest.mark.examples(16, smaller=True)
@first_examples.tried_first([*first_examples.SGD_STATES, *first_examples.SGD_AT_RATE_ZERO])
@given(state=draw.sgd_states(), eta=draw.ETAS, beta=draw.BETAS)
def test_sgd_momentum_m(student: Student, state: draw.SgdState, eta: float, beta: float) -> None:
    """The new m is right, from any m and for any grad, eta and beta."""
    step = a_step(*state, eta, beta)
    step.check(student.sgd_momentum_step(*step.inputs), "m")


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(0.75)
@pytest.mark.examples(16, smaller=True)
@first_examples.tried_first([*first_examples.SGD_STATES, *first_examples.SGD_AT_RATE_ZERO])
@given(state=draw.sgd_states(), eta=draw.ETAS, beta=draw.BETAS)
def test_sgd_momentum_w(student: Student, state: draw.SgdState, eta: float, beta: float) -> None:
    """The new w is w - eta * m, with the new m."""
    step = a_step(*state, eta, beta)
    answer = student.sgd_momentum_step(*step.inputs)
    try:
        step.check(answer, "w")
    except StudentFailed:
        step.check_moves(answer)
        own = eta * step.numbers(answer, "m")
        off = step.off("w") + 1e-5 * own.abs()
        step.part(answer, "w").close(state[0] - own, off, "The new w, with your new m,")


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(0.5)
@pytest.mark.examples(6)
@given(state=draw.seeded_states(1), beta=draw.BETAS)
def test_sgd_momentum_eta(student: Student, state: draw.SgdState, beta: float) -> None:
    """Twice the learning rate makes the step twice as long."""
    once, twice = a_step(*state, 0.1, beta), a_step(*state, 0.2, beta)
    once.check_twice_as_far(student.sgd_momentum_step(*once.inputs), student.sgd_momentum_step(*twice.inputs))


def check_exactly(answer: Answer, w: Tensor, m: Tensor, grad: Tensor, eta: float, beta: float) -> tuple[Tensor, ...]:
    new_w, new_m = answer.parts(("w", "m"))
    right_w, right_m = reference.sgd_momentum_step(w, m, grad, eta, beta)
    new_m.close(right_m, tolerances.momentum(m, grad, beta), "The new m")
    new_w.close(right_w, tolerances.sgd_weights(w, m, grad, eta, beta), "The new w")
    return new_w.tensor(w, "The new w", strict=False), new_m.tensor(m, "The new m", strict=False)


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(0.75)
@pytest.mark.examples(19, smaller=True)
@first_examples.tried_first(first_examples.SGD_RUNS)
@given(run=draw.runs(draw.STEPS), beta=draw.BETAS)
def test_sgd_momentum_steps(student: Student, run: draw.Run, beta: float) -> None:
    """Several steps of SGD with momentum in a row, in any layout, with changing eta, follow torch.optim.SGD exactly."""
    w, gradients, etas = run
    m = torch.zeros_like(w)
    for step, (grad, eta) in enumerate(zip(gradients, etas, strict=True), start=1):
        student.where = f"step {step} of {len(gradients)}"
        answer = student.sgd_momentum_step(w, m, grad, eta, beta)
        w, m = check_exactly(answer, w, m, grad, eta, beta)


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(0.25)
@pytest.mark.examples(8)
@first_examples.tried_first(first_examples.SGD_FIRST_AND_LATER)
@given(state=draw.seeded_states(1), eta=draw.ETAS, beta=draw.BETAS, first=st.booleans())
def test_sgd_momentum_dtype(student: Student, state: draw.SgdState, eta: float, beta: float, first: bool) -> None:
    """The new w and m are tensors with the shape and dtype of the old ones, in the first step and later."""
    w, m, grad = state
    step = a_step(w, 0 * m if first else m / 8, grad, eta, beta)
    answer = student.sgd_momentum_step(*step.inputs)
    step.check_types(answer)
    step.check_is_a_step(answer)


@pytest.mark.question("sgd_momentum")
@pytest.mark.points(0.25)
@pytest.mark.examples(8)
@first_examples.tried_first(first_examples.SGD_FIRST_AND_LATER)
@given(state=draw.seeded_states(1), eta=draw.ETAS, beta=draw.BETAS, first=st.booleans())
def test_sgd_momentum_grad(student: Student, state: draw.SgdState, eta: float, beta: float, first: bool) -> None:
    """sgd_momentum_step leaves grad as it was, in the first step and later, and that of the step before, too."""
    w, m, grad = state
    step = a_step(w, 0 * m if first else m / 8, grad, eta, beta)
    answer = student.sgd_momentum_step(*step.inputs, back=(2,))
    answer.unchanged(("grad",), (grad,))
    step.check_is_a_step(answer)
    both = student.probe(probes.gradients_after_two_steps, "sgd_momentum_step", w, grad, m, eta, beta)
    Answer(both.call, both.value, tuple(both.value)).unchanged(("grad", "grad, in the next step,"), (grad, m))
