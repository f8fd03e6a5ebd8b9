"""Checks of an answer, and the words in which they fail."""

import math

import pytest
import torch

from autograder.judge.answers import Answer, Call, StudentFailed
from autograder.judge.words import describe
from autograder.wire import Array, Opaque

X = torch.tensor([[0.5, 1.0]])
CALL = Call("f", (("X", X),))


def answer(value):
    return Answer(CALL, value)


@pytest.mark.parametrize("value", [1.5, Array(torch.tensor(1.5), True), Array(torch.tensor(1.5).double(), True)])
def test_python_and_numpy_floats_are_floats(value):
    assert answer(value).number() == 1.5


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, "nothing"),
        (1, "a Python int"),
        (True, "a Python bool"),
        (torch.tensor(1.5), "one number float32 tensor"),
        (Array(torch.tensor(1.5), False), "NumPy array"),
        ("1.5", "a Python str"),
        ([1.5], "1 values"),
        (Opaque("Thing"), "an object of type Thing"),
    ],
)
def test_nothing_else_is_a_float(value, what):
    with pytest.raises(StudentFailed, match=f"f must return a Python float, but yours returned {what}"):
        answer(value).number()


def test_a_tensor_of_one_number_will_do_where_the_type_is_not_the_point():
    assert answer(torch.tensor([1.5])).number(strict=False) == 1.5
    with pytest.raises(StudentFailed):
        answer(torch.tensor([1.5, 2.5])).number(strict=False)
    with pytest.raises(StudentFailed):
        answer(torch.tensor(1)).number(strict=False)


def test_shape_and_dtype_of_a_tensor():
    assert answer(X).tensor(X) is X
    with pytest.raises(StudentFailed, match="the answer has shape 2×1, but it should be 1×2"):
        answer(X.T).tensor(X)
    with pytest.raises(StudentFailed, match="dtype float64, but it should keep float32"):
        answer(X.double()).tensor(X)
    assert answer(X.double()).tensor(X, strict=False).dtype == torch.float32
    with pytest.raises(StudentFailed, match="must be a tensor, but yours is nothing"):
        answer(None).tensor(X)
    with pytest.raises(StudentFailed, match="must be a tensor, but yours is NumPy array"):
        answer(Array(X, False)).tensor(X)
    with pytest.raises(StudentFailed, match="must be a tensor"):
        answer(torch.ones(1, 2, dtype=torch.int64)).tensor(X, strict=False)


def test_parts():
    w, m = answer([X, X]).parts(("w", "m"))
    assert w.value is X and m.call is CALL
    for value in (X, [X], [X, X, X], None):
        with pytest.raises(StudentFailed, match=r"f must return \(w, m\)"):
            answer(value).parts(("w", "m"))


def test_close_within_the_tolerance():
    answer(X).close(X.double() + 1e-7, 2e-7, "The answer")
    with pytest.raises(
        StudentFailed, match="1 of 2 numbers are off; at \\[0, 1\\] yours is 1, but it should be about 3"
    ):
        answer(X).close(torch.tensor([[0.5, 3.0]]), 1e-3, "The answer")


@pytest.mark.parametrize(("value", "word"), [(math.nan, "NaN"), (math.inf, "an infinity")])
def test_what_is_not_finite_is_never_close(value, word):
    with pytest.raises(StudentFailed, match=f"contains {word}"):
        answer(value).close(value, math.inf, "The answer")
    with pytest.raises(StudentFailed, match=f"contains {word}"):
        answer(X * value).close(X, 1e9, "The answer")


def test_numbers_that_look_alike_are_told_apart():
    with pytest.raises(StudentFailed, match=r"is 0\.3000000001, but it should be about 0\.3\."):
        answer(0.3000000001).close(0.3, 1e-12, "The answer")


def test_the_counterexample_names_inputs_answer_and_expectation():
    with pytest.raises(StudentFailed) as info:
        answer(2.0).close(1.0, 0.1, "The answer")
    example = info.value.counterexample
    assert example.inputs == (("X", "1×2 float32 [[0.5, 1]]"),)
    assert (example.yours, example.expected) == ("2", "about 1")


def test_values_in_words():
    assert describe(torch.arange(30.0)) == "30 float32 [0, 1, 2, 3, 4, 5, … 30 numbers in all]"
    assert describe(torch.ones(2, 3).T).startswith("3×2 float32 (not contiguous in memory) [[1, 1],")
    assert describe(torch.tensor([math.nan, -math.inf, 1e-8])) == "3 float32 [NaN, -infinity, 9.9999999e-09]"
    assert describe([1.0, None]) == "[1, None]"
    assert describe(Array(torch.ones(1), False)) == "NumPy array, 1 float32 [1]"
