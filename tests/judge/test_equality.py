"""An answer's parts, nested answers compared with the right ones, and the words for where they differ."""

import math

import numpy as np
import pytest
import torch

from autograder.judge.answer_checks import Answer, Call, StudentFailed
from autograder.judge.describe import describe, outline
from autograder.wire import Opaque, plain
from autograder.wire.limits import MAX_STRING

X = torch.arange(6.0).reshape(2, 3)
CALL = Call("batches", (("data", [X, X]),))


def answer(value, call=CALL):
    return Answer(call, plain(value))


def failure(value, expected, **how):
    with pytest.raises(StudentFailed) as info:
        answer(value).equal(expected, **how)
    return info.value


def message(value, expected, **how):
    return failure(value, expected, **how).message


RIGHT = {"length": 3, "first": [(X, torch.tensor([1, 2])), (X[:1], torch.tensor([3]))], "again": None, "word": "yes"}


def with_(**parts):
    return {**RIGHT, **parts}


@pytest.mark.parametrize(
    "value", [RIGHT, [], {}, None, True, 3, 0.5, "x", X, [(X, 1), [None]], {1: {2: [3]}}, math.nan, -math.inf,
              torch.tensor([math.nan, math.inf, 1.0]), np.ones(3), np.float64(2.0), X.T],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_is_equal_passes(value):
    answer(value).equal(value)
    answer(value).equal(value, strict=False)
    answer([value, {"x": value}]).equal((value, {"x": value}))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (with_(length=4), "In what came back under 'length': it is 4, but it should be 3."),
        (with_(word="no"), "In what came back under 'word': it is 'no', but it should be 'yes'."),
        (
            with_(again=0),
            "In what came back under 'again': it should be None, but it is a Python int (0).",
        ),
        (
            with_(first=[RIGHT["first"][0], (X[:1], torch.tensor([4]))]),
            "In what came back under 'first', element [1], element [1]: it is 4, but it should be 3.",
        ),
        (
            with_(first=[(X + torch.eye(2, 3), torch.tensor([1, 2])), RIGHT["first"][1]]),
            "In what came back under 'first', element [0], element [0]: it is wrong: 2 of 6 numbers are off; "
            "at [0, 0] yours is 1, but it should be about 0.",
        ),
        (with_(first=RIGHT["first"][:1]), "In what came back under 'first': it has 1 element, but it should have 2."),
        (with_(first=[]), "In what came back under 'first': it has no elements, but it should have 2."),
        (
            with_(first={}),
            "In what came back under 'first': it should be a list or tuple, but it is an empty dictionary.",
        ),
        (
            {"length": 3, "first": RIGHT["first"], "word": "yes"},
            "What came back has no 'again'.",
        ),
        (with_(more=1), "What came back has 'more', which it should not have."),
        (None, "What came back should be a dictionary, but it is None."),
    ],
    ids=lambda value: str(value)[-50:],
)
def test_the_first_difference_is_told_with_its_place(value, says):
    assert message(value, RIGHT) == says


def test_both_values_are_in_the_example():
    example = failure(with_(length=4), RIGHT).counterexample
    assert (example.yours, example.expected) == ("under 'length': 4", "under 'length': 3")
    assert example.inputs[0] == ("data", "[2×3 float32 [[0, 1, 2], [3, 4, 5]], 2×3 float32 [[0, 1, 2], [3, 4, 5]]]")
    example = failure({"x": X * 2}, {"x": X}).counterexample
    assert example.expected == "under 'x': about 2×3 float32 [[0, 1, 2], [3, 4, 5]]"
    example = failure(3, 4).counterexample
    assert (example.yours, example.expected) == ("3", "4")


