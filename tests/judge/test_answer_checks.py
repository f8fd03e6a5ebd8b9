"""Checks of an answer, and the words in which they fail."""

import math

import pytest
import torch

from autograder.judge.answer_checks import Answer, Call, StudentFailed
from autograder.judge.describe import describe
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
    for value in (X.tolist(), Array(X, False)):
        assert torch.equal(answer(value).tensor(X, strict=False), X)
        with pytest.raises(StudentFailed, match="must be a tensor, but yours is"):
            answer(value).tensor(X)
    for value in ([[1, 2]], [["a", "b"]], [[1.0], [1.0, 2.0]], []):
        with pytest.raises(StudentFailed, match="must be a tensor, but yours is"):
            answer(value).tensor(X, strict=False)
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
    assert describe(torch.tensor([math.nan, -math.inf, 1e-8])) == "3 float32 [NaN, -infinity, 1e-08]"
    assert describe([1.0, None]) == "[1, None]"
    assert describe(Array(torch.ones(1), False)) == "NumPy array, 1 float32 [1]"


def rejected(value, right, tolerance=0.0, inputs=X):
    with pytest.raises(StudentFailed) as failed:
        Answer(Call("f", (("X", inputs),)), value).close(right, tolerance, "The answer")
    return failed.value.message, failed.value.counterexample.yours, failed.value.counterexample.expected


def test_a_small_difference_is_seen_in_the_example_too():
    right = torch.tensor([[-1.0, 1.0]], dtype=torch.float64)
    message, yours, expected = rejected(right + torch.tensor([[0.0, 3e-10]]), right, 1e-12, inputs=right)
    assert yours == "1×2 float64 [[-1, 1.0000000003]]"
    assert expected == "about 1×2 float64 [[-1, 1]]"
    assert "at [0, 1] yours is 1.0000000003, but it should be about 1. That is a difference of 3e-10." in message


def test_the_neighbour_of_a_number_is_told_apart_from_it():
    for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
        one = torch.ones(1, 1, dtype=dtype)
        next_one = torch.nextafter(one, 2 * one)
        _, yours, expected = rejected(next_one, one.double(), inputs=one)
        assert expected == f"about 1×1 {str(dtype)[6:]} [[1]]"
        shown = float(yours.rpartition("[[")[2][:-2])
        assert shown != 1 and torch.tensor(shown, dtype=torch.float64).to(dtype) == next_one


def test_float32_is_shown_as_float32():
    right = torch.tensor([[0.1, 0.7]], dtype=torch.float32)
    _, yours, expected = rejected(right + torch.tensor([[0.0, 0.1]]), right.double(), 1e-6)
    assert yours == "1×2 float32 [[0.1, 0.8]]"
    assert expected == "about 1×2 float32 [[0.1, 0.7]]"  # what the judge computed in float64, too
    loss = float(torch.tensor(0.1))
    assert rejected(loss, 0.3, 0.01)[1:] == ("0.1", "about 0.3")


def test_a_difference_below_float32_is_shown_in_float64():
    message, yours, expected = rejected(torch.tensor([[0.1]]), torch.tensor([[0.1]], dtype=torch.float64), 1e-10)
    assert "yours" not in message and "a difference of 1.5e-09" in message
    assert (yours, expected) == ("1×1 float32 [[0.1000000015]]", "about 1×1 float32 [[0.1]]")


def test_the_worst_number_of_a_large_tensor_is_in_the_example():
    right = torch.zeros(10, 10, dtype=torch.float64)
    wrong = right.clone()
    wrong[2, 3], wrong[7, 8] = 0.25, -0.5
    message, yours, expected = rejected(wrong, right, 0.1, inputs=right)
    assert "2 of 100 numbers are off; at [7, 8] yours is -0.5, but it should be about 0" in message
    assert yours == "10×10 float64 [0, 0, 0, 0, 0, 0, … 100 numbers in all; at [7, 8] -0.5]"
    assert expected == "about 10×10 float64 [0, 0, 0, 0, 0, 0, … 100 numbers in all; at [7, 8] 0]"


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, 1e300])
def test_odd_numbers_are_shown(odd):
    right = torch.tensor([[0.1, 1.0]])
    value = torch.tensor([[0.1, odd]], dtype=torch.float64)
    text = {"nan": "NaN", "inf": "infinity", "-inf": "-infinity", "1e+300": "1e+300"}[str(odd)]
    assert rejected(value, right.double(), 0.1)[1] == f"1×2 float64 [[0.1, {text}]]"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (torch.ones(5), "the loss has shape 5, but it should be"),
        (None, r"the loss must be numbers, but yours is nothing \(None\)"),
        ("1.5", "the loss must be numbers, but yours is a Python str"),
        (Opaque("Thing"), "the loss must be numbers, but yours is an object of type Thing"),
        ([1.0, [2.0]], "the loss must be numbers"),
    ],
)
def test_what_can_not_be_compared_is_wrong_and_nothing_of_the_graders(value, says):
    with pytest.raises(StudentFailed, match=says):
        answer(value).close(1.0, 1e-3, "the loss")


def test_inputs_that_were_asked_back_are_as_they_were():
    Answer(CALL, 1.0, (X.clone(),)).unchanged(("X",), (X,))
    for changed in (X + 1, X.double(), None):
        with pytest.raises(StudentFailed, match=r"^f changed its input X: work on a copy instead\.$") as failed:
            Answer(CALL, 1.0, (changed,)).unchanged(("X",), (X,))
        assert (failed.value.counterexample.expected, failed.value.counterexample.yours) == (
            "X as it was",
            "a changed X",
        )
