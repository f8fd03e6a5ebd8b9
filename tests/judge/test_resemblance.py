"""What is right of a wrong answer: its direction, or roughly how it varies."""

import math

import pytest
import torch

from autograder.judge.answer_checks import Answer, Call, StudentFailed, joined
from autograder.wire import Array

RIGHT = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]], dtype=torch.float64)
CALL = Call("f", (("X", RIGHT),))
RANDOM = torch.randn(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(5))


def answer(value):
    return Answer(CALL, value)


@pytest.mark.parametrize("factor", [1.0, 17.0, 1e-3, 0.5])
def test_a_positive_multiple_has_the_right_direction(factor):
    answer(factor * RIGHT).multiple_of(RIGHT, 1e-9, "It")
    answer((factor * RIGHT).float()).multiple_of(RIGHT, 1e-6, "It")
    answer(Array(factor * RIGHT, False)).multiple_of(RIGHT, 1e-9, "It")


@pytest.mark.parametrize(
    "value", [-RIGHT, 0 * RIGHT, torch.ones(2, 3), RIGHT.abs(), RIGHT + 0.001, RIGHT * torch.tensor([1.0, 1.0, 1.001])]
)
def test_anything_else_has_not(value):
    with pytest.raises(StudentFailed, match="No positive factor makes it right"):
        answer(value).multiple_of(RIGHT, 1e-6, "It")


def test_the_sign_may_be_left_to_another_test():
    answer(-3 * RIGHT).multiple_of(RIGHT, 1e-9, "It", either_sign=True)
    for value in (0 * RIGHT, -RIGHT.abs(), 0.001 - RIGHT):
        with pytest.raises(StudentFailed, match="No factor makes it right"):
            answer(value).multiple_of(RIGHT, 1e-6, "It", either_sign=True)


def test_one_number_that_is_off_is_counted():
    with pytest.raises(StudentFailed, match=r"1 of 6 numbers don't fit the others\.$"):
        answer(RIGHT + torch.eye(2, 3) * torch.tensor([1e-4, 0, 0])).multiple_of(RIGHT, 2e-5, "It")


def test_rounding_of_the_factor_is_allowed():
    off = RIGHT + 9e-7 * torch.sign(RIGHT)
    answer(3 * off).multiple_of(RIGHT, 1e-6, "It")
    with pytest.raises(StudentFailed):
        answer(3 * off).multiple_of(RIGHT, 1e-8, "It")


def test_finite_numbers_come_back_as_float64():
    assert answer(RIGHT.float()).finite(0 * RIGHT, "It").equal(RIGHT)


def test_zero_has_no_direction():
    nothing = torch.zeros(2, 3, dtype=torch.float64)
    answer(RIGHT).multiple_of(nothing, 1e-9, "It")
    answer(RIGHT).multiple_of(nothing + 1e-10, 1e-9, "It")
    with pytest.raises(StudentFailed, match="contains NaN"):
        answer(nothing * math.nan).multiple_of(nothing, 1e-9, "It")


@pytest.mark.parametrize("value", [RIGHT, -RIGHT, 20 * RIGHT + 3, RIGHT.float(), RIGHT + 0.3 * RANDOM, RIGHT.sign()])
def test_what_varies_with_the_right_answer_resembles_it(value):
    answer(value).resembles(RIGHT, 1e-6, "It")


@pytest.mark.parametrize("value", [0 * RIGHT, torch.full((2, 3), 0.1, dtype=torch.float64), RANDOM, RIGHT.roll(1, 1)])
def test_what_knows_nothing_does_not(value):
    with pytest.raises(StudentFailed, match="This can't be told yet"):
        answer(value).resembles(RIGHT, 1e-6, "It")


def test_the_change_of_a_step_counts():
    start = 100 * RANDOM
    answer(start + 0.1 * RIGHT).resembles(start + RIGHT, 1e-6, "It", start)
    answer(start - RIGHT).resembles(start + RIGHT, 1e-6, "It", start)
    with pytest.raises(StudentFailed):
        answer(start).resembles(start + RIGHT, 1e-6, "It", start)


@pytest.mark.parametrize("check", ["multiple_of", "resembles", "finite"])
@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "must be numbers, but yours is nothing"),
        (torch.ones(3), "has shape 3"),
        (torch.full((2, 3), math.inf), "contains an infinity"),
    ],
)
def test_what_has_other_numbers_or_none_fails(check, value, says):
    with pytest.raises(StudentFailed, match=says):
        getattr(answer(value), check)(RIGHT, *([] if check == "finite" else [1e-6]), "It")


def test_single_numbers_are_compared_as_one():
    found = joined([answer(2.0), answer(torch.tensor([4.0])), answer(Array(torch.tensor(1.0), True))])
    assert found.value.tolist() == [2.0, 4.0, 1.0]
    found.multiple_of(torch.tensor([1.0, 2.0, 0.5]), 1e-9, "The losses")
    with pytest.raises(StudentFailed, match="f must return a Python float"):
        joined([answer(2.0), answer(None)])


def test_what_hardly_varies_tells_nothing():
    answer(torch.ones(2, 3)).resembles(1 + 1e-7 * RIGHT, 1e-6, "It")
    with pytest.raises(StudentFailed):
        answer(torch.ones(2, 3)).resembles(1 + 1e-4 * RIGHT, 1e-6, "It")
