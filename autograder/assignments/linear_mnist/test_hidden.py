"""Hidden tests of linear_mnist: the loss and its gradient. A test's docstring is the sentence a student reads about it.

Each asks one thing, so that what is right of a wrong answer is paid. See also ``test_sgd`` and ``test_adam``.

Try one by hand: ``pytest autograder/assignments/linear_mnist/test_hidden.py --notebook N -k loss``.
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from autograder.judge.answer_checks import Answer, StudentFailed, joined
from autograder.judge.student_fixture import Student

from . import first_examples, reference, tolerances
from . import strategies as draw

pytestmark = pytest.mark.forbid("autograd", "losses", "optimisers")

Losses = tuple[Answer, torch.Tensor, torch.Tensor]  # the student's, the right ones, their tolerance


def rough_loss(batch: draw.Batch) -> float:
    """Return how far float32 may be off, whatever the inputs are: accuracy is another test's business."""
    return float(tolerances.of_call("CE_loss", torch.float32, *batch))


def rough_gradient(batch: draw.Batch) -> torch.Tensor:
    off: torch.Tensor = tolerances.of_call("grad_func", torch.float32, *batch)
    return off


def losses_of(student: Student, batches: list[draw.Batch], strict: bool = False) -> Losses:
    answers, right = [], torch.tensor([reference.CE_loss(*batch) for batch in batches], dtype=torch.float64)
    for i, batch in enumerate(batches):
        student.where = f"batch {i + 1} of {len(batches)}"
        answers.append(student.CE_loss(*batch))
        answers[i].number(strict=strict)
        answers[i].finite(right[i], "The loss")
    return joined(answers), right, torch.tensor([rough_loss(batch) for batch in batches], dtype=torch.float64)


def unless_raised(student: Student, function: str, batch: draw.Batch) -> Answer | None:
    """Return the answer to a batch; None where it raises, which is another test's business."""
    try:
        answer: Answer = getattr(student, function)(*batch)
    except StudentFailed:
        return None
    return answer


def check_loss(answer: Answer, batch: draw.Batch) -> None:
    right = reference.CE_loss(*batch)
    answer.close(right, tolerances.ce_loss(batch.X, batch.w, right), "The loss")


def check_gradient(answer: Answer, batch: draw.Batch) -> None:
    answer.tensor(like=batch.w, name="The gradient", strict=False)
    answer.close(reference.grad_func(*batch), tolerances.gradient(*batch), "The gradient")


@pytest.mark.question("ce_loss")
@pytest.mark.points(0.75)
@pytest.mark.examples(10, smaller=True)
@first_examples.tried_first(first_examples.SINGLE_EXAMPLES)
@given(batch=draw.batches(examples=draw.ONE))
def test_ce_loss_one_example(student: Student, batch: draw.Batch) -> None:
    """CE_loss is the cross-entropy where the batch is one example."""
    student.CE_loss(*batch).close(reference.CE_loss(*batch), rough_loss(batch), "The loss")


@pytest.mark.question("ce_loss")
@pytest.mark.points(0.5)
@pytest.mark.examples(3)
@given(batches=draw.series(4))
def test_ce_loss_up_to_a_factor(student: Student, batches: list[draw.Batch]) -> None:
    """CE_loss grows and shrinks with the right loss: among batches of one size it is right up to a factor."""
    found, right, off = losses_of(student, batches)
    found.multiple_of(right, off, "The losses")


@pytest.mark.question("ce_loss")
@pytest.mark.points(0.75)
@pytest.mark.examples(4)
@first_examples.tried_first(first_examples.AVERAGED)
@given(batches=draw.seeded_batches(7))
def test_ce_loss_average(student: Student, batches: list[draw.Batch]) -> None:
    """CE_loss of a batch is the mean of what CE_loss gives for each example of it."""
    (batch,) = batches
    each, right, off = losses_of(student, batch.each())
    each.resembles(right, off, "The losses of the examples", least=0.6)
    mean, student.where = float(each.value.mean()), ""
    off_by = float(off.mean()) + 1e-5 * float(each.value.abs().mean())
    student.CE_loss(*batch).close(mean, off_by, "The loss, beside the mean of those of its examples,")


