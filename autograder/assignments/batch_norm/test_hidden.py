"""Hidden tests of standardise, batch_norm and error_ratio. A test's docstring is the sentence a student reads.

Try one by hand: ``pytest autograder/assignments/batch_norm/test_hidden.py --notebook N -k variance``.
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.answer_checks import Answer, StudentFailed
from autograder.judge.first_examples import tried_first
from autograder.judge.student_fixture import Student

from . import first_examples as first
from . import probes, reference, tolerances
from . import strategies as draw
from .checking import ABOUT, close_to_one

pytestmark = pytest.mark.forbid("normalisation")


# --- standardise ---------------------------------------------------------------------------------------------------

IMAGE_SETS = draw.image_sets()
ANY_SETS = IMAGE_SETS | draw.image_sets(more_tests=True)
PARTS = ("The training part", "The test part")


def check_part(student: Student, sets: tuple[Tensor, Tensor], part: int) -> None:
    name = PARTS[part]
    found, right = student.standardise(*sets).parts(("train", "test"))[part], reference.standardise(*sets)[part]
    found.tensor(like=sets[part], name=name, strict=False)
    found.close(right, tolerances.standardised(sets[0], right), name)


def check_centred(student: Student, sets: tuple[Tensor, Tensor], strict: bool = False) -> Answer:
    """Ask only that something was made of the images: that the training part has mean 0, and isn't a constant."""
    answer = student.standardise(*sets, back=() if strict else (0, 1))
    for found, images, name in zip(answer.parts(("train", "test")), sets, PARTS, strict=True):
        found.tensor(like=images, name=name, strict=strict)
    std, mean = torch.std_mean(answer.parts(("train", "test"))[0].tensor(like=sets[0], strict=False).double())
    if not float(mean.abs()) < ABOUT:
        raise answer.fail(f"The training part has mean {float(mean):.4f}, but it should be 0.", "mean 0")
    if not float(std) > ABOUT:
        raise answer.fail("All pixels of the training part are the same number.", "numbers that differ")
    return answer


@pytest.mark.question("standardise")
@pytest.mark.points(0.75)
@pytest.mark.examples(8)
@given(sets=IMAGE_SETS)
@tried_first(first.IMAGE_SETS)
def test_standardise_train(student: Student, sets: tuple[Tensor, Tensor]) -> None:
    """The training images have mean 0 and standard deviation 1 over all their pixels."""
    check_part(student, sets, 0)


@pytest.mark.question("standardise")
@pytest.mark.points(0.75)
@pytest.mark.examples(8)
@given(sets=IMAGE_SETS)
@tried_first(first.IMAGE_SETS)
def test_standardise_test(student: Student, sets: tuple[Tensor, Tensor]) -> None:
    """The test images are treated with the training images' mean and standard deviation."""
    check_part(student, sets, 1)


@pytest.mark.question("standardise")
@pytest.mark.points(0.25)
@pytest.mark.examples(4)
@given(sets=ANY_SETS)
@tried_first(first.MORE_TESTS)
def test_standardise_dtype(student: Student, sets: tuple[Tensor, Tensor]) -> None:
    """standardise keeps dtype and shape of the images, also where there are more to test than to train with."""
    check_centred(student, sets, strict=True)


@pytest.mark.question("standardise")
@pytest.mark.points(0.25)
@pytest.mark.examples(4)
@given(sets=IMAGE_SETS)
@tried_first(first.IMAGE_SETS)
def test_standardise_inputs(student: Student, sets: tuple[Tensor, Tensor]) -> None:
    """standardise leaves the images that it is given as they were."""
    answer = check_centred(student, sets)
    answer.unchanged(("train", "test"), sets)


# --- batch_norm ----------------------------------------------------------------------------------------------------

Given = tuple[Tensor, Tensor, Tensor]  # x, gamma, beta
SIGNS = torch.tensor([1.0, -1.0]).repeat(16)  # columns that one mean for all brings no nearer to 0


