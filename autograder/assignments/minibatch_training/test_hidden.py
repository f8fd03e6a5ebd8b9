"""Hidden tests of softmax, its logarithm and the cross-entropy.

A test's docstring is the sentence a student reads about it. Each asks one thing, so that what is right is paid.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor

from autograder.judge.answer_checks import Answer, joined
from autograder.judge.carried_errors import carried
from autograder.judge.student_fixture import Student

from . import probes, reference, tolerances
from . import strategies as draw
from .hidden_checks import check_finite_gradient, check_gradient, check_resembles

pytestmark = pytest.mark.forbid("softmax", "losses")

SMALL, LARGE = draw.matrices(), draw.large()
ROWS = draw.uneven(least_rows=3, least_columns=3)  # enough numbers to tell the right ones from any
# For gradients: what is wrong anyway depends on how the largest is found.
UNTIED, FAR = draw.untied(), draw.far()
Pair = tuple[Tensor, Tensor]


@pytest.mark.question("softmax")
@pytest.mark.points(0.5)
@given(x=SMALL)
def test_softmax_value(student: Student, x: Tensor) -> None:
    """softmax is right for batches of any size, float32 and float64, contiguous or not."""
    student.softmax(x).close(reference.softmax(x), tolerances.probabilities(x), "The softmax")


@pytest.mark.question("softmax")
@pytest.mark.points(0.5)
@given(x=LARGE, pair=draw.weighted(FAR))
def test_softmax_large(student: Student, x: Tensor, pair: Pair) -> None:
    """softmax is right and finite for entries up to ±10,000, and its gradient is finite."""
    for entries in (x, pair[0]):
        tolerance = tolerances.probabilities(entries)
        student.softmax(entries).close(reference.softmax(entries), tolerance, "The softmax")
    check_finite_gradient(student.probe(probes.gradient, "softmax", *pair))


@pytest.mark.question("softmax")
@pytest.mark.points(0.5)
@given(pair=draw.weighted(UNTIED))
def test_softmax_gradient(student: Student, pair: Pair) -> None:
    """Autograd through softmax gives the right gradient."""
    answer = student.probe(probes.gradient, "softmax", *pair)
    check_gradient(answer, reference.gradient("softmax", *pair), tolerances.gradient(*pair))


@pytest.mark.question("softmax")
@pytest.mark.points(0.25)
@given(x=ROWS)
def test_softmax_kind(student: Student, x: Tensor) -> None:
    """softmax returns a tensor with the shape and dtype of x."""
    answer = student.softmax(x)
    check_resembles(answer, reference.softmax(x), "The softmax")
    answer.tensor(x, "The softmax")


@pytest.mark.question("softmax")
@pytest.mark.points(0.25)
@given(x=ROWS)
def test_softmax_unchanged(student: Student, x: Tensor) -> None:
    """softmax leaves x as it was."""
    answer = student.softmax(x, back=(0,))
    answer.unchanged(("x",), (x,))
    check_resembles(answer, reference.softmax(x), "The softmax")


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.5)
@given(x=SMALL)
def test_logsumexp_value(student: Student, x: Tensor) -> None:
    """logsumexp is right for batches of any size, float32 and float64, contiguous or not."""
    student.logsumexp(x).close(reference.logsumexp(x), tolerances.logits(x), "The log-sum-exp")


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.5)
@given(x=LARGE, pair=draw.weighted(FAR, columns=1))
def test_logsumexp_large(student: Student, x: Tensor, pair: Pair) -> None:
    """logsumexp is right and finite for entries up to ±10,000, and its gradient is finite."""
    for entries in (x, pair[0]):
        tolerance = tolerances.logits(entries)
        student.logsumexp(entries).close(reference.logsumexp(entries), tolerance, "The log-sum-exp")
    check_finite_gradient(student.probe(probes.gradient, "logsumexp", *pair))


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.5)
@given(pair=draw.weighted(UNTIED, columns=1))
def test_logsumexp_gradient(student: Student, pair: Pair) -> None:
    """Autograd through logsumexp gives the right gradient."""
    answer = student.probe(probes.gradient, "logsumexp", *pair)
    check_gradient(answer, reference.gradient("logsumexp", *pair), tolerances.gradient(*pair))


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.25)
@given(x=draw.uneven(least_rows=4, most=6))
def test_logsumexp_kind(student: Student, x: Tensor) -> None:
    """logsumexp returns a tensor of shape (N, 1) with the dtype of x."""
    answer, right = student.logsumexp(x), reference.logsumexp(x)
    answer.tensor(right.to(x.dtype), "The log-sum-exp")
    check_resembles(answer, right, "The log-sum-exp")


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.5)
@given(x=SMALL)
def test_log_softmax_value(student: Student, x: Tensor) -> None:
    """log_softmax is right for batches of any size, float32 and float64, contiguous or not."""
    student.log_softmax(x).close(reference.log_softmax(x), tolerances.logits(x), "The log-softmax")


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.75)
@given(x=LARGE, pair=draw.weighted(FAR))
def test_log_softmax_large(student: Student, x: Tensor, pair: Pair) -> None:
    """log_softmax is right and finite for entries up to ±10,000, and its gradient is finite."""
    for entries in (x, pair[0]):
        tolerance = 2 * tolerances.logits(entries)
        student.log_softmax(entries).close(reference.log_softmax(entries), tolerance, "The log-softmax")
    check_finite_gradient(student.probe(probes.gradient, "log_softmax", *pair))


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.5)
@given(pair=draw.weighted(UNTIED))
def test_log_softmax_gradient(student: Student, pair: Pair) -> None:
    """Autograd through log_softmax gives the right gradient."""
    answer = student.probe(probes.gradient, "log_softmax", *pair)
    check_gradient(answer, reference.gradient("log_softmax", *pair), tolerances.gradient(*pair))


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.25)
@given(x=ROWS)
def test_log_softmax_kind(student: Student, x: Tensor) -> None:
    """log_softmax returns a tensor with the shape and dtype of x."""
    answer = student.log_softmax(x)
    check_resembles(answer, reference.log_softmax(x), "The log-softmax")
    answer.tensor(x, "The log-softmax")


@pytest.mark.question("log_softmax")
@pytest.mark.points(0.25)
@given(x=draw.uneven(least_rows=4, least_columns=3, most=6))
def test_log_softmax_unchanged(student: Student, x: Tensor) -> None:
    """log_softmax and logsumexp leave x as it was."""
    for name in ("log_softmax", "logsumexp"):
        answer: Answer = getattr(student, name)(x, back=(0,))
        answer.unchanged(("x",), (x,))
        check_resembles(answer, getattr(reference, name)(x), "The result")


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.5)
@given(pair=draw.labelled(SMALL).map(draw.log_probabilities), far=draw.labelled(FAR).map(draw.log_probabilities))
def test_nll_value(student: Student, pair: Pair, far: Pair) -> None:
    """nll is the mean over the batch of minus the label's log-probability, however unlikely the labels are."""
    for inputs in (pair, far):
        student.nll(*inputs).close(reference.nll(*inputs), tolerances.mean_loss(inputs[0]), "The loss")


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.5)
@given(pair=draw.labelled(SMALL).map(draw.log_probabilities))
def test_nll_gradient(student: Student, pair: Pair) -> None:
    """Autograd through nll gives the right gradient."""
    answer = student.probe(probes.loss_gradient, "nll", *pair)
    check_gradient(answer, reference.gradient("nll", *pair), tolerances.loss_gradient(pair[0]))


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.25)
@given(pair=draw.labelled(ROWS).map(draw.log_probabilities))
def test_nll_kind(student: Student, pair: Pair) -> None:
    """nll returns a tensor without dimensions, in the dtype of log_p."""
    student.nll(*pair).tensor(torch.zeros((), dtype=pair[0].dtype), "The loss")
    check_nll_varies(student, pair)


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.25)
@given(pair=draw.labelled(ROWS).map(draw.log_probabilities))
def test_nll_unchanged(student: Student, pair: Pair) -> None:
    """nll leaves log_p and y as they were."""
    answer = student.nll(*pair, back=(0, 1))
    answer.unchanged(("log_p", "y"), pair)
    check_nll_varies(student, pair)


