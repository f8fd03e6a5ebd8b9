"""Hidden tests of linear_mnist: Adam. Each asks one thing: m, v and w are paid by themselves.

The first step comes first: an answer that counts its own calls is told by how it fails before others have called it.
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.answer_checks import Answer, StudentFailed
from autograder.judge.student_fixture import Student

from . import first_examples, reference, tolerances
from . import strategies as draw
from .steps import Step

pytestmark = pytest.mark.forbid("autograd", "losses", "optimisers")

NAMES = ("w", "m", "v")
USUAL = (1e-3, 0.9, 0.999, 1e-8)  # eta, beta_1, beta_2, epsilon


def a_step(*inputs: object) -> Step:
    return Step("adam_step", NAMES, inputs)


@pytest.mark.question("adam")
@pytest.mark.points(1)
@pytest.mark.examples(20, smaller=True)
@first_examples.tried_first(first_examples.ADAM_FIRST_STEPS)
@given(run=draw.runs(st.just(1)), beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_first_step(student: Student, run: draw.Run, beta_1: float, beta_2: float, epsilon: float) -> None:
    """The new w is right after the first step, from zero moments at t = 1."""
    w, (grad,), (eta,) = run
    w = w.contiguous()  # in other layouts some steps in a row are tried
    step = a_step(w, torch.zeros_like(w), torch.zeros_like(w), grad, 1, eta, beta_1, beta_2, epsilon)
    step.check(student.adam_step(*step.inputs), "w")


@pytest.mark.question("adam")
@pytest.mark.points(0.75)
@pytest.mark.examples(20, smaller=True)
@first_examples.tried_first(first_examples.STATES_FOR_M)
@given(state=draw.adam_states(), eta=draw.ETAS, beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_m(student: Student, state: draw.AdamState, eta: float, beta_1: float, beta_2: float,
                epsilon: float) -> None:  # fmt: skip
    """The new m is right: the running mean of the gradients, not yet corrected."""
    step = a_step(*state, eta, beta_1, beta_2, epsilon)
    step.check(student.adam_step(*step.inputs), "m")


@pytest.mark.question("adam")
@pytest.mark.points(0.75)
@pytest.mark.examples(20, smaller=True)
@first_examples.tried_first(first_examples.STATES_FOR_V)
@given(state=draw.adam_states(), eta=draw.ETAS, beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_v(student: Student, state: draw.AdamState, eta: float, beta_1: float, beta_2: float,
                epsilon: float) -> None:  # fmt: skip
    """The new v is right: the running mean of the squared gradients, not yet corrected."""
    step = a_step(*state, eta, beta_1, beta_2, epsilon)
    step.check(student.adam_step(*step.inputs), "v")


@pytest.mark.question("adam")
@pytest.mark.points(0.25)
@pytest.mark.examples(6)
@given(state=draw.seeded_adam_states(first=True), epsilon=st.sampled_from([1e-8, 1e-4]))
def test_adam_downhill(student: Student, state: draw.AdamState, epsilon: float) -> None:
    """In the first step every weight goes against its gradient."""
    step = a_step(*state, 0.01, 0.9, 0.999, epsilon)
    answer = student.adam_step(*step.inputs)
    change = step.numbers(answer, "w") - state[0]
    if not bool((change * state[3] < 0).all()):
        message = "Some weights go along their gradient, or stay where they are."
        raise step.part(answer, "w").fail(message, "steps against the gradient")


@pytest.mark.question("adam")
@pytest.mark.points(1)
@pytest.mark.examples(25, smaller=True)
@first_examples.tried_first(first_examples.STATES_FOR_W)
@given(state=draw.adam_states(), eta=draw.ETAS, beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_w(student: Student, state: draw.AdamState, eta: float, beta_1: float, beta_2: float,
                epsilon: float) -> None:  # fmt: skip
    """The new w follows from the new m and v, at any step t."""
    step = a_step(*state, eta, beta_1, beta_2, epsilon)
    answer = student.adam_step(*step.inputs)
    try:
        step.check(answer, "w")
    except StudentFailed:
        if step.is_right(answer, "m") and step.is_right(answer, "v"):
            raise
        step.check_moves(answer)
        w, t = state[0], state[4]
        m_hat, v_hat = step.numbers(answer, "m") / (1 - beta_1**t), step.numbers(answer, "v") / (1 - beta_2**t)
        change = eta * m_hat / (v_hat.sqrt() + epsilon)
        if not bool(change.isfinite().all()):  # of a v that is negative, there is no root
            raise
        off = 1e-6 * w.abs() + 1e-3 * change.abs()
        step.part(answer, "w").close(w - change, off, "The new w, with your new m and v,")


@pytest.mark.question("adam")
@pytest.mark.points(0.25)
@pytest.mark.examples(6)
@given(state=draw.seeded_adam_states(), beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_eta(student: Student, state: draw.AdamState, beta_1: float, beta_2: float, epsilon: float) -> None:
    """Twice the learning rate makes the step twice as long."""
    once, twice = (a_step(*state, eta, beta_1, beta_2, epsilon) for eta in (0.1, 0.2))
    once.check_twice_as_far(student.adam_step(*once.inputs), student.adam_step(*twice.inputs))


def check_exactly(answer: Answer, w: Tensor, m: Tensor, v: Tensor, grad: Tensor, t: int, eta: float, beta_1: float,
                  beta_2: float, epsilon: float) -> tuple[Tensor, ...]:  # fmt: skip
    parts = answer.parts(NAMES)
    new_w, new_m, new_v = parts
    right_w, right_m, right_v = reference.adam_step(w, m, v, grad, t, eta, beta_1, beta_2, epsilon)
    new_m.close(right_m, tolerances.moment(m, grad, beta_1), "The new m")
    new_v.close(right_v, tolerances.moment(v, grad.double() ** 2, beta_2), "The new v")
    new_w.close(right_w, tolerances.adam_weights(w, m, v, grad, t, eta, beta_1, beta_2, epsilon), "The new w")
    return tuple(part.tensor(w, f"The new {name}", strict=False) for part, name in zip(parts, NAMES, strict=True))


def follow(student: Student, w: Tensor, gradients: list[Tensor], etas: list[float], beta_1: float, beta_2: float,
           epsilon: float) -> None:  # fmt: skip
    """Take consecutive steps from zero moments at t = 1, each from what the student's function gave back."""
    m, v = torch.zeros_like(w), torch.zeros_like(w)
    for t, (grad, eta) in enumerate(zip(gradients, etas, strict=True), start=1):
        student.where = f"step {t} of {len(gradients)}"
        answer = student.adam_step(w, m, v, grad, t, eta, beta_1, beta_2, epsilon)
        w, m, v = check_exactly(answer, w, m, v, grad, t, eta, beta_1, beta_2, epsilon)