def check_about(student: Student, inputs: Given, *eps: float, strict: bool = False) -> Answer:
    """Ask for the value up to its last digits, with either variance: these are other tests' business."""
    answer = student.batch_norm(*inputs, *eps, back=(0, 1, 2) if strict else ())
    answer.tensor(like=inputs[0], name="y", strict=strict)
    rights = [reference.batch_norm(*inputs, *eps), reference.with_unbiased_variance(*inputs, *eps)]
    _, gamma, beta = inputs
    size = gamma.double().abs() * (1 + rights[0].abs().amax(0)) + beta.double().abs()
    close_to_one(answer, rights, tolerances.output(*inputs, *eps) + ABOUT * size, "y")
    return answer


def varying(answer: Answer, x: Tensor) -> Tensor:
    """Return y in float64, after asking that it isn't a constant: for tests of something else."""
    y = answer.tensor(like=x, name="y", strict=False).double()
    if not bool((y - y[0]).abs().max() > ABOUT):
        raise answer.fail("All rows of y are the same, though those of x are not.", "rows that differ")
    return y


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.75)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_normalises(student: Student, batch: draw.Batch) -> None:
    """Each column of y has mean 0 and spread 1, for gamma = 1 and beta = 0."""
    check_about(student, batch.plain, draw.NO_EPS)


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.5)
@given(batch=draw.batches(least=2))
@tried_first(first.PAIRS)
def test_batch_norm_variance(student: Student, batch: draw.Batch) -> None:
    """y is right to the last digits: the variance is the biased one, for batches of 2 examples and more."""
    inputs = *batch.plain, draw.NO_EPS
    answer = student.batch_norm(*inputs)
    answer.tensor(like=batch.x, name="y", strict=False)
    answer.close(reference.batch_norm(*inputs), tolerances.output(*inputs), "y")


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.5)
@pytest.mark.examples(12)
@given(batch=draw.batches(), eps=st.sampled_from([0.5, 1.0, 0.1]))
@tried_first(first.WITH_EPS)
def test_batch_norm_eps(student: Student, batch: draw.Batch, eps: float) -> None:
    """eps is added to the variance, inside the root, and autograd takes it into account."""
    check_about(student, batch.plain, eps)
    (x, gamma, _), dy, asked = batch.plain, batch.dy, ("batch_norm", *batch.plain)
    try:
        check_gradients(student.probe(probes.backward, *asked, draw.NO_EPS, dy), dy, x, gamma)
    except StudentFailed:
        return  # gradients that are wrong without eps are another test's business
    check_gradients(student.probe(probes.backward, *asked, eps, dy), dy, x, gamma, eps)


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.25)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_default_eps(student: Student, batch: draw.Batch) -> None:
    """eps is 1e-5 where none is given: it counts for columns that hardly change."""
    x, gamma, beta = batch.plain
    check_about(student, (x * 2.0**-9, gamma, beta))


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.5)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_scale_and_shift(student: Student, batch: draw.Batch) -> None:
    """The normalised columns are multiplied by gamma, and beta is added."""
    x, gamma, beta = batch.x, batch.gamma, batch.beta
    plain = varying(student.batch_norm(*batch.plain, draw.NO_EPS), x)
    answer, wanted = student.batch_norm(x, gamma, beta, draw.NO_EPS), gamma.double() * plain + beta.double()
    answer.tensor(like=x, name="y", strict=False)
    answer.close(wanted, ABOUT * (1 + wanted.abs().max()), "y (gamma times y for gamma = 1 and beta = 0, plus beta)")


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.75)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_gradient(student: Student, batch: draw.Batch) -> None:
    """Autograd gets the right gradients through batch_norm, also through mean and variance."""
    x, gamma, beta, dy = batch.x, batch.gamma, batch.beta, batch.dy
    check_gradients(student.probe(probes.backward, "batch_norm", x, gamma, beta, draw.NO_EPS, dy), dy, x, gamma)