def check_nll_varies(student: Student, pair: Pair) -> None:
    """Check that the loss has to do with the labels: for tests of something else."""
    log_p, others = pair[0], relabelled(pair)
    right = torch.stack([reference.nll(log_p, y) for y in others])
    check_resembles(joined([student.nll(log_p, y) for y in others]), right, "The loss with one label after another")


def relabelled(pair: Pair) -> list[Tensor]:
    """Return other labels for the same logits, with which the losses are others, too.

    With one class for all examples they surely are: no two columns of uneven logits have the same sum.
    """
    x, y = pair
    return [(y + shift) % x.shape[1] for shift in (0, 1, 2)] + [torch.full_like(y, one) for one in (0, 1, 2)]


def check_cross_entropy(student: Student, pair: tuple[Tensor, Any], check: Callable[[Answer], None],
                        probe: Callable[..., Any] = probes.loss) -> None:  # fmt: skip
    """Check what a probe makes of cross_entropy: with the student's log_softmax, or else a right one."""
    ask = partial(student.probe, probe, "cross_entropy")
    carried(lambda other: ask(other, *pair), student.name("log_softmax"), probes.right_log_softmax, check)


def check_cross_entropy_value(student: Student, pair: Pair) -> None:
    """Check the loss."""
    right, tolerance = reference.cross_entropy(*pair), tolerances.mean_loss(pair[0])
    check_cross_entropy(student, pair, lambda answer: answer.close(right, tolerance, "The loss"))


