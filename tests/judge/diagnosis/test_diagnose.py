"""Which misconception explains what a function gave back: formulas, pairs, relations, causes, and when none does."""

import numpy as np
import pytest
import torch

from autograder import wire
from autograder.judge.diagnosis.call_log import KEPT, CallLog, RecordedCall
from autograder.judge.diagnosis.diagnose import Observed, diagnose
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.registry import Cause, Misconception, RegistryError, Symptom

USUAL = "def f(x, n):\n    total = (x * x).sum()\n    return float(total) / n\n"
COUNTS = "k = 0\ndef f(x, n):\n    global k\n    k += 1\n    return float(k)"
KNOWN = (
    Misconception("q", "no-mean", "", "Average?", edits=((" / n", ""),)),
    Misconception("q", "sign", "", "Sign?", edits=(("float(", "-float("),)),
    Misconception("q", "cubed", "", "Power?", edits=(("x * x", "x * x * x"),)),
    Misconception("q", "fixed", "", "Which number?", edits=(("/ n", "/ K"),), numbers=(10, 64)),
    Misconception("q", "overflow", "", "Large?", edits=(("x * x", "x.exp().log() ** 2"),), symptom=Symptom.OVERFLOW),
    Misconception("q", "single", "", "Accuracy?", edits=(("x * x", "x.float() ** 2"),), symptom=Symptom.FLOAT32),
    Misconception("q", "tensor", "", "Type?", edits=(("float(total)", "total"),)),
    Misconception(
        "q", "counts", "", "Globals?", code="k = 0\ndef f(x, n):\n    global k\n    k += 1\n    return float(k)"
    ),
    Misconception("q", "autograd", "", "By hand.", code="def f(x, n): ...", cause=Cause.AUTOGRAD),
)


def inputs():
    generator = torch.Generator().manual_seed(1)
    for i in range(1, 9):
        dtype = torch.float64 if i % 2 else torch.float32
        # Not rounded to float32: accuracy can be seen.
        yield (torch.randn(4, generator=generator, dtype=torch.float64) * (1000 if i == 7 else 1)).to(dtype), i


def observed(code, failed=("test_a",)):
    """What two tests see of a function that is defined by ``code``."""
    calls = [RecordedCall("f", given) for given in inputs()]
    seen = list(Formula((), code).outputs(calls))
    return Observed({"test_a": seen[:5], "test_b": list(Formula((), code).outputs(calls[5:]))}, frozenset(failed))


def slug(code, failed=("test_a", "test_b")):
    found = diagnose(observed(code, failed), USUAL, KNOWN)
    return found.slug if found else None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f(x, n):\n    return sum(float(v) ** 2 for v in x)", "no-mean"),
        ("def f(x, n):\n    return -float((x ** 2).mean() * len(x)) / n", "sign"),
        ("def f(x, n):\n    return float((x ** 2).sum()) / 64", "fixed"),
        ("def f(x, n):\n    return -float((x ** 2).sum())", "no-mean+sign"),
        ("def f(x, n):\n    return -float((x ** 3).sum()) / n", "sign+cubed"),
        ("def f(x, n):\n    return (x ** 2).sum() / n", "tensor"),
        ("def f(x, n):\n    return float((x.exp().log() ** 2).sum()) / n", "overflow"),
        ("def f(x, n):\n    v = x.numpy()\n    return float((np.log(np.exp(v)) * v).sum()) / n", "overflow"),
        ("def f(x, n):\n    return -float((x.exp().log() * x).sum()) / n", "sign+overflow"),
        ("def f(x, n):\n    return float((x.numpy().astype('float32') ** 2).sum()) / n", "single"),
        ("c = [0.0]\ndef f(x, n):\n    c[0] += 1\n    return c[0]", "counts"),
    ],
)
def test_what_explains_every_output_is_named(code, expected):
    assert slug(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "def f(x, n):\n    return float((x ** 2).sum()) / (n + 1)",
        "def f(x, n):\n    return float((x ** 2).sum()) / (1 if n < 6 else n)",  # no-mean in test_a alone
        "def f(x, n):\n    return None",
        "def f(x, n):\n    raise ValueError",
        "import random\ndef f(x, n):\n    return random.random()",
    ],
)
def test_what_nothing_explains_has_no_name(code):
    assert slug(code, failed=("test_a",)) is None


@pytest.mark.parametrize(
    "code",
    [
        "def f(x, n):\n    return float((x ** 2).sum()) / n * (1 + 1e-6)",  # not exact in float32
        "def f(x, n):\n    return np.asarray(float((x ** 2).sum()) / n)",  # "tensor" has the same numbers
        "def f(x, n):\n    return [float((x ** 2).sum()) / n]",
    ],
)
def test_what_is_only_similar_has_no_name(code):
    assert slug(code) is None