def check_gradients(answer: Answer, dy: Tensor, x: Tensor, gamma: Tensor, eps: float = draw.NO_EPS) -> None:
    of_either = [
        reference.batch_norm_grad(dy, x, gamma, eps),
        reference.grad_with_unbiased_variance(dy, x, gamma, eps),
    ]
    names, allowed = ("dx", "dgamma", "dbeta"), tolerances.gradients(dy, x, gamma, eps)
    for name, tolerance, *rights in zip(names, allowed, *of_either, strict=True):
        size = ABOUT * (1 + rights[0].abs().max())
        close_to_one(answer.at(name), rights, tolerance + size, f"the gradient with respect to {name[1:]}")


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.25)
@pytest.mark.examples(6)
@given(batch=draw.far_pairs())
@tried_first(first.FAR_PAIRS)
def test_batch_norm_far(student: Student, batch: draw.Batch) -> None:
    """y keeps its digits where a column's mean is a thousand times its spread."""
    x, gamma, beta = batch.plain
    check_about(student, (x * SIGNS.to(x), gamma, beta), 1e-5)


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.25)
@pytest.mark.examples(12)
@given(batch=draw.batches_with_constants())
@tried_first(first.CONSTANT)
def test_batch_norm_constant(student: Student, batch: draw.Batch) -> None:
    """A column that is constant in the batch comes out as beta, and gradients are finite there and not cut off."""
    check_about(student, (batch.x[:, :1].clone(), batch.gamma[:1].clone(), batch.beta[:1].clone()))
    try:
        check_about(student, batch.plain, draw.OTHER_EPS)
    except StudentFailed:  # another test's business, as gradients are then
        varying(student.batch_norm(*batch.plain), batch.x)
        return
    answer = student.probe(probes.backward, "batch_norm", *batch.plain, 1e-5, batch.dy)
    for name in ("dx", "dgamma", "dbeta"):
        part = answer.at(name)
        part.finite(part.value, f"the gradient with respect to {name[1:]}")
    dx = answer.at("dx")
    found, dy = dx.value.double(), batch.dy[:, 0].double()
    if bool(found.any()) and not follows(found[:, 0], dy):  # no gradients at all are another test's business
        raise dx.fail("In the column that is constant, the gradient with respect to x isn't right.", "other numbers")


def follows(gradient: Tensor, dy: Tensor) -> bool:
    """Return whether a column's gradient is a positive multiple of dy, as it is where x is constant, each centred."""
    centred = gradient - gradient.mean(), dy - dy.mean()
    return float(torch.cosine_similarity(*centred, dim=0)) > 1 - ABOUT


@pytest.mark.question("batch_norm")
@pytest.mark.points(0.25)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_keeps(student: Student, batch: draw.Batch) -> None:
    """batch_norm keeps the dtype of x, and leaves x, gamma and beta as they were."""
    inputs = batch.x, batch.gamma, batch.beta
    answer = check_about(student, inputs, draw.NO_EPS, strict=True)
    answer.unchanged(("x", "gamma", "beta"), inputs)


# --- error_ratio ---------------------------------------------------------------------------------------------------


NAMES = ("accuracy", "accuracy_bn")


@pytest.mark.question("error_ratio")
@pytest.mark.points(0.75)
@tried_first(first.ACCURACIES)
@given(accuracy=draw.ACCURACIES, accuracy_bn=draw.ACCURACIES)
def test_error_ratio_floats(student: Student, accuracy: float, accuracy_bn: float) -> None:
    """error_ratio is the share of the errors that is left with batch normalisation."""
    answer, right = student.error_ratio(accuracy, accuracy_bn), reference.error_ratio(accuracy, accuracy_bn)
    answer.number(strict=False)
    answer.close(right, tolerances.RATIO * right, "The ratio")


@pytest.mark.question("error_ratio")
@pytest.mark.points(0.25)
@tried_first(first.ACCURACIES)
@given(accuracy=draw.ACCURACIES, accuracy_bn=draw.ACCURACIES)
def test_error_ratio_tensors(student: Student, accuracy: float, accuracy_bn: float) -> None:
    """error_ratio takes 0-dimensional tensors, too, or one beside a float, and leaves them as they were."""
    right = reference.error_ratio(accuracy, accuracy_bn)
    both = torch.tensor(accuracy), torch.tensor(accuracy_bn)
    for args in (both, (both[0], accuracy_bn), (accuracy, both[1])):
        tensors = [place for place, value in enumerate(args) if isinstance(value, Tensor)]
        answer = student.error_ratio(*args, back=tensors)
        answer.number(strict=False)
        answer.close(right, tolerances.RATIO * right, "The ratio")
        answer.unchanged([NAMES[place] for place in tensors], [both[place] for place in tensors])
