"""Hidden tests of BatchNorm. A test's docstring is the sentence a student reads about it.

Try one by hand: ``pytest autograder/assignments/batch_norm/test_layer.py --notebook N -k running``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.answer_checks import Answer, StudentFailed
from autograder.judge.first_examples import tried_first
from autograder.judge.student_fixture import Student

from . import first_examples as first
from . import probes, reference
from . import strategies as draw
from .checking import ABOUT, close_to_one, right, with_own_or_right_batch_norm

pytestmark = pytest.mark.forbid("normalisation")

ONE = draw.rows(1) | draw.maps(1)
CLOSE = 1e-5  # float32, for numbers of the size of a few spreads
# The defaults alone could not tell some mistakes apart.
SETTINGS = st.sampled_from([[0.25, 0.5], [0.5], [], [0.01]])
EPS = st.sampled_from([[0.1, 0.5], [0.1, 1.0], []])
FAR, FAR_FEATURES = 1000.0, 32  # of far_pairs
TIMES_GAMMA = "the output (gamma times the output for gamma = 1 and beta = 0, plus beta)"
Check = Callable[[Answer], None]


def ask(student: Student, check: Check, probe: Any, *arguments: Any) -> None:
    with_own_or_right_batch_norm(student, check, probe, "BatchNorm", *arguments)


def of_either(probe: Any, *arguments: Any) -> list[Any]:
    """Return what a probe makes of the right layer, and of one that divides by N − 1 where it normalises."""
    return [right(probe, kind, *arguments) for kind in (reference.BatchNorm, reference.UnbiasedBatchNorm)]


def check_outputs(student: Student, batches: list[Tensor], settings: list[float]) -> None:
    """Ask for the outputs up to their last digits, with either variance: these are other tests' business."""
    rights = of_either(probes.normalised, batches, settings)

    def check(answer: Answer) -> None:
        for number, (x, *outputs) in enumerate(zip(batches, *rights, strict=True)):
            part = answer.at(number)
            part.tensor(like=x, name="the output", strict=False)
            close_to_one(part, outputs, ABOUT * (1 + float(outputs[0].abs().max())), "the output")

    ask(student, check, probes.normalised, batches, settings)


def outputs_are_right(student: Student, batches: list[Tensor], settings: list[float]) -> bool:
    try:
        check_outputs(student, batches, settings)
    except StudentFailed:
        return False
    return True


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.5)
@given(batches=draw.rows(2))
@tried_first(first.ROWS)
def test_batch_norm_layer_normalises_rows(student: Student, batches: list[Tensor]) -> None:
    """In training, the layer normalises each feature of (N, features) over the batch."""
    check_outputs(student, batches, [])


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.75)
@given(batches=draw.maps(2))
@tried_first(first.MAPS)
def test_batch_norm_layer_normalises_images(student: Student, batches: list[Tensor]) -> None:
    """In training, the layer normalises each feature of (N, features, H, W) over batch and pixels."""
    check_outputs(student, batches, [])


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.5)
@given(batches=draw.rows(1, least=2) | draw.maps(1))
@tried_first(first.ONE_BATCH)
def test_batch_norm_layer_variance(student: Student, batches: list[Tensor]) -> None:
    """What is normalised is right to the last digits: with the biased variance, in float32."""
    batches = [16 * x for x in batches]  # eps makes no difference
    wanted = right(probes.normalised, reference.BatchNorm, batches, [])[0]

    def check(answer: Answer) -> None:
        part = answer.at(0)
        part.tensor(like=batches[0], name="the output")
        part.close(wanted, CLOSE * (1 + wanted.abs().max()), "the output")

    ask(student, check, probes.normalised, batches, [])


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(batches=ONE | ONE.map(draw.with_a_constant), settings=EPS)
@tried_first(first.EPS)
def test_batch_norm_layer_eps(student: Student, batches: list[Tensor], settings: list[float]) -> None:
    """The layer adds the eps that it is made with, 1e-5 where none is given, for images as well."""
    if batches[0].dim() == 4 and not outputs_are_right(student, [16 * x for x in batches], []):
        return  # images that are wrong where eps makes no difference are another test's business
    check_outputs(student, batches if settings else [x * 2.0**-9 for x in batches], settings)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@pytest.mark.examples(4)