def test_what_comes_back_as_float32_is_compared_as_float32():
    known = [Misconception("q", "single", "", "", edits=(("x * 3", "(x * 3).float()"),))]
    given = [RecordedCall("f", (torch.randn(4, dtype=torch.float64),)) for _ in range(3)]
    canonical, yours = "def f(x):\n    return x * 3", "def f(x):\n    return x.float() + x.float() + x.float()"
    calls = {"test_a": list(Formula((), yours).outputs(given))}
    assert diagnose(Observed(calls, frozenset({"test_a"})), canonical, known).slug == "single"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("return float((x.float().flip(0) ** 2).sum().double() * (3 / 8)) / n * (8 / 3)", "single"),
        ("return float(sum(v * v for v in x.float())) / n", "single"),
        ("return -float(sum(v * v for v in x.float()).double()) / n", "sign+single"),
        ("return float(sum(v * v * v for v in x.float()).double()) / n", "cubed+single"),
        ("return float((x.half().double() ** 2).sum()) / n", None),
        ("return float(sum(v * v for v in x.float())) / n * (1 + 1e-6)", None),
    ],
)
def test_a_formula_in_float32_is_compared_as_float32(code, expected):
    """Another processor or number of threads adds up in another order."""
    assert slug(f"def f(x, n):\n    {code}") == expected


def test_float32_accuracy_is_that_of_the_numbers_on_the_way():
    """Where large ones cancel out, an assignment's tolerance knows; without one only the result can be looked at."""
    known = [Misconception("q", "single", "", "", edits=(("x.sum", "x.float().sum"),), symptom=Symptom.FLOAT32)]
    given = [RecordedCall("f", (torch.tensor([0.7, other], dtype=torch.float64),)) for other in (0.7, -0.6965)]
    yours, canonical = (
        "def f(x):\n    return float((x.float() + 100 - 100).sum())",
        "def f(x):\n    return float(x.sum())",
    )
    calls = {"test_a": list(Formula((), yours).outputs(given))}
    trial_ = Observed(calls, frozenset({"test_a"}))
    off = lambda function, dtype, x: 200 * torch.finfo(dtype).eps  # noqa: E731
    assert diagnose(trial_, canonical, known) is None
    assert diagnose(trial_, canonical, known, off).slug == "single"


def test_what_is_kept_from_call_to_call_is_as_accurate_as_its_least_accurate_part():
    known = [
        Misconception("q", "kept", "", "", code="k = []\ndef f(x, n):\n    k.append(float(x.sum()))\n    return sum(k)")
    ]
    code = "k = []\ndef f(x, n):\n    k.append(float(sum(x.flip(0))))\n    return sum(k)"
    seen = list(Formula((), code).outputs([RecordedCall("f", given) for given in inputs()]))
    assert diagnose(Observed({"test_a": seen}, frozenset({"test_a"})), USUAL, known).slug == "kept"


def test_another_order_of_a_sum_in_float32_is_no_unsteadiness():
    known = [Misconception("q", "state", "", "", code="def f(x): return 0.0", symptom=Symptom.UNSTEADY)]
    calls = [RecordedCall("f", (torch.ones(2, dtype=torch.float64),), value) for value in (1.0, 1.0 + 2.0**-22)]
    assert diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), "def f(x): return 2.0", known) is None


def test_an_exception_and_another_layout_are_no_unsteadiness():
    known = [Misconception("q", "state", "", "", code="def f(x): return 0.0", symptom=Symptom.UNSTEADY)]
    square = torch.eye(2)
    other = torch.stack([square, square], 2)[..., 0]
    for calls in (
        [RecordedCall("f", (square,), 5.0), RecordedCall("f", (other,), 6.0)],
        [RecordedCall("f", (square,), 5.0), RecordedCall("f", (square,), error="RuntimeError")],
    ):
        assert diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), "def f(x): return 2.0", known) is None


def test_numbers_are_compared_before_types():
    code = "def f(x, n):\n    return torch.tensor([float((x ** 2).sum())], dtype=torch.float64)"
    assert slug(code) == "no-mean"


def test_a_cause_is_a_name_of_its_own():
    calls = {"test_a": [RecordedCall("f", (1,), error="lost", cause=Cause.AUTOGRAD)]}
    assert diagnose(Observed(calls, frozenset({"test_a"})), USUAL, KNOWN).slug == "autograd"
    calls = {"test_a": [RecordedCall("f", (1,), error="lost", cause=Cause.HANG)]}
    assert diagnose(Observed(calls, frozenset({"test_a"})), USUAL, KNOWN) is None


def test_the_hints_of_two_stand_together():
    found = diagnose(observed("def f(x, n):\n    return -float((x ** 2).sum())"), USUAL, KNOWN)
    assert found.hint == "Average? Sign?"


def test_the_inputs_of_a_call_are_left_alone():
    x = torch.ones(3)
    calls = [RecordedCall("f", (x,), back=(0,))]
    (seen,) = Formula((), "def f(x):\n    x += 1\n    return x").outputs(calls)
    assert x.tolist() == [1, 1, 1]
    assert seen.after[0].tolist() == seen.value.tolist() == [2, 2, 2]