@pytest.mark.parametrize(
    ("value", "right", "says"),
    [
        (1, True, "should be a Python bool (True), but it is a Python int (1)"),
        (True, 1, "should be a Python int (1), but it is a Python bool (True)"),
        (1, 1.0, "should be a Python float (1), but it is a Python int (1)"),
        (X.double(), X, "has dtype float64, but it should be float32"),
        (X.T, X, "has shape 3×2, but it should be 2×3"),
        (X[0], X, "has shape 3, but it should be 2×3"),
        (X.numpy(), X, "should be a 2×3 float32 tensor, but it is a NumPy array"),
        (X.tolist(), X, "should be a 2×3 float32 tensor, but it is a list of 2 elements"),
        (X, X.long(), "should be a 2×3 int64 tensor, but it is a 2×3 float32 tensor"),
        (torch.tensor(1), 1, "should be a Python int (1), but it is a one number int64 tensor"),
        (np.int64(1), 1, "should be a Python int (1), but it is a NumPy scalar"),
        (torch.tensor([1, 5]), torch.tensor([1, 2]), "1 of 2 numbers are off; at [1] yours is 5, but it should be 2"),
        (torch.tensor([2**62 + 1]), torch.tensor([2**62]), "is 4611686018427387905, but it should be 46"),
        (torch.tensor([True]), torch.tensor([False]), "is True, but it should be False"),
        (2**53 + 1, 2**53, "is 9007199254740993, but it should be 9007199254740992"),
        (math.nan, 1.0, "contains NaN, where the right answer is finite"),
        (math.inf, 1.0, "contains an infinity, where the right answer is finite"),
        (1.0, math.inf, "is 1, but it should be infinity"),
        (math.inf, -math.inf, "is infinity, but it should be -infinity"),
        (torch.tensor([1.0, math.nan]), torch.tensor([math.nan, math.nan]), "at [0] yours is 1, but it should be NaN"),
        (object(), 1, "should be a Python int (1), but it is an object of type object"),
        ((x for x in "a"), ["a"], "should be a list or tuple, but it is an object of type generator"),
        ("x" * 300 + "a", "x" * 300 + "b", f"is '{'x' * 20}a' from character 280 on, but it should be '{'x' * 20}b'."),
        (None, [None], "should be a list or tuple, but it is None"),
        ({1: 0}, {True: 0}, "What came back has no True"),
    ],
)  # fmt: skip
def test_kinds_values_and_forms(value, right, says):
    assert says in message(value, right)


def test_where_the_kind_is_another_tests_business():
    for value, right in (
        (X.double(), X), (X.numpy(), X), (1, 1.0), (torch.tensor(1.5), 1.5), (torch.tensor([1.5]), 1.5),
        (np.float32(1.5), 1.5), (np.int64(3), 3), (torch.tensor(3), 3), (torch.tensor(True), True),
        (torch.tensor([1, 2], dtype=torch.int32), torch.tensor([1, 2])), (1.5, torch.tensor(1.5)),
        ([np.bool_(True)], [True]),
    ):  # fmt: skip
        answer(value).equal(right, strict=False)
        if not isinstance(value, list):
            with pytest.raises(StudentFailed):
                answer(value).equal(right) if not isinstance(value, np.floating) else answer(2.0).equal(right)
    for value, right in ((True, 1), (1, True), (X, X.long()), (3.0, 3), (torch.ones(2), 1.0), ("1", 1), (X.T, X)):
        with pytest.raises(StudentFailed):
            answer(value).equal(right, strict=False)


def test_a_numpy_float_is_a_float():
    answer([np.float64(0.5)]).equal([0.5])
    assert "it is 0.25, but it should be about 0.5" in message([np.float64(0.25)], [0.5])


def test_numbers_are_compared_as_the_less_accurate_of_input_and_answer():
    double = Call("f", (("x", X.double()),))
    answer(1 + 1e-6).equal(1.0)
    answer({"x": [1 + 1e-10]}, double).equal({"x": [1.0]})
    answer(torch.tensor([1 + 1e-6]), double).equal(torch.ones(1))
    for value, right in ((1 + 1e-6, 1.0), (torch.tensor([1 + 1e-6]).double(), torch.ones(1).double())):
        with pytest.raises(StudentFailed):
            answer(value, double).equal(right)
    with pytest.raises(StudentFailed):
        answer(1 + 1e-4).equal(1.0)


def test_tolerances_by_dtype_and_by_path():
    value, right = {"losses": [(1.1, 0.5), (2.1, 0.5)], "w": X + 0.05}, {"losses": [(1.0, 0.5), (2.0, 0.5)], "w": X}
    answer(value).equal(right, rounding={torch.float32: 0.2})
    answer(value).equal(right, within={(): 0.11})
    answer(value).equal(right, within={("losses", ..., 0): 0.11, ("w",): torch.full((2, 3), 0.06)})
    assert "'losses', element [0], element [0]" in message(value, right, within={("w",): 0.11})
    assert "'losses', element [1], element [0]" in message(value, right, within={("losses", 0): 0.11, ("w",): 0.11})
    assert "'w'" in message(value, right, within={(): 0.11, ("w",): 0.01})
    assert "'w'" in message(value, right, within={("losses",): 0.11})


