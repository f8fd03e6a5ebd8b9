"""Hidden tests of Module and Sequential. A test's docstring is the sentence a student reads about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from autograder.judge.carried_errors import carried
from autograder.judge.student_fixture import Student

from . import first_examples, reference
from . import probes_modules as probes
from . import strategies as tensors
from . import strategies_modules as draw

pytestmark = pytest.mark.forbid("containers")


def check_module(student: Student, probe: Callable[..., Any], *arguments: Any) -> None:
    """Check that a probe makes the same of the student's Module as of the right one."""
    student.probe(probe, "Module", *arguments).equal(probe(reference.Module, *arguments))


@pytest.mark.question("module")
@pytest.mark.points(0.75)
@given(lines=draw.own_parameters())
def test_module_own_parameters(student: Student, lines: list[str]) -> None:
    """parameters() gives the module's own parameters, in the order in which they were assigned, as often as asked."""
    check_module(student, probes.parameters, lines)


@pytest.mark.question("module")
@pytest.mark.points(0.5)
@given(lines=draw.flat())
def test_module_layers(student: Student, lines: list[str]) -> None:
    """parameters() gives the parameters of torch's layers, in the order in which these were assigned."""
    check_module(student, probes.parameters, lines)


@pytest.mark.question("module")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.NESTED)
@given(lines=draw.nested())
def test_module_nested(student: Student, lines: list[str]) -> None:
    """parameters() reaches modules within modules, at any depth."""
    check_module(student, probes.parameters, lines)


@pytest.mark.question("module")
@pytest.mark.points(0.5)
@given(lines=draw.shared())
def test_module_shared(student: Student, lines: list[str]) -> None:
    """parameters() gives each parameter once, though it can be reached in two ways."""
    check_module(student, probes.parameters, lines)


@pytest.mark.question("module")
@pytest.mark.points(0.25)
@given(lines=draw.replaced())
def test_module_replaced(student: Student, lines: list[str]) -> None:
    """What is assigned to a name again takes the place of what was there."""
    check_module(student, probes.parameters, lines)


@pytest.mark.question("module")
@pytest.mark.points(0.25)
@given(lines=draw.taken_out())
def test_module_none(student: Student, lines: list[str]) -> None:
    """Assigning None takes a layer or parameter out; the name then reads None."""
    check_module(student, probes.attributes, lines)


@pytest.mark.question("module")
@pytest.mark.points(0.5)
@given(lines=draw.with_others())
def test_module_ordinary(student: Student, lines: list[str]) -> None:
    """Numbers, texts, tensors and lists of layers are ordinary attributes: they are kept, and not registered."""
    check_module(student, probes.attributes, lines)


@pytest.mark.question("module")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.CALLS)
@given(inputs=st.lists(tensors.matrices(), max_size=3))
def test_module_call(student: Student, inputs: list[Tensor]) -> None:
    """Calling a module calls its forward with the same inputs, and gives what that returns."""
    check_module(student, probes.called, inputs)


@pytest.mark.question("module")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.SWITCHES)
@given(asked=draw.SWITCHES)
def test_module_mode(student: Student, asked: str) -> None:
    """training is True at first; train() and eval() set it."""
    check_module(student, probes.modes, [], [])
    answer = student.probe(probes.switched, "Module", [], asked)
    answer.at("training").equal(asked in ("train()", "train(True)"))


@pytest.mark.question("module")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.MODES)
@given(lines=st.one_of(draw.flat(), draw.nested(), draw.replaced(), draw.taken_out()), asked=draw.ASKED)
def test_module_modes(student: Student, lines: list[str], asked: list[str]) -> None:
    """train() and eval() reach all modules and layers within, at any depth."""
    check_module(student, probes.modes, lines, asked)
    check_module(student, probes.modes, ["a = Linear", "b = ReLU", "deep = Linear", "deep = deep Dropout"], asked)


@pytest.mark.question("module")
@pytest.mark.points(0.25)
@given(asked=draw.SWITCHES)
def test_module_switch_returns(student: Student, asked: str) -> None:
    """train() and eval() return the module."""
    student.probe(probes.switched, "Module", ["a = Linear"], asked).at("returned the module").equal(True)


def check_sequential(student: Student, probe: Callable[..., Any], *arguments: Any) -> None:
    """Check what a probe makes of the student's Sequential, with their own Module as its base, or else a right one."""
    right = probe(reference.Sequential, reference.Module, *arguments)
    carried(
        lambda Module: student.probe(probe, "Sequential", Module, *arguments),
        student.name("Module"),
        probes.RightModule,
        lambda answer: answer.equal(right),
    )


@pytest.mark.question("sequential")
@pytest.mark.points(1)
@first_examples.tried_first(first_examples.SEQUENCES)
@given(layers=draw.layers(), rows=st.integers(1, 3))
def test_sequential_forward(student: Student, layers: list[str], rows: int) -> None:
    """A Sequential passes its input through the layers, modules and functions alike, one after another."""
    check_sequential(student, probes.through, layers, example(rows))


@pytest.mark.question("sequential")
@pytest.mark.points(0.25)
@given(rows=st.integers(1, 3))
def test_sequential_empty(student: Student, rows: int) -> None:
    """A Sequential of no layers gives back its input (one of a single function doesn't)."""
    check_sequential(student, probes.through, [], example(rows))
    check_sequential(student, probes.through, ["function"], example(rows))  # not what always gives back its input


def example(rows: int) -> Tensor:
    """Return examples (rows, 3), float64."""
    return (torch.arange(3.0 * rows, dtype=torch.float64).reshape(rows, 3) - 4) / 4


@pytest.mark.question("sequential")
@pytest.mark.points(0.5)
@first_examples.tried_first(first_examples.STACKS)
@given(layers=draw.layers())
def test_sequential_layers(student: Student, layers: list[str]) -> None:
    """len, s[i] and a loop give the layers of a Sequential."""
    check_sequential(student, probes.layers_of, layers)


@pytest.mark.question("sequential")
@pytest.mark.points(0.75)
@given(layers=draw.layers().filter(lambda kinds: {"Linear", "Module", "Sequential"} & set(kinds)))
def test_sequential_parameters(student: Student, layers: list[str]) -> None:
    """parameters() of a Sequential gives those of all its layers."""
    check_sequential(student, probes.parameters_of, layers)


@pytest.mark.question("sequential")
@pytest.mark.points(0.5)
@given(layers=draw.layers(kinds=(*draw.LAYERS, "Dropout")), asked=draw.ASKED)
def test_sequential_modes(student: Student, layers: list[str], asked: list[str]) -> None:
    """train() and eval() of a Sequential reach all layers that have a mode, and what is in them; they return it."""
    check_sequential(student, probes.modes_of, layers, asked)
