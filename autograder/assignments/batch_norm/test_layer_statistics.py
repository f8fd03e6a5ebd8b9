"""Hidden tests of what BatchNorm keeps. A test's docstring is the sentence a student reads about it.

Try one by hand: ``pytest autograder/assignments/batch_norm/test_layer_statistics.py --notebook N -k running``.
"""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.answer_checks import Answer
from autograder.judge.first_examples import tried_first
from autograder.judge.student_fixture import Student

from . import first_examples as first
from . import probes, reference
from . import strategies as draw
from .checking import ABOUT, close_to_one, right
from .test_layer import CLOSE, SETTINGS, ask, of_either

pytestmark = pytest.mark.forbid("normalisation")

SEVERAL = draw.rows(3, least=2) | draw.maps(3)
DOUBLE = 1e-9
Drawn = tuple[Tensor, Tensor, Tensor]  # x, mean, var


def check_running(student: Student, batches: list[Tensor], settings: list[float], statistic: str) -> None:
    wanted = right(probes.running, reference.BatchNorm, batches, settings, statistic)

    def check(answer: Answer) -> None:
        for number, numbers in enumerate(wanted):
            size = 1 + float(numbers.abs().max())
            answer.at(number).close(numbers, CLOSE * size, f"{statistic} after batch {number + 1}")

    ask(student, check, probes.running, batches, settings, statistic)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.75)
@given(batches=SEVERAL, settings=SETTINGS | st.just([0.0]))
@tried_first([*first.SEVERAL, *first.NEVER_MOVING])
def test_batch_norm_layer_running_mean(student: Student, batches: list[Tensor], settings: list[float]) -> None:
    """In training, mean moves towards each batch's mean: by the share momentum, 0.1 where none is given."""
    check_running(student, batches, settings, "mean")


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.5)
@given(batches=SEVERAL, settings=SETTINGS)
@tried_first(first.SEVERAL)
def test_batch_norm_layer_running_variance(student: Student, batches: list[Tensor], settings: list[float]) -> None:
    """In training, var moves towards each batch's variance, whichever it is: by the share momentum."""
    wanted = right(probes.running, reference.BatchNorm, batches, settings, "var")
    momentum = settings[0] if settings else 0.1
    biased, others = torch.ones(batches[0].shape[1], dtype=torch.float64), []
    for x in batches:
        biased = (1 - momentum) * biased + momentum * x.double().transpose(0, 1).flatten(1).var(1, correction=0)
        others.append(biased)

    def check(answer: Answer) -> None:
        for number, rights in enumerate(zip(wanted, others, strict=True)):
            size = 1 + float(rights[0].max())
            close_to_one(answer.at(number), rights, ABOUT * size, f"var after batch {number + 1}")

    ask(student, check, probes.running, batches, settings, "var")


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(batches=SEVERAL, settings=SETTINGS | st.just([0.0]))
@tried_first([*first.SEVERAL, *first.NEVER_MOVING])
def test_batch_norm_layer_unbiased_variance(student: Student, batches: list[Tensor], settings: list[float]) -> None:
    """What goes into var is the unbiased variance, and nothing where momentum is 0."""
    check_running(student, batches, settings, "var")


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.5)
@given(drawn=draw.in_evaluation())
@tried_first(first.IN_USE)
def test_batch_norm_layer_evaluation(student: Student, drawn: Drawn) -> None:
    """In evaluation, the layer normalises with mean and var, a single example as well."""
    check_evaluation(student, drawn, [], False, ABOUT)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(drawn=draw.in_evaluation(), eps=st.sampled_from([0.5, 1.0]))
@tried_first(first.IN_USE_WITH_EPS)
def test_batch_norm_layer_evaluation_eps(student: Student, drawn: Drawn, eps: float) -> None:
    """In evaluation, the layer adds the eps that it is made with, and is right to the last digits, later on, too."""
    check_evaluation(student, drawn, [0.1, eps], True, CLOSE)


def check_evaluation(student: Student, drawn: Drawn, settings: list[float], before: bool, off: float) -> None:
    wanted = right(probes.evaluated, reference.BatchNorm, *drawn, settings, before)
    answer = student.probe(probes.evaluated, "BatchNorm", *drawn, settings, before)
    answer.tensor(like=drawn[0], name="the output", strict=False)
    answer.close(wanted, off * (1 + wanted.abs().max()), "the output")


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(drawn=draw.in_evaluation())
@tried_first(first.IN_USE)
def test_batch_norm_layer_evaluation_leaves(student: Student, drawn: Drawn) -> None:
    """In evaluation, mean, var and all other buffers stay as they are, whether gradients are recorded or not."""
    answer = student.probe(probes.left_alone, "BatchNorm", *drawn)
    answer.equal({"mean": drawn[1], "var": drawn[2], "other buffers as before": True}, strict=False)
    answer = student.probe(probes.recorded_or_not, "BatchNorm", drawn[0])
    answer.equal({"in training": True, "in evaluation": True})


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(drawn=draw.in_evaluation())
@tried_first(first.IN_USE)
def test_batch_norm_layer_saved(student: Student, drawn: Drawn) -> None:
    """mean (first zeros) and var (first ones) are in state_dict(), are loaded and used again, and are no parameters."""
    _, mean, var = drawn
    answer = student.probe(probes.saved, "BatchNorm", mean, var)
    answer.equal(probes.saved(reference.BatchNorm, mean, var), strict=False)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(batches=draw.rows(2) | draw.maps(2))
@tried_first(first.TWO_BATCHES)
def test_batch_norm_layer_shapes(student: Student, batches: list[Tensor]) -> None:
    """mean and var keep their shapes in training: they can be loaded into a new layer."""

    def check(answer: Answer) -> None:
        answer.equal({"mean": True, "var": True})

    ask(student, check, probes.shapes, batches)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(batches=draw.rows(2) | draw.maps(2))
@tried_first(first.TWO_BATCHES)
def test_batch_norm_layer_graph(student: Student, batches: list[Tensor]) -> None:
    """mean and var belong to no graph: they don't keep all earlier batches."""

    def check(answer: Answer) -> None:
        answer.equal({"mean": False, "var": False})

    ask(student, check, probes.graph, batches)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(batches=draw.rows(3) | draw.maps(3))
@tried_first(first.COPIED)
def test_batch_norm_layer_copied(student: Student, batches: list[Tensor]) -> None:
    """copy.deepcopy makes a layer of its own."""
    wanted = right(probes.copied, reference.BatchNorm, batches)

    def check(answer: Answer) -> None:
        answer.equal(wanted)

    ask(student, check, probes.copied, batches)


@pytest.mark.question("batch_norm_layer")
@pytest.mark.points(0.25)
@given(batches=draw.rows(2) | draw.maps(2))
def test_batch_norm_layer_double(student: Student, batches: list[Tensor]) -> None:
    """After .double() the layer works in float64, its statistics included."""
    batches = [2.0**20 * x for x in batches]  # eps makes no difference
    either = [one["y"] for one in of_either(probes.doubled, batches)]

    def check(answer: Answer) -> None:
        answer.at("mean").equal("torch.float64")
        answer.at("var").equal("torch.float64")
        answer.at("kept as without .double()").equal({"mean": True, "var": True})
        for number, rights in enumerate(zip(*either, strict=True)):
            part = answer.at("y", number)
            part.tensor(like=rights[0], name="the output")
            close_to_one(part, rights, DOUBLE * (1 + float(rights[0].abs().max())), "the output")

    ask(student, check, probes.doubled, batches)
