"""Numbers as they are shown, and which causes are forbidden help."""

import math

import pytest
import torch

from autograder.judge.diagnosis.registry import Cause
from autograder.judge.number_format import apart, number


@pytest.mark.parametrize(
    ("value", "dtype", "shown"),
    [
        (math.nan, torch.float64, "NaN"),
        (math.inf, torch.float32, "infinity"),
        (-math.inf, torch.float64, "-infinity"),
        (0.5, torch.float64, "0.5"),
        (-0.0, torch.float32, "0"),
        (1e300, torch.float32, "1e+300"),
    ],
)
def test_a_number_is_shown_as_it_is(value, dtype, shown):
    assert number(value, dtype) == shown


def test_two_numbers_are_told_apart():
    first, second = apart(1.0, 1.0 + 1e-12)
    assert first != second
    assert apart(2.0, 2.0) == ("2", "2")
    assert apart(1e308, -1e308) == ("1e+308", "-1e+308")  # their difference is more than there is a number for
    assert apart(math.inf, 1.0) == ("infinity", "1") and apart(math.nan, 1.0) == ("NaN", "1")


def test_what_questions_ask_to_do_without():
    assert {cause for cause in Cause if cause.is_forbidden_help} == set(Cause) - {Cause.HANG, Cause.DEATH, Cause.MEMORY}