@pytest.mark.question("ce_loss")
@pytest.mark.points(0.5)
@pytest.mark.examples(14, smaller=True)
@first_examples.tried_first(first_examples.BATCHES_OF_ONE_CLASS)
@given(batch=draw.batches())
def test_ce_loss_small(student: Student, batch: draw.Batch) -> None:
    """CE_loss is exact on small batches of any size, float32 and float64, contiguous or not."""
    check_loss(student.CE_loss(*batch), batch)


@pytest.mark.question("ce_loss")
@pytest.mark.points(0.25)
@pytest.mark.examples(8)
@first_examples.tried_first(first_examples.LARGER_BATCHES)
@given(batch=draw.image_batches())
def test_ce_loss_images(student: Student, batch: draw.Batch) -> None:
    """CE_loss is exact on larger batches that look like images."""
    check_loss(student.CE_loss(*batch), batch)


@pytest.mark.question("ce_loss")
@pytest.mark.points(1)
@pytest.mark.examples(7)
@first_examples.tried_first(first_examples.LARGE_LOSSES)
@given(batches=draw.large_logit_series())
def test_ce_loss_large_logits(student: Student, batches: list[draw.Batch]) -> None:
    """CE_loss stays finite for logits up to ±10,000, and right up to a factor and its sign."""
    found, right, off = losses_of(student, batches)
    found.multiple_of(right, off, "The losses", either_sign=True)


@pytest.mark.question("ce_loss")
@pytest.mark.points(0.25)
@pytest.mark.examples(3)
@first_examples.tried_first(first_examples.PLAIN_SERIES)
@given(batches=draw.series(20))
def test_ce_loss_float(student: Student, batches: list[draw.Batch]) -> None:
    """CE_loss returns its value as a Python float, not as a tensor, for one class and for large logits, too."""
    found, right, off = losses_of(student, batches, strict=True)
    found.resembles(right, off, "The losses", least=0.6)
    student.where = ""
    for batch in draw.special_batches(batches[0].w.dtype):
        if (answer := unless_raised(student, "CE_loss", batch)) is not None:
            answer.number()


@pytest.mark.question("grad_func")
@pytest.mark.points(1)
@pytest.mark.examples(14, smaller=True)
@first_examples.tried_first(first_examples.SINGLE_EXAMPLES)
@given(batch=draw.batches(examples=draw.ONE))
def test_grad_func_one_example(student: Student, batch: draw.Batch) -> None:
    """grad_func is the gradient of the cross-entropy where the batch is one example."""
    answer = student.grad_func(*batch)
    answer.tensor(like=batch.w, name="The gradient", strict=False)
    answer.close(reference.grad_func(*batch), rough_gradient(batch), "The gradient")


@pytest.mark.question("grad_func")
@pytest.mark.points(1)
@pytest.mark.examples(18, smaller=True)
@first_examples.tried_first(first_examples.BATCHES)
@given(batch=draw.batches(least_classes=2))
def test_grad_func_direction(student: Student, batch: draw.Batch) -> None:
    """grad_func has the right direction: it is the gradient up to a positive factor."""
    answer = student.grad_func(*batch)
    answer.tensor(like=batch.w, name="The gradient", strict=False)
    answer.multiple_of(reference.grad_func(*batch), rough_gradient(batch), "The gradient")


@pytest.mark.question("grad_func")
@pytest.mark.points(0.75)
@pytest.mark.examples(5)
@first_examples.tried_first(first_examples.AVERAGED)
@given(batches=draw.seeded_batches(4))
def test_grad_func_average(student: Student, batches: list[draw.Batch]) -> None:
    """grad_func of a batch is the mean of what grad_func gives for each example of it."""
    (batch,) = batches
    answers = [student.grad_func(*example) for example in batch.each()]
    each = torch.stack([answer.tensor(batch.w, "The gradient", strict=False).double() for answer in answers])
    together = Answer(answers[-1].call, each)
    right = torch.stack([reference.grad_func(*example) for example in batch.each()])
    together.resembles(right, rough_gradient(batch), "The gradients of the examples")
    off = rough_gradient(batch) + 1e-5 * each.abs().mean(0)
    student.grad_func(*batch).close(each.mean(0), off, "The gradient, beside the mean of those of its examples,")


