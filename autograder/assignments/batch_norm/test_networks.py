"""Hidden tests of conv_net and evaluate. A test's docstring is the sentence a student reads about it.

Try one by hand: ``pytest autograder/assignments/batch_norm/test_networks.py --notebook N -k evaluate``.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.answer_checks import Answer
from autograder.judge.first_examples import tried_first
from autograder.judge.student_fixture import Student

from . import first_examples as first
from . import probes_networks, reference, tolerances
from . import strategies as draw
from .checking import right

CLOSE = 1e-9
ALL_POSITIVE, MIXED = 0.1, -1.0  # the least weight: whether ReLU changes anything


# --- conv_net ------------------------------------------------------------------------------------------------------


def check_logits(student: Student, probe: Any, *arguments: Any) -> None:
    wanted = right(probe, reference.conv_net, *arguments)
    answer = student.probe(probe, "conv_net", *arguments)
    answer.tensor(like=wanted, name="the output")
    answer.close(wanted, CLOSE * (1 + wanted.abs().max()), "the output")


@pytest.mark.question("conv_net")
@pytest.mark.points(1)
@given(channels=draw.CHANNELS, x=draw.images())
@tried_first(first.NETWORKS)
def test_conv_net_output(student: Student, channels: list[int], x: Tensor) -> None:
    """Without norm the network is convolutions, a mean over pixels and a linear layer, where nothing is negative."""
    check_logits(student, probes_networks.logits, channels, x, ALL_POSITIVE, False)


@pytest.mark.question("conv_net")
@pytest.mark.points(0.5)
@pytest.mark.examples(12)
@given(channels=draw.OTHER_CHANNELS, x=draw.images(draw.OTHER_SIZES))
@tried_first(first.OTHER_NETWORKS)
def test_conv_net_sizes(student: Student, channels: list[int], x: Tensor) -> None:
    """The network works for any number of channels, a list or a tuple of them, and for images of any size."""
    check_logits(student, probes_networks.logits_of_tuple, channels, x, ALL_POSITIVE, True)


@pytest.mark.question("conv_net")
@pytest.mark.points(0.5)
@given(channels=draw.CHANNELS, x=draw.images())
@tried_first(first.NETWORKS)
def test_conv_net_relu(student: Student, channels: list[int], x: Tensor) -> None:
    """A ReLU follows each convolution, the last one included."""
    check_logits(student, probes_networks.logits, channels, x, MIXED, False)


@pytest.mark.question("conv_net")
@pytest.mark.points(0.5)
@given(channels=draw.CHANNELS, x=draw.images())
@tried_first(first.NETWORKS)
def test_conv_net_norm(student: Student, channels: list[int], x: Tensor) -> None:
    """With norm, the layers that norm returns are applied, each to the output of one convolution."""
    check_logits(student, probes_networks.logits_with_norm, channels, x, ALL_POSITIVE, 0.5)


@pytest.mark.question("conv_net")
@pytest.mark.points(0.25)
@given(channels=draw.CHANNELS, x=draw.images())
@tried_first(first.NETWORKS)
def test_conv_net_norm_before_relu(student: Student, channels: list[int], x: Tensor) -> None:
    """norm comes before the ReLU."""
    check_logits(student, probes_networks.logits_with_norm, channels, x, MIXED, -0.125)


@pytest.mark.question("conv_net")
@pytest.mark.points(0.5)
@given(channels=draw.CHANNELS)
@tried_first(first.CHANNELS)
def test_conv_net_norm_made(student: Student, channels: list[int]) -> None:
    """norm is called once for each convolution, with its number of channels; its layers are parts of the network."""
    answer = student.probe(probes_networks.made, "conv_net", channels)
    answer.equal(sorted(channels))
    answer = student.probe(probes_networks.parts, "conv_net", channels)
    answer.equal(probes_networks.parts(reference.conv_net, channels))


@pytest.mark.question("conv_net")
@pytest.mark.points(0.5)
@given(channels=draw.CHANNELS, x=draw.images())
@tried_first(first.NETWORKS)
def test_conv_net_bias(student: Student, channels: list[int], x: Tensor) -> None:
    """The convolutions have a bias where there is no norm, and none where there is one; the linear layer has one."""
    answer = student.probe(probes_networks.shapes, "conv_net", channels, x)
    answer.equal(probes_networks.shapes(reference.conv_net, channels, x))


@pytest.mark.question("conv_net")
@pytest.mark.points(0.25)
@given(channels=draw.CHANNELS)
@tried_first(first.CHANNELS)
def test_conv_net_start(student: Student, channels: list[int]) -> None:
    """Each call makes a new network, with the weights and biases that torch's layers, and norm's, start from."""
    answer = student.probe(probes_networks.starts, "conv_net", channels)
    answer.equal(probes_networks.starts(reference.conv_net, channels))


# --- evaluate ------------------------------------------------------------------------------------------------------

LOSS, ACCURACY = range(2)


def check_one(answer: Answer, loaded: draw.Loaded, part: int) -> None:
    name, wanted = ("loss", "accuracy")[part], right(probes_networks.measured, reference.evaluate, *loaded)[part]
    found = answer.parts(("loss", "accuracy"))[part]
    found.number(strict=False)
    found.close(wanted, tolerances.MEASURED * (1 + abs(wanted)), f"the {name}")


@pytest.mark.question("evaluate")
@pytest.mark.points(0.5)
@given(loaded=draw.EVEN)
@tried_first(first.EVEN)
def test_evaluate_loss(student: Student, loaded: draw.Loaded) -> None:
    """The loss is the mean over all examples, for batches of one size."""
    check_one(student.probe(probes_networks.measured, "evaluate", *loaded), loaded, LOSS)


@pytest.mark.question("evaluate")
@pytest.mark.points(0.5)
@given(loaded=draw.UNEVEN)
@tried_first(first.UNEVEN)
def test_evaluate_loss_uneven(student: Student, loaded: draw.Loaded) -> None:
    """Each example counts the same in the loss, whatever the batches' sizes, also in a last one that is smaller."""
    check_one(student.probe(probes_networks.measured, "evaluate", *loaded), loaded, LOSS)