@given(batch=draw.far_pairs())
@tried_first(first.FAR_PAIRS)
def test_batch_norm_layer_far(student: Student, batch: draw.Batch) -> None:
    """Outputs and var keep their digits where a feature's mean is a thousand times its spread, in images as well."""
    rows = batch.x.float()
    for x in (rows, rows[:, :, None, None]):
        rights = [one[0] for one in of_either(probes.normalised, [x], [])]
        ask(student, partial(_has_digits, rights), probes.normalised, [x], [])
    ask(student, _has_same_var, probes.var_far, rows - FAR, FAR)


def _has_digits(rights: list[Tensor], answer: Answer) -> None:
    close_to_one(answer.at(0), rights, 0.01, "the output")


def _has_same_var(answer: Answer) -> None:
    """Ask that a feature's mean leaves var its digits, whatever var is: that is another test's business."""
    ones = torch.ones(FAR_FEATURES, dtype=torch.float64)
    ratios = answer.finite(ones, "The ratio of the two var")
    if bool(((ratios - 1).abs() < 0.5).all()):
        answer.close(ones, 2 * ABOUT, "The ratio of the two var")


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.5)
@given(features=st.integers(1, 4))
def test_batch_norm_layer_parameters(student: Student, features: int) -> None:
    """The layer's parameters are gamma, all ones, and beta, all zeros, and nothing else."""
    answer = student.probe(probes.own_numbers, "BatchNorm", features)
    answer.equal(probes.own_numbers(reference.BatchNorm, features))


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.5)
@given(batches=ONE, in_training=st.booleans())
@tried_first(first.IN_BOTH_MODES)
def test_batch_norm_layer_scale_and_shift(student: Student, batches: list[Tensor], in_training: bool) -> None:
    """In training and in evaluation, each feature is multiplied by its gamma, and its beta is added."""
    (x,) = batches
    gamma, beta = torch.tensor([1.5, -0.5, 2.0])[: x.shape[1]], torch.tensor([1.0, -0.25, 0.5])[: x.shape[1]]
    size = [1, -1] + [1] * (x.dim() - 2)

    def check(answer: Answer) -> None:
        plain = answer.at("plain").tensor(like=x, name="the output", strict=False).double()
        wanted = gamma.double().view(size) * plain + beta.double().view(size)
        answer.at("scaled").tensor(like=x, name="the output", strict=False)
        answer.at("scaled").close(wanted, ABOUT * (1 + wanted.abs().max()), TIMES_GAMMA)

    ask(student, check, probes.scaled, x, gamma, beta, in_training)


def check_gradients(student: Student, x: Tensor, settings: list[float], in_training: bool) -> None:
    dy = torch.linspace(-1, 2, x.numel()).reshape(x.shape) ** 2
    rights = of_either(probes.layer_backward, x, dy, settings, in_training)

    def check(answer: Answer) -> None:
        for name in ("dx", "dgamma", "dbeta"):
            found = [one[name] for one in rights]
            what = f"the gradient with respect to {name[1:]}"
            close_to_one(answer.at(name), found, ABOUT * (1 + float(found[0].abs().max())), what)

    ask(student, check, probes.layer_backward, x, dy, settings, in_training)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.5)
@given(batches=ONE, eps=st.sampled_from([None, draw.OTHER_EPS]))
@tried_first(first.WITH_GRADIENTS)
def test_batch_norm_layer_gradient(student: Student, batches: list[Tensor], eps: float | None) -> None:
    """In training, autograd gets the right gradients, also through mean and variance of the batch, and with any eps."""
    settings = [] if eps is None else [0.1, eps]
    if settings:
        batches = draw.with_a_constant(batches)
        if not outputs_are_right(student, batches, settings):
            return  # an eps that is wrong in the output, too, is another test's business
    check_gradients(student, batches[0], settings, True)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(batches=ONE)
@tried_first(first.ONE_BATCH)
def test_batch_norm_layer_gradient_in_evaluation(student: Student, batches: list[Tensor]) -> None:
    """In evaluation, gradients flow as well."""
    check_gradients(student, batches[0], [], False)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(batches=ONE | ONE.map(draw.anyhow_in_memory), in_training=st.booleans())
@tried_first([*first.IN_BOTH_MODES, *first.ANYHOW_IN_MEMORY])
def test_batch_norm_layer_input(student: Student, batches: list[Tensor], in_training: bool) -> None:
    """The layer takes its input however it lies in memory, leaves it as it was, and returns another tensor."""

    def check(answer: Answer) -> None:
        answer.equal({"the same tensor": False, "it isn't a constant": True, "x": batches[0]})

    ask(student, check, probes.input_after, batches[0], in_training)
