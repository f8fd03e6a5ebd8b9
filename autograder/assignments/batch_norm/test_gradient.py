"""Hidden tests of batch_norm_grad. A test's docstring is the sentence a student reads about it.

Try one by hand: ``pytest autograder/assignments/batch_norm/test_gradient.py --notebook N -k dx``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.answer_checks import Answer, StudentFailed
from autograder.judge.carried_errors import carried
from autograder.judge.first_examples import tried_first
from autograder.judge.student_fixture import Student

from . import first_examples as first
from . import probes, reference, tolerances
from . import strategies as draw
from .checking import ABOUT, close_to_one

pytestmark = pytest.mark.forbid("normalisation", "autograd")

NAMES = ("dx", "dgamma", "dbeta")
DX, DGAMMA, DBETA = range(3)
# Of what rounding may do to 50 numbers at worst, formulas of two passes use up to 1/1,000, one pass 1/7 in the mean.
LIKELY = 1 / 16
SMALL = 2.0**-12
Inputs = tuple[Tensor, Tensor, Tensor]  # dy, x, gamma


def asked(student: Student, inputs: Inputs, eps: float | None, check: Callable[[Answer], None]) -> None:
    """Check an answer; where it is wrong, once more with a right ``batch_norm`` in it, if it uses the notebook's."""

    given = [] if eps is None else [eps]

    def ask(batch_norm: Any) -> Answer:
        if batch_norm is None:
            return student.batch_norm_grad(*inputs, *given)
        return student.probe(probes.gradient, "batch_norm_grad", *inputs, given, batch_norm)

    carried(ask, None, probes.batch_norm, check, may_do_without=True)


def check_about(
    student: Student,
    parts: Sequence[int],
    inputs: Inputs,
    eps: float | None = draw.NO_EPS,
    share: float = 1.0,
    finite: Sequence[int] = (),
) -> None:
    """Ask for some of the gradients up to their last digits, with either variance: these are other tests' business.

    ``share``: how much of what rounding may do at worst is allowed; ``finite``: parts of which no more is asked.
    """
    given = inputs if eps is None else (*inputs, eps)
    either = reference.batch_norm_grad(*given), reference.grad_with_unbiased_variance(*given)
    allowed = tolerances.gradients(*given)

    def check(answer: Answer) -> None:
        for part in parts:
            rights = [one[part] for one in either]
            room = share * allowed[part] + ABOUT * (1 + rights[0].abs().max())
            close_to_one(_part(answer, part, rights[0]), rights, room, NAMES[part])
        for part in finite:
            answer.parts(NAMES)[part].finite(either[0][part], NAMES[part])

    asked(student, inputs, eps, check)


def and_dgamma(student: Student, inputs: Inputs) -> list[int]:
    """Return what a test of dx asks for: dgamma, too, where that is right for these inputs, as another test asks."""
    try:
        check_about(student, [DGAMMA], inputs)
    except StudentFailed:
        return [DX]
    return [DX, DGAMMA]


def check_exactly(student: Student, part: int, inputs: Inputs, eps: float = draw.NO_EPS) -> None:
    right, allowed = (of(*inputs, eps)[part] for of in (reference.batch_norm_grad, tolerances.gradients))

    def check(answer: Answer) -> None:
        _part(answer, part, right).close(right, allowed, NAMES[part])

    asked(student, inputs, eps, check)


def check_knows(answer: Answer, inputs: Inputs) -> None:
    """Ask only that one of the gradients is right up to a positive factor."""
    rights = reference.batch_norm_grad(*inputs, draw.NO_EPS)
    found = [_part(answer, part, right).tensor(like=right, strict=False) for part, right in enumerate(rights)]
    if not any(_is_multiple(yours, right) for yours, right in zip(found, rights, strict=True)):
        raise answer.fail("None of the three gradients is right, nor a multiple of the right one.", "gradients")


def _is_multiple(yours: Tensor, right: Tensor) -> bool:
    if not bool(right.any()):  # of dy = 0
        return not bool(yours.any())
    return float(torch.cosine_similarity(yours.flatten(), right.flatten(), dim=0)) > 1 - ABOUT


def _part(answer: Answer, part: int, right: Tensor) -> Answer:
    found = answer.parts(NAMES)[part]
    found.tensor(like=right, name=NAMES[part], strict=False)
    return found


def with_gamma(batch: draw.Batch) -> Inputs:
    return batch.dy, batch.x, batch.gamma