@pytest.mark.question("adam")
@pytest.mark.points(0.75)
@pytest.mark.examples(20, smaller=True)
@first_examples.tried_first(first_examples.ADAM_RUNS)
@given(run=draw.runs(st.integers(2, 5)), beta_1=draw.BETAS, beta_2=draw.BETAS_2, epsilon=draw.EPSILONS)
def test_adam_steps(student: Student, run: draw.Run, beta_1: float, beta_2: float, epsilon: float) -> None:
    """Several of Adam's steps in a row, in any layout and with eta changing, follow torch.optim.Adam exactly."""
    follow(student, *run, beta_1, beta_2, epsilon)


@pytest.mark.question("adam")
@pytest.mark.points(0.25)
@pytest.mark.examples(4)
@given(run=draw.large_runs())
def test_adam_large(student: Student, run: draw.Run) -> None:
    """Ten of Adam's steps on larger matrices with the usual eta, betas and epsilon follow torch.optim.Adam exactly."""
    follow(student, *run, 0.9, 0.999, 1e-8)


@pytest.mark.question("adam")
@pytest.mark.points(0.25)
@pytest.mark.examples(8)
@first_examples.tried_first(first_examples.ADAM_STEADY)
@given(state=draw.steady_adam_states())
def test_adam_dtype(student: Student, state: draw.AdamState) -> None:
    """The new w, m and v are tensors with the shape and dtype of the old ones, in the first step and later."""
    step = a_step(*state, *USUAL)
    answer = student.adam_step(*step.inputs)
    step.check_types(answer)
    step.check_is_a_step(answer)


@pytest.mark.question("adam")
@pytest.mark.points(0.25)
@pytest.mark.examples(8)
@first_examples.tried_first(first_examples.ADAM_STEADY)
@given(state=draw.steady_adam_states())
def test_adam_grad(student: Student, state: draw.AdamState) -> None:
    """adam_step leaves grad as it was, in the first step and later."""
    step = a_step(*state, *USUAL)
    answer = student.adam_step(*step.inputs, back=(3,))
    answer.unchanged(("grad",), state[3:4])
    step.check_is_a_step(answer)


@pytest.mark.question("adam")
@pytest.mark.points(0.5)
@pytest.mark.examples(8)
@first_examples.tried_first(first_examples.ADAM_AT_REST)
@given(state=draw.seeded_adam_states(first=True))
def test_adam_defaults(student: Student, state: draw.AdamState) -> None:
    """adam_step's own settings are eta = 1e-3, beta_1 = 0.9, beta_2 = 0.999 and epsilon = 1e-8."""
    w, m, v, grad, t = state
    step = a_step(w, m, v, grad * 1e-6, t, *USUAL)  # for a gradient as small as that, epsilon matters
    said, unsaid = student.adam_step(*step.inputs), student.adam_step(*step.inputs[:5])
    step.check_is_a_step(said)
    for name in NAMES:
        off = step.off(name)
        step.part(unsaid, name).close(step.numbers(said, name), off, f"The new {name}, without settings,")
