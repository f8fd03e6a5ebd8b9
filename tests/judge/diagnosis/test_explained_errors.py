"""A formula has to explain what is wrong, not come near to numbers that are nearly right."""

import pytest
import torch

from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.diagnose import Observed, diagnose
from autograder.judge.diagnosis.explained_errors import explains_error
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.diagnosis.registry import Misconception, Symptom
from tests.judge.diagnosis.test_diagnose import USUAL, inputs

SIGN = Misconception("q", "sign", "", "Sign?", edits=(("float(", "-float("),))
IDLE = Misconception("q", "idle", "", "Blocks?", edits=(("/ n", "/ max(n, 1)"),))  # the right thing on all inputs
NUDGED = Misconception("q", "nudged", "", "A little more?", edits=((".sum()", ".sum() * (1 + 2e-8)"),))
SINGLE = Misconception("q", "single", "", "Accuracy?", edits=(("x * x", "x.float() ** 2"),), symptom=Symptom.FLOAT32)
CHANGED = Misconception("q", "changed", "", "Copy?", edits=(("x * x", "x.mul_(x)"),), symptom=Symptom.CHANGED)
LARGE = Misconception("q", "large", "", "Large?", edits=(("x * x", "x.exp().log() ** 2"),), symptom=Symptom.OVERFLOW)


def tolerance(function, dtype, x, n):
    return (1e-10 if dtype is torch.float64 else 1e-5) * float((x.double() ** 2).sum()) / n


def slug(body, *known, back=()):
    """What a function with this body is told."""
    calls = [RecordedCall("f", given, back=back) for given in inputs()]
    code = f"def f(x, n):\n    total = float((x * x).sum())\n    {body}\n"
    seen = Observed({"test_a": list(Formula((), code).outputs(calls))}, frozenset({"test_a"}), code)
    found = diagnose(seen, USUAL, known, tolerance)
    return found.slug if found else None


def test_what_is_right_itself_explains_no_small_error():
    assert slug("return total / n * (1 + 5e-9)", IDLE) is None
    assert slug("return total / n * (1 + 2e-8)", IDLE, NUDGED) == "nudged"


def test_a_small_error_is_explained_by_what_leaves_next_to_nothing_of_it():
    assert slug("return total / n * (1 + 1.95e-8)", NUDGED) == "nudged"
    assert slug("return total / n * (1 + 1.5e-8)", NUDGED) is None


def test_what_explains_an_error_may_leave_another_one_that_is_small_beside_it():
    assert slug("return -total / n * (1 + 5e-9)", SIGN) == "sign"


def test_of_two_each_has_to_explain_something():
    assert slug("return -total / n * (1 + 2e-8)", SIGN, NUDGED) == "sign+nudged"
    assert slug("return -total / n * (1 + 1.2e-8)", SIGN, NUDGED) is None  # a little nearer than the sign alone
    assert slug("return -total / n", SIGN, IDLE) == "sign"
    assert slug("return -total / n * (1 + 1.2e-8)", SIGN, IDLE) is None


def test_rounding_is_no_error_of_one_of_two_mistakes_where_the_right_number_may_be_off_by_nothing():
    nothing = Likeness(tolerance=lambda *_: 0.0)
    yours, half = (RecordedCall("f", (torch.ones(1).double(),), value) for value in (1.0 + 1e-15, 1.0))
    assert explains_error(nothing, yours, half, half, torch.float64, is_half=True) is None
    assert explains_error(nothing, yours, half, half, torch.float64) is False


def test_float32_is_no_word_for_any_small_error():
    from_single = "float((x.float() ** 2).sum())"
    assert slug(f"return {from_single} / n", SINGLE) == "single"
    assert slug(f"return ({from_single} if n == 1 else total * (1 + 3e-8)) / n", SINGLE) is None
    assert slug(f"return -({from_single} if n == 1 else total * (1 + 3e-8)) / n", SIGN, SINGLE) is None
    assert slug("return total / n * (1 + 3e-8)", SINGLE) is None


def test_a_changed_input_needs_no_other_error_and_explains_none():
    assert slug("x.mul_(x)\n    return total / n", CHANGED, back=(0,)) == "changed"
    assert slug("x.mul_(x)\n    return -total / n", SIGN, CHANGED, back=(0,)) == "sign+changed"
    assert slug("x.mul_(x)\n    return total / n * (1 + 5e-9)", CHANGED, IDLE, back=(0,)) is None


def test_what_is_about_to_overflow_has_few_digits_and_explains_where_it_breaks():
    assert slug("return float(x.exp().log().pow(2).sum()) / n", LARGE) == "large"
    assert slug("return -float(x.exp().log().pow(2).sum()) / n", SIGN, LARGE) == "sign+large"
    assert slug("return -1.01 * float(x.exp().log().pow(2).sum()) / n", SIGN, LARGE) is None


@pytest.mark.parametrize(
    ("body", "expected"), [("/ 37", "fixed"), ("/ (36 + 1)", "fixed"), ("/ (30 + 7 * x.dim())", None)]
)
def test_a_number_may_be_any_that_the_student_wrote(body, expected):
    fixed = Misconception("q", "fixed", "", "Which number?", edits=(("/ n", "/ K"),), numbers=(10, 64))
    assert slug(f"return total {body}", fixed) == expected


def test_a_number_of_the_students_own_may_stand_beside_another_mistake():
    fixed = Misconception("q", "fixed", "", "Which number?", edits=(("/ n", "/ K"),), numbers=(10, 64))
    assert slug("return -total / 37", SIGN, fixed) == slug("return -total / 64", SIGN, fixed) == "sign+fixed"
    assert slug("return -total / 37", fixed) is None
