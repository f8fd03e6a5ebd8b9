"""The quick look at one call loses no explanation, and a student's many numbers don't make many pairs."""

import pytest
import torch

from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.candidates import OWN_IN_PAIRS, candidates
from autograder.judge.diagnosis.diagnose import Observed, diagnose
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.diagnosis.registry import Misconception, Symptom
from autograder.judge.diagnosis.screening import Screen

USUAL = "def f(x):\n    return x * 3, x.sum()\n"
FORMULAS = [
    USUAL,
    "def f(x):\n    return x + x + x, x.flip(0).sum()\n",
    "def f(x):\n    return x.float() * 3, x.float().sum()\n",
    "def f(x):\n    return x * 3 * (1 + 1e-5), x.sum()\n",
    "def f(x):\n    return x * 3 + 5e-7, x.sum()\n",
    "def f(x):\n    return x * 3, x.mean()\n",
    "def f(x):\n    return -x * 3, x.sum()\n",
    "def f(x):\n    return x * 3, x.sum().reshape(1)\n",
    "def f(x):\n    return x * 3, float(x.sum())\n",
    "def f(x):\n    return x * 3\n",
    "def f(x):\n    return (x * 3).tolist(), x.sum()\n",
    "def f(x):\n    return x.exp().exp().log().log() * 3, x.sum()\n",
    "def f(x):\n    return x / 0, x.sum()\n",
    "def f(x):\n    return x - x / 0 * 0, x.sum()\n",
    "def f(x):\n    raise ValueError\n",
    "def f(x):\n    return None\n",
]
INPUTS = [torch.tensor([0.5, -1.25, 7.5], dtype=dtype) for dtype in (torch.float32, torch.float64)]
INPUTS += [torch.zeros(1), torch.tensor([1e4, 1.0], dtype=torch.float64)]


@pytest.mark.parametrize("breaks_down", [True, False])
@pytest.mark.parametrize("given", INPUTS, ids=range(len(INPUTS)))
def test_what_is_alike_passes_the_screen(given, breaks_down):
    likeness = Likeness(Symptom.OVERFLOW if breaks_down else None, strict=False, tolerance=off)
    alike = 0
    for yours in FORMULAS:
        (call,) = Formula((), yours).outputs([RecordedCall("f", (given,))])
        screen = Screen.of([call], Formula((), USUAL), likeness)
        for code in FORMULAS:
            (made,) = Formula((), code).outputs([call])
            calm = call if breaks_down else None
            if likeness.same(call, made, calm=calm):
                alike += 1
                assert screen.lets_pass(Formula((), code), breaks_down), (yours, code)
    assert alike > len(FORMULAS)


def off(function, dtype, x):
    """A right answer's distance, as an assignment's tolerances give it."""
    return [x.double().abs() * 10 * torch.finfo(dtype).eps, float(x.double().abs().sum()) * 10 * torch.finfo(dtype).eps]


@pytest.mark.parametrize("code", [*FORMULAS[5:7], FORMULAS[9], *FORMULAS[12:15]])
def test_what_is_far_off_does_not_pass_it(code):
    call = RecordedCall("f", (INPUTS[0],))
    (right,) = Formula((), USUAL).outputs([call])
    assert not Screen.of([right], Formula((), USUAL), Likeness()).lets_pass(Formula((), code))


def test_the_smallest_call_is_looked_at():
    calls = [RecordedCall("f", (torch.ones(n),), [torch.ones(n), torch.ones(())]) for n in (7, 2, 100)]
    assert len(Screen.of(calls, Formula((), USUAL), Likeness()).call.arguments[0]) == 2


KNOWN = [
    Misconception("q", "shifted", "", "Shift?", edits=(("x * 3", "(x * 3 + K)"),), numbers=(1, 10)),
    *(Misconception("q", f"m{i}", "", f"{i}?", edits=((f"x - {i}\n", f"(x - {i}).abs()\n"),)) for i in range(12)),
]
LONG = "def f(x):\n" + "".join(f"    x{i} = x - {i}\n" for i in range(12))
LONG += f"    return x * 3, {' * '.join(f'x{i}' for i in range(12))}\n"


def pairs_with(numbers):
    right = Formula((), LONG)
    levels = list(candidates(right, KNOWN, frozenset(one.slug for one in KNOWN), numbers, Likeness()))
    return [one.formula for one in levels[2] if "shifted" in one.formula.names]


def test_pairs_are_made_with_a_students_likeliest_numbers_alone():
    many = tuple(float(number) for number in range(20, 60))
    made = pairs_with(many)
    assert len(made) == len(KNOWN[1:]) * (1 + OWN_IN_PAIRS)  # with its own number, and the student's
    assert all(any(f"x * 3 + {n})" in formula.code for formula in made) for n in range(20, 20 + OWN_IN_PAIRS))


def test_a_likely_number_among_many_is_found_beside_another_mistake():
    body = LONG.replace("x * 3", "(x * 3 + 12.5)").replace("x - 4\n", "(x - 4).abs()\n")
    table = ", ".join(str(0.001 * 3**i) for i in range(16))
    code = body.replace("return", f"T = [{table}]\n    return")
    calls = [RecordedCall("f", (torch.arange(12.0, dtype=torch.float64) + shift,)) for shift in (0.5, -0.25)]
    seen = list(Formula((), body).outputs(calls))
    found = diagnose(Observed({"test_a": seen}, frozenset({"test_a"}), code), LONG, KNOWN)
    assert found is not None
    assert found.slug == "shifted+m4"
