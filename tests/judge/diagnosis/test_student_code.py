"""What is read from a student's code: the part that a function is made of, and the numbers in it."""

import pytest

from autograder.judge.diagnosis.student_code import NUMBERS, numbers_in, part_of

NOTEBOOK = '''
import numpy as np
import math as maths
RATE = 0.25
def helper(x):
    """Rounds."""
    return maths.sqrt(x) * RATE  # a comment
def f(x):
    return helper(x)
def g(x):
    return np.round(x)
f(1)
'''


def test_a_function_is_made_of_what_it_uses():
    code = part_of(NOTEBOOK, ["f"])
    assert code.splitlines() == [
        "import math as maths",
        "RATE = 0.25",
        "def helper(x):",
        "    return maths.sqrt(x) * RATE",
        "def f(x):",
        "    return helper(x)",
    ]
    assert "round" in part_of(NOTEBOOK, ["g"]) and part_of(NOTEBOOK, ["h"]) == ""


LOCAL = """
rate = 784
base = dict
def f(x, loss):
    rate = x
    return rate * loss
def g(x):
    global rate
    rate = x
class C(base):
    def f(self, x):
        return x
loss = 3
x = 5
"""


def test_names_of_its_own_are_nothing_that_it_uses():
    assert part_of(LOCAL, ["f"]).splitlines() == ["def f(x, loss):", "    rate = x", "    return rate * loss"]
    assert "784" in part_of(LOCAL, ["g"])
    assert part_of(LOCAL, ["C"]).splitlines()[0] == "base = dict" and "5" not in part_of(LOCAL, ["C"])


def test_what_only_ipython_can_read_is_left_out():
    assert part_of("%matplotlib inline\ndef f():\n    return 3", ["f"]) == "def f():\n    return 3"
    assert part_of("def f(:", ["f"]) == "def f(:"


def test_what_is_defined_further_in_is_found():
    assert "def f" in part_of("if True:\n    def f():\n        return 3", ["f"])


def test_only_prose_leaves_an_empty_function():
    assert part_of("def f():\n    'Nothing.'", ["f"]) == "def f():\n    pass"


@pytest.mark.parametrize(
    ("code", "numbers"),
    [
        ("x = 3e-7 * y / 64", (64.0, 3e-7)),
        ("x / 255 - 10**-8 + 1 / 4", (0.25, 255.0, 1e-8, 4.0, 10.0, 8.0)),
        ("x[0, 1, 2] + 0.0", ()),
        ("x + 1e6 + 10 ** 10 ** 10 + 7 / 0 + (-8) ** 0.5", (7.0, 0.5, 10.0, 8.0)),
        ("'3' + True + 3j", ()),
        ("def f(:", ()),
    ],
)
def test_numbers_are_those_written_and_what_is_made_of_them(code, numbers):
    assert sorted(numbers_in(code)) == sorted(numbers)


def test_there_are_no_more_than_some():
    assert len(numbers_in(f"x = {list(range(3, 300))}")) == NUMBERS