@pytest.mark.question("grad_func")
@pytest.mark.points(0.5)
@pytest.mark.examples(10)
@first_examples.tried_first(first_examples.LONG_EXAMPLES)
@given(batches=draw.seeded_batches(1))
def test_grad_func_chain_rule(student: Student, batches: list[draw.Batch]) -> None:
    """For one example x, each column of grad_func is a multiple of x."""
    (batch,) = batches
    answer = student.grad_func(*batch)
    grad, x = answer.tensor(batch.w, "The gradient", strict=False).double(), batch.X[0].double()
    wanted = "columns that are multiples of x, not all zero"
    if not bool((grad.abs() > rough_gradient(batch)).any()):
        raise answer.fail("The gradient is zero.", wanted)
    across = grad - torch.outer(x, x @ grad) / (x @ x)
    if not bool((across.abs() <= 1e-5 * grad.abs().max()).all()):
        raise answer.fail("The gradient's columns are no multiples of x.", wanted)


@pytest.mark.question("grad_func")
@pytest.mark.points(0.5)
@pytest.mark.examples(20, smaller=True)
@first_examples.tried_first(first_examples.BATCHES_OF_ONE_CLASS)
@given(batch=draw.batches())
def test_grad_func_small(student: Student, batch: draw.Batch) -> None:
    """grad_func is exact on small batches of any size, float32 and float64, contiguous or not."""
    check_gradient(student.grad_func(*batch), batch)


@pytest.mark.question("grad_func")
@pytest.mark.points(0.5)
@pytest.mark.examples(10)
@first_examples.tried_first(first_examples.LARGER_BATCHES)
@given(batch=draw.image_batches())
def test_grad_func_images(student: Student, batch: draw.Batch) -> None:
    """grad_func is exact on larger batches that look like images."""
    check_gradient(student.grad_func(*batch), batch)


@pytest.mark.question("grad_func")
@pytest.mark.points(1)
@pytest.mark.examples(22, smaller=True)
@first_examples.tried_first(first_examples.LARGE_LOGITS)
@given(batch=draw.large_logit_batches())
def test_grad_func_large_logits(student: Student, batch: draw.Batch) -> None:
    """grad_func stays finite for logits up to ±10,000, and right up to a factor or sign that small ones show, too."""
    answer, right, small = student.grad_func(*batch), reference.grad_func(*batch), batch.with_small_logits()
    answer.tensor(like=batch.w, name="The gradient", strict=False)
    answer.multiple_of(right, rough_gradient(batch), "The gradient", either_sign=True)
    try:
        student.grad_func(*small).close(reference.grad_func(*small), rough_gradient(small), "The gradient")
    except StudentFailed:
        return
    coarse = rough_gradient(batch) + 0.01 * float(batch.X.abs().max())  # digits are other tests' business
    answer.close(right, coarse, "The gradient, which is right for small logits,")


@pytest.mark.question("grad_func")
@pytest.mark.points(0.25)
@pytest.mark.examples(10)
@first_examples.tried_first(first_examples.PLAIN_AND_SPECIAL)
@given(batches=draw.seeded_batches(2), special=st.sampled_from([0, 1, 2]))
def test_grad_func_dtype(student: Student, batches: list[draw.Batch], special: int) -> None:
    """grad_func returns a tensor with the shape and dtype of w, for one class and for large logits, too."""
    (batch,) = batches
    answer = student.grad_func(*batch)
    answer.tensor(like=batch.w, name="The gradient")
    answer.resembles(reference.grad_func(*batch), rough_gradient(batch), "The gradient")
    beside = draw.special_batches(batch.w.dtype)[special]
    if (second := unless_raised(student, "grad_func", beside)) is not None:
        second.tensor(like=beside.w, name="The gradient")


@pytest.mark.question("grad_func")
@pytest.mark.points(0.5)
@pytest.mark.examples(10)
@first_examples.tried_first(first_examples.LAID_OUT_BATCHES)
@given(batch=draw.batches_laid_out())
def test_grad_func_inputs(student: Student, batch: draw.Batch) -> None:
    """grad_func leaves X, ystar and w as they were, contiguous or not."""
    answer = student.grad_func(*batch, back=(0, 1, 2))
    answer.unchanged(("X", "ystar", "w"), tuple(batch))
    answer.resembles(reference.grad_func(*batch), rough_gradient(batch), "The gradient")