def test_arguments_that_a_function_changed_are_compared_too():
    canonical = "def f(x):\n    return x + 1"
    known = [Misconception("q", "in-place", "", "Copy?", edits=(("return x + 1", "x += 1\n    return x"),))]
    calls = [RecordedCall("f", (torch.ones(2),), torch.full((2,), 2.0), (0,), (torch.ones(2),))]
    assert diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), canonical, known) is None
    calls = [RecordedCall("f", (torch.ones(2),), torch.full((2,), 2.0), (0,), (torch.full((2,), 2.0),))]
    assert diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), canonical, known).slug == "in-place"


def test_an_edit_that_does_not_fit_is_an_error():
    with pytest.raises(RegistryError, match="wrong-edit"):
        diagnose(observed(USUAL), USUAL, [Misconception("q", "wrong-edit", "", "", edits=(("no such text", ""),))])


def test_numpy_values_and_tensors_are_told_apart_where_it_matters():
    array, tensor = wire.plain(np.ones(2)), torch.ones(2, dtype=torch.float64)
    known = [
        Misconception("q", "ones", "", "", code="import torch\ndef f(): return torch.ones(2, dtype=torch.float64)")
    ]
    known += [Misconception("q", "array", "", "", code="def f(): return np.ones(2)")]
    for value, expected in ((array, "array"), (tensor, "ones")):
        calls = {"test_a": [RecordedCall("f", (), value)]}
        assert diagnose(Observed(calls, frozenset({"test_a"})), "def f(): return 1", known).slug == expected


def test_a_log_keeps_the_latest_calls():
    log = CallLog()
    for i in range(5):
        log.add(RecordedCall("f", (torch.zeros(KEPT // 12), i)))  # a third of what is kept
    assert [call.arguments[1] for call in log.calls] == [2, 3, 4]


def test_a_changed_input_is_named_whatever_it_was_changed_to():
    canonical = "def f(x):\n    return x + 1"
    known = [Misconception("q", "changes", "", "Copy?", edits=(("x + 1", "x.add_(1)"),), symptom=Symptom.CHANGED)]
    for after, expected in ((torch.full((2,), 7.0), "changes"), (torch.ones(2), None)):
        calls = [RecordedCall("f", (torch.ones(2),), torch.full((2,), 2.0), (0,), (after,))]
        found = diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), canonical, known)
        assert (found.slug if found else None) == expected


def test_another_output_for_the_same_inputs_is_named():
    known = [Misconception("q", "state", "", "Globals?", code="def f(x): return 0.0", symptom=Symptom.UNSTEADY)]
    for outputs, expected in (((1.0, 5.0), "state"), ((1.0, 1.0), None)):
        calls = [RecordedCall("f", (torch.ones(2),), value) for value in outputs]
        found = diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), "def f(x): return 2.0", known)
        assert (found.slug if found else None) == expected


@pytest.mark.parametrize("calls", [{}, {"test_a": ()}], ids=["no test", "no call"])
def test_where_nothing_was_called_nothing_has_a_name(calls):
    """Any formula would explain no calls at all."""
    assert diagnose(Observed(calls, frozenset({"test_a"})), USUAL, KNOWN) is None


@pytest.mark.parametrize(("hint", "expected"), [("Sign?", "sign"), ("Which of the two?", None)])
def test_of_two_that_explain_everything_none_is_named_unless_both_say_the_same(hint, expected):
    other = Misconception("q", "other", "", hint, edits=(("/ n", "/ -n"),))
    found = diagnose(observed("def f(x, n):\n    return -float((x * x).sum()) / n"), USUAL, [*KNOWN, other])
    assert (found.slug if found else None) == expected


def test_of_several_pairs_what_they_have_in_common_is_said():
    known = (
        KNOWN[1],
        Misconception("q", "squared", "", "Squared?", edits=(("/ n", "/ n / n"),)),
        Misconception("q", "twice", "", "Twice?", edits=(("/ n", "/ n**2"),)),
    )
    found = diagnose(observed("def f(x, n):\n    return -float((x * x).sum()) / n**2"), USUAL, known)
    assert (found.slug, found.hint) == ("sign", "Sign?")


def test_a_hint_on_a_piece_of_code_is_given_where_there_is_one_and_not_for_a_comment():
    known = [Misconception("q", "rounds", "", "Round?", edits=(("/ n", "/ n + 1"),), written_with=r"round")]
    for text, expected in (("round(float(1))", "rounds"), ("1.0  # round", None), ("1.0\n    'round'", None)):
        code = f"def f(x, n):\n    one = {text}\n    return float((x * x).sum()) / n + one"
        seen = observed(code)
        found = diagnose(Observed(seen.calls, seen.failed, code), USUAL, known)
        assert (found.slug if found else None) == expected


@pytest.mark.parametrize(
    ("code", "named"), [("def f(x, n): return x.nothing", True), ("def f(x, n): x.nothing", False)]
)
def test_a_hint_by_an_exception_too_speaks_only_of_code_that_is_there(code, named):
    raised = RecordedCall("f", (torch.ones(2), 1), error="AttributeError", error_message="no nothing")
    known = [Misconception("q", "asks", "", "Whom?", edits=(("/ n", "/ m"),), raises="nothing", written_with="return")]
    found = diagnose(Observed({"test_a": [raised]}, frozenset({"test_a"}), code), USUAL, known)
    assert (found is not None) is named