@pytest.mark.question("evaluate")
@pytest.mark.points(0.5)
@given(loaded=draw.EVEN)
@tried_first(first.EVEN)
def test_evaluate_accuracy(student: Student, loaded: draw.Loaded) -> None:
    """The accuracy is the fraction of right predictions, for batches of one size."""
    check_one(student.probe(probes_networks.measured, "evaluate", *loaded), loaded, ACCURACY)


@pytest.mark.question("evaluate")
@pytest.mark.points(0.5)
@given(loaded=draw.UNEVEN)
@tried_first(first.UNEVEN)
def test_evaluate_accuracy_uneven(student: Student, loaded: draw.Loaded) -> None:
    """Each example counts the same in the accuracy, whatever the batches' sizes, also in a smaller last one."""
    check_one(student.probe(probes_networks.measured, "evaluate", *loaded), loaded, ACCURACY)


@pytest.mark.question("evaluate")
@pytest.mark.points(0.5)
@given(loaded=draw.WITH_SINGLE_BATCHES)
@tried_first(first.WITH_SINGLE_BATCHES)
def test_evaluate_loader(student: Student, loaded: draw.Loaded) -> None:
    """The loader is gone through once; it may have no length, or a single batch, and the model gets images as such."""
    answer = student.probe(probes_networks.passes, "evaluate", *loaded)
    answer.at("back").parts(("loss", "accuracy"))
    answer.at("gone through").equal(True)
    answer.at("gone through again").equal(False)


@pytest.mark.question("evaluate")
@pytest.mark.points(0.5)
@given(loaded=draw.LOADED, in_training=st.booleans())
@tried_first(first.LOADED_IN_MODES)
def test_evaluate_in_evaluation_mode(student: Student, loaded: draw.Loaded, in_training: bool) -> None:
    """All parts of the model are in evaluation mode when it is called."""
    answer = student.probe(probes_networks.modes, "evaluate", *loaded, in_training)
    answer.at("called").equal(True)
    answer.at("in training when called").equal([False])


@pytest.mark.question("evaluate")
@pytest.mark.points(0.5)
@given(loaded=draw.LOADED, in_training=st.booleans())
@tried_first(first.LOADED_IN_MODES)
def test_evaluate_mode_afterwards(student: Student, loaded: draw.Loaded, in_training: bool) -> None:
    """All parts of the model are in the mode afterwards that they were in before."""
    answer = student.probe(probes_networks.modes, "evaluate", *loaded, in_training)
    answer.at("called").equal(True)
    answer.at("afterwards").equal([in_training] * 5)


@pytest.mark.question("evaluate")
@pytest.mark.points(0.25)
@given(loaded=draw.LOADED)
@tried_first(first.LOADED)
def test_evaluate_graph(student: Student, loaded: draw.Loaded) -> None:
    """No graph is recorded."""
    answer = student.probe(probes_networks.traces, "evaluate", *loaded)
    answer.at("called").equal(True)
    answer.at("graph").equal(False)


@pytest.mark.question("evaluate")
@pytest.mark.points(0.25)
@given(loaded=draw.LOADED)
@tried_first(first.LOADED)
def test_evaluate_leaves(student: Student, loaded: draw.Loaded) -> None:
    """Gradients, requires_grad, the batches and whether gradients are recorded are as before."""
    answer = student.probe(probes_networks.traces, "evaluate", *loaded)
    answer.at("called").equal(True)
    answer.at("grad").equal(torch.ones_like(loaded[0]))
    answer.at("requires_grad").equal([True, False])
    answer.at("batches").equal(True)
    answer.at("recorded afterwards").equal(True)
    answer.at("recorded afterwards though not before").equal(False)
