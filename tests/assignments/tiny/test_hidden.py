"""Hidden tests."""

from __future__ import annotations

import pytest
import torch
from autograder.assignments.tiny import strategies as draw
from hypothesis import given
from torch import Tensor

from autograder.judge.student_fixture import Student

from . import probes, reference, tolerances


def check(student: Student, x: Tensor) -> None:
    answer, right = student.rms(x), reference.rms(x)
    answer.tensor(like=right, name="The result")
    answer.close(right, tolerances.rms(x), "The result")


@pytest.mark.question("rms")
@pytest.mark.points(1)
def test_rms_of_one_number(student: Student) -> None:
    """rms of a single number is its absolute value."""
    check(student, torch.tensor([-3.0], dtype=torch.float64))


@pytest.mark.question("rms")
@pytest.mark.points(2)
@given(x=draw.vectors())
def test_rms_of_vectors(student: Student, x: Tensor) -> None:
    """rms is the root of the mean of the squares."""
    check(student, x)


@pytest.mark.question("chunks")
@pytest.mark.points(1)
@pytest.mark.forbid("data")
@given(pile=draw.piles())
def test_chunks_length(student: Student, pile: tuple[list[int], int]) -> None:
    """len() of Chunks counts the last chunk, too."""
    answer = student.probe(probes.twice, "Chunks", *pile)
    answer.at("length").equal(probes.twice(reference.Chunks, *pile)["length"])


@pytest.mark.question("chunks")
@pytest.mark.points(1)
@pytest.mark.forbid("data")
@given(pile=draw.piles())
def test_chunks_items(student: Student, pile: tuple[list[int], int]) -> None:
    """Chunks gives all items in order, as often as it is gone through."""
    student.probe(probes.twice, "Chunks", *pile).equal(probes.twice(reference.Chunks, *pile))