def without_gamma(batch: draw.Batch) -> Inputs:
    return batch.dy, batch.x, torch.ones_like(batch.gamma)


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.5)
@given(batch=draw.batches(least=2))
@tried_first(first.PAIRS)
def test_batch_norm_grad_dbeta(student: Student, batch: draw.Batch) -> None:
    """dbeta is the gradient with respect to beta."""
    check_about(student, [DBETA], with_gamma(batch))


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(1)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_grad_dgamma(student: Student, batch: draw.Batch) -> None:
    """dgamma is the gradient with respect to gamma."""
    check_about(student, [DGAMMA], with_gamma(batch))


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(1.5)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_grad_dx(student: Student, batch: draw.Batch) -> None:
    """dx is the gradient with respect to x, also through the batch's mean and variance, for gamma = 1."""
    check_about(student, [DX], without_gamma(batch))


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.5)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_grad_gamma(student: Student, batch: draw.Batch) -> None:
    """dx grows with gamma."""
    check_about(student, [DX], with_gamma(batch))


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.5)
@given(batch=draw.batches(least=2))
@tried_first(first.PAIRS)
def test_batch_norm_grad_dx_variance(student: Student, batch: draw.Batch) -> None:
    """dx is right to the last digits: the variance is the biased one, for batches of 2 examples and more."""
    dy, x, gamma = with_gamma(batch)
    check_exactly(student, DX, (dy, x, gamma))
    if x.dtype is torch.float64:  # smaller than the step of a finite difference should be
        check_exactly(student, DX, (dy, x * SMALL, gamma), draw.NO_EPS * SMALL**2)


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.25)
@given(batch=draw.batches(least=2))
@tried_first(first.PAIRS)
def test_batch_norm_grad_dgamma_variance(student: Student, batch: draw.Batch) -> None:
    """dgamma is right to the last digits: the variance is the biased one, for batches of 2 examples and more."""
    check_exactly(student, DGAMMA, with_gamma(batch))


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.5)
@given(batch=draw.batches(), eps=st.sampled_from([0.5, 1.0, 0.1]))
@tried_first(first.WITH_EPS)
def test_batch_norm_grad_eps(student: Student, batch: draw.Batch, eps: float) -> None:
    """eps is added to the variance, inside the root, in dx and dgamma as well."""
    inputs = without_gamma(batch)
    check_about(student, and_dgamma(student, inputs), inputs, eps)


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.25)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_grad_default_eps(student: Student, batch: draw.Batch) -> None:
    """eps is 1e-5 where none is given: it counts for columns that hardly change."""
    dy, x, gamma = without_gamma(batch)
    check_about(student, [DX], (dy, x * 2.0**-9, gamma), None)


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.25)
@pytest.mark.examples(6)
@given(batch=draw.far_batches())
@tried_first(first.FAR)
def test_batch_norm_grad_far(student: Student, batch: draw.Batch) -> None:
    """dx and dgamma keep their digits where a column's mean is a thousand times its spread."""
    dy, x, gamma = without_gamma(batch)
    near = (x.double() - x.double().mean(0)).to(x.dtype)
    check_about(student, and_dgamma(student, (dy, near, gamma)), (dy, x, gamma), share=LIKELY)


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.25)
@given(batch=draw.batches_with_constants())
@tried_first(first.CONSTANT)
def test_batch_norm_grad_constant(student: Student, batch: draw.Batch) -> None:
    """dx is right, and dgamma finite, for a column that is constant in the batch."""
    column = batch.dy[:, :1].clone(), batch.x[:, :1].clone(), batch.gamma[:1].clone()
    check_about(student, [DX], column, 0.25, finite=[DGAMMA])


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.25)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_grad_dtype(student: Student, batch: draw.Batch) -> None:
    """The gradients have the dtype of x."""
    inputs = with_gamma(batch)
    right = reference.batch_norm_grad(*inputs, draw.NO_EPS)

    def check(answer: Answer) -> None:
        for found, wanted, name in zip(answer.parts(NAMES), right, NAMES, strict=True):
            found.tensor(like=wanted.to(batch.x.dtype), name=name)
        check_knows(answer, inputs)

    asked(student, inputs, draw.NO_EPS, check)


@pytest.mark.question("batch_norm_grad")
@pytest.mark.points(0.25)
@given(batch=draw.batches())
@tried_first(first.BATCHES)
def test_batch_norm_grad_inputs(student: Student, batch: draw.Batch) -> None:
    """batch_norm_grad leaves dy, x and gamma as they were."""
    inputs = with_gamma(batch)
    answer = student.batch_norm_grad(*inputs, draw.NO_EPS, back=(0, 1, 2))
    check_knows(answer, inputs)
    answer.unchanged(("dy", "x", "gamma"), inputs)