def check_cross_entropy_varies(student: Student, pair: Pair) -> None:
    """Check that the loss has to do with the labels: for tests of something else."""
    logits, others = pair[0], relabelled(pair)
    right = torch.stack([reference.cross_entropy(logits, y) for y in others])

    def check(answer: Answer) -> None:
        losses = joined([answer.at(number) for number in range(len(others))])
        check_resembles(losses, right, "The loss with one label after another")

    check_cross_entropy(student, (logits, others), check, probes.losses)


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.75)
@given(pair=draw.labelled(SMALL))
def test_cross_entropy_value(student: Student, pair: Pair) -> None:
    """cross_entropy is the mean cross-entropy for batches of any size, float32 and float64, contiguous or not."""
    check_cross_entropy_value(student, pair)


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.5)
@given(pair=draw.labelled(LARGE), far=draw.labelled(FAR))
def test_cross_entropy_large(student: Student, pair: Pair, far: Pair) -> None:
    """cross_entropy is right and finite for logits up to ±10,000, and its gradient is finite."""
    for inputs in (pair, far):
        check_cross_entropy_value(student, inputs)
    check_cross_entropy(student, far, check_finite_gradient, probes.logits_gradient)


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.75)
@given(pair=draw.labelled(SMALL))
def test_cross_entropy_gradient(student: Student, pair: Pair) -> None:
    """Autograd through cross_entropy gives the right gradient."""
    right, tolerance = reference.gradient("cross_entropy", *pair), tolerances.loss_gradient(pair[0])
    check = partial(check_gradient, right=right, tolerance=tolerance)
    check_cross_entropy(student, pair, check, probes.logits_gradient)


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.25)
@given(pair=draw.labelled(ROWS))
def test_cross_entropy_kind(student: Student, pair: Pair) -> None:
    """cross_entropy returns a tensor without dimensions, in the dtype of the logits."""

    def check(answer: Answer) -> None:
        answer.tensor(torch.zeros((), dtype=pair[0].dtype), "The loss")

    check_cross_entropy(student, pair, check)
    check_cross_entropy_varies(student, pair)


@pytest.mark.question("cross_entropy")
@pytest.mark.points(0.25)
@given(pair=draw.labelled(ROWS))
def test_cross_entropy_unchanged(student: Student, pair: Pair) -> None:
    """cross_entropy leaves logits and y as they were."""

    def check(answer: Answer) -> None:
        for name, before in zip(("logits", "y"), pair, strict=True):
            if not torch.equal(answer.at(name).value, before):
                raise answer.fail(
                    f"cross_entropy changed its input {name}: work on a copy instead.", f"{name} as it was"
                )

    check_cross_entropy(student, pair, check, probes.loss_and_inputs)
    check_cross_entropy_varies(student, pair)