def test_a_part_of_an_answer():
    part = answer(RIGHT).at("first", 1)
    x, y = part.parts(("x", "y"))
    assert torch.equal(x.value, X[:1]) and y.call is CALL
    assert torch.equal(answer(RIGHT).at("first").at(-1, 0).tensor(X[:1]), X[:1])
    with pytest.raises(StudentFailed, match=r"^In what came back under 'length': it must be a Python float"):
        answer(RIGHT).at("length").number()
    with pytest.raises(StudentFailed, match=r"^In what came back under 'first', element \[0\], element \[0\]: The x"):
        answer(RIGHT).at("first", 0, 0).close(X + 1, 0.1, "The x")
    with pytest.raises(StudentFailed, match=r"^In what came back under 'first', element \[0\]: it has 2"):
        answer(RIGHT).at("first").at(0).equal([1])


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (("other",), "What came back should be a dictionary with 'other', but it is a dictionary with 'length' 3"),
        (
            ("first", 2),
            "In what came back under 'first': it should be a list or tuple with element [2], but it is a list of 2 el",
        ),
        (("first", "x"), "In what came back under 'first': it should be a dictionary with 'x', but it is a list of 2"),
        (
            ("again", 0),
            "In what came back under 'again': it should be a list or tuple with element [0], but it is None.",
        ),
        (
            ("first", 0, 0, 1),
            "element [0]: it should be a list or tuple with element [1], but it is a 2×3 float32 tensor.",
        ),
        (
            ("word", 0),
            "In what came back under 'word': it should be a list or tuple with element [0], but it is a Python str",
        ),
    ],
)
def test_a_part_that_is_not_there_is_the_students_failure(path, says):
    with pytest.raises(StudentFailed) as info:
        answer(RIGHT).at(*path)
    assert says in info.value.message
    assert "with" in info.value.counterexample.expected


def test_a_right_answer_that_says_nothing_is_the_tests_fault():
    for right in (object(), {"x": [torch.zeros(1, dtype=torch.complex64)]}, ["x" * MAX_STRING]):
        with pytest.raises(ValueError, match="right answer"):
            answer(right).equal(right)


def test_the_dtype_of_nested_inputs():
    assert Call("f", (("x", [[torch.tensor([1])], {"y": X}]),)).dtype is torch.float32
    assert Call("f", (("x", [torch.tensor([1])]),)).dtype is torch.float64


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "an empty dictionary"),
        ({"length": 3, "word": "yes"}, "a dictionary with 'length' 3 and 'word' 'yes'"),
        (
            {"length": 3, "first": [[torch.zeros(4, 784), torch.zeros(4).long()]] * 3},
            "a dictionary with 'length' 3 and 'first' a list of 3 elements, each "
            "[4×784 float32 tensor, 4 int64 tensor]",
        ),
        ({1: None, 2: [], 3: 0.5, 4: "d", 5: 1, 6: 2},
         "a dictionary with 1 None, 2 an empty list, 3 0.5, 4 'd' and 2 more"),
        ({"a": {"b": {"c": {"d": 1}}}},
         "a dictionary with 'a' a dictionary with 'b' a dictionary with 'c' a dictionary of 1"),
        ([1.0, None], "[1, None]"),
        ([[1, 2], [3]], "[[1, 2], [3]]"),
        ("x" * 500, "'" + "x" * 100 + "…' (500 characters)"),
        (Opaque("Thing"), "an object of type Thing"),
    ],
    ids=lambda value: str(value)[:25],
)  # fmt: skip
def test_plain_data_in_words(value, text):
    assert describe(value) == text


def test_words_stay_short_whatever_comes_back():
    deep = 1
    for _ in range(10):
        deep = [deep, deep, deep, deep]
    wide = {f"{'key' * 100}{number}": [torch.zeros(10_000)] * 1000 for number in range(1000)}
    for value in (deep, wide, [wide] * 4, [X] * 1000, [["x" * 4000] * 4] * 4):
        assert len(describe(value)) <= 1000
        assert len(outline(value)) <= 500
