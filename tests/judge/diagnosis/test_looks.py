"""What is seen of all calls beside the right answer: said where it is so, and not where it isn't quite."""

import pytest
import torch

from autograder.judge.diagnosis import looks
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.diagnose import Observed, diagnose
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import Likeness
from autograder.judge.diagnosis.registry import Misconception
from autograder.judge.diagnosis.seen_calls import seen

MEAN = "def f(x):\n    return x.mean(dim=0)\n"
STEP = "def f(w, m):\n    m = 2 * m + 1\n    return w - m, m\n"


def rows(count, seed):
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 0.1


BATCHES = [(rows(count, seed),) for seed, count in enumerate((1, 1, 1, 1, 2, 3, 5, 8, 4, 6))]
STATES = [(rows(2, seed), rows(2, seed + 10)) for seed in range(8)]


def holds(look, right, body, inputs):
    head = right.splitlines()[0]
    given = [RecordedCall("f", one) for one in inputs]
    calls = list(Formula((), f"{head}\n    {body}\n").outputs(given))
    return look.holds(seen(calls, Formula((), right), Likeness(strict=False)))


@pytest.mark.parametrize(
    ("look", "body", "expected"),
    [
        (looks.RightForOne(), "return x.sum(dim=0)", True),
        (looks.RightForOne(), "return x.mean(dim=0)", False),
        (looks.RightForOne(), "return x.sum(dim=0) * 2", False),
        (looks.RightForOne(), "return x.sum(dim=0) if len(x) < 8 else x.mean(dim=0)", True),
        (looks.RightForOne(), "return x.sum(dim=0) if len(x) in (1, 8) else x.mean(dim=0)", False),
        (looks.NotFinite(), "return x.mean(dim=0) / 0", True),
        (looks.NotFinite(), "return x.mean(dim=0) / (0 if len(x) > 2 else 1)", False),
        (looks.NotFinite(), "return (x.mean(dim=0) - 0.1).sqrt()", False),
        (looks.WholeNumbers(), "return x.sum(dim=0) // len(x)", True),
        (looks.WholeNumbers(), "return x.sum(dim=0) // 0.5 * 0.5", False),
        (looks.WholeNumbers(), "return x.sum(dim=0) // 1 if len(x) != 5 else x.sum() // 1", False),
        (looks.OneNumber(), "return torch.full((3,), 0.5)", True),
        (looks.OneNumber(), "return torch.full((3,), 0.5 if len(x) != 5 else 0.6)", False),
        (looks.OneNumber(), "return torch.full((3,), 0.5) if len(x) != 5 else 0.5", False),
        (looks.FewDigits(), "return x.half().double().mean(dim=0)", True),
        (looks.FewDigits(), "return x.mean(dim=0) * 1.05", False),
        (looks.FewDigits(), "return x.mean(dim=0) * (1.001 if len(x) == 8 else 1)", False),
        (looks.OtherForm(), "return x.mean()", True),
        (looks.OtherForm(), "return x.mean(dim=0), 1", True),
        (looks.OtherForm(), "return {'mean': x.mean(dim=0)}", True),
        (looks.OtherForm(), "return x.sum(dim=0).tolist()", True),
        (looks.OtherForm(), "return x.sum(dim=0)", False),
        (looks.OtherForm(), "raise ValueError", False),
        (looks.Multiple(), "return x.mean(dim=0) / len(x)", True),
        (looks.Multiple(), "return -x.mean(dim=0)", False),
        (looks.Multiple(), "return x.mean(dim=0) * torch.tensor([2, 2, 2.001])", False),
        (looks.Multiple(), "return x.mean(dim=0)", False),
        (looks.LeftOut(), "return x.mean(dim=0) * torch.tensor([1, 0, 1])", True),
        (looks.LeftOut(), "return x.mean(dim=0) * torch.tensor([1, 0.01, 1])", False),
        (looks.LeftOut(), "return x.mean(dim=0) * 0", False),
    ],
)
def test_what_is_seen_of_one_thing(look, body, expected):
    assert holds(look, MEAN, body, BATCHES) is expected


@pytest.mark.parametrize(
    ("look", "body", "expected"),
    [
        (looks.OnlyPartWrong(0, right=(1,)), "return w + 3 * m, 2 * m + 1", True),
        (looks.OnlyPartWrong(0, right=(1,)), "return w + m, 2 * m", False),
        (looks.OnlyPartWrong(1, right=(0,)), "return w - 2 * m - 1, m", True),
        (looks.OnlyPartWrong(1, right=(0,)), "return w - 2 * m - 1", False),
        (looks.Multiple(step=True), "return w - 3 * (2 * m + 1), 2 * m + 1", True),
        (looks.Multiple(step=True), "return w - 3 * (2 * m + 1), m", False),
        (looks.Multiple(step=True), "return 3 * (w - 2 * m - 1), 2 * m + 1", False),
        (looks.LeftOut(step=True), "n = w.clone(); n[0] -= (2 * m + 1)[0]; return n, 2 * m + 1", True),
        (looks.LeftOut(step=True), "n = 0 * w; n[0] = (w - 2 * m - 1)[0]; return n, 2 * m + 1", False),
        (looks.SameStep(), "return w - (2 * m + 1).mean(), 2 * m + 1", True),
        (looks.SameStep(), "return w - (2 * m + 1).mean(dim=0), 2 * m + 1", False),
    ],
)
def test_what_is_seen_of_a_step(look, body, expected):
    assert holds(look, STEP, body, STATES) is expected


SMALL_AND_LARGE = [*BATCHES[:6], *((1000 * rows(3, seed),) for seed in range(3))]


@pytest.mark.parametrize(
    ("wrong", "right", "body", "expected"),
    [
        ("f large", ("f",), "return x.clamp(max=80).mean(dim=0)", True),
        ("f large", ("f",), "return x.clamp(max=80).mean(dim=0) if len(x) != 2 else x[0]", False),
        ("f large", ("f",), "return x.mean(dim=0)", False),
        ("f large", ("f",), "return x.mean(dim=0) if x.abs().max() < 80 else 1 / 0", False),
        ("f.*", ("f large",), "return x.mean(dim=0) if x.abs().max() > 80 else x[0]", False),  # three are too few
        ("f", ("f", "f large"), "return x.mean(dim=0) if len(x) != 2 else x[0]", False),
    ],
)
def test_what_is_wrong_lies_in_some_calls_alone(wrong, right, body, expected):
    assert holds(looks.WrongOnlyIn(wrong, right), MEAN, body, SMALL_AND_LARGE) is expected


@pytest.mark.parametrize(("told", "expected"), [((), True), (("f large",), True), (("f large", "g.*"), False)])
def test_what_is_told_to_be_wrong_is(told, expected):
    look = looks.WrongOnlyIn("f large", ("f",), told)
    assert holds(look, MEAN, "return x.clamp(max=80).mean(dim=0)", SMALL_AND_LARGE) is expected


def test_probes_with_fewer_arguments_are_seen_as_well():
    """Only calls of a function itself may leave defaults to it."""
    code = "def f(x):\n    return x.mean(dim=0)\n"
    given = [RecordedCall("f", (x, "a", True), probe=probe) for (x,) in BATCHES]
    given += [RecordedCall("f", (x,), probe=alone) for (x,) in BATCHES]
    made = list(Formula((), code.replace("mean", "nansum")).outputs(given))
    entry = Misconception(
        "q", "everywhere", "", "Look!", looks=looks.WrongOnlyIn("f (probe a True|alone)", (), ("f alone",))
    )
    found = diagnose(Observed({"test_f": made}, frozenset({"test_f"})), code, [entry])
    assert found is not None and found.slug == "everywhere"


def test_nothing_is_told_to_be_right_where_a_test_has_failed_that_saw_nothing_wrong():
    """The test looks more closely than the diagnosis: what seems right to that may be what is wrong."""
    code = "def f(x):\n    return x.mean(dim=0)\n"
    wrong = [RecordedCall("f", (x,), probe=alone) for (x,) in BATCHES]
    right = [RecordedCall("f", (x,)) for (x,) in BATCHES]
    calls = {
        "test_wrong": list(Formula((), code.replace("mean", "nansum")).outputs(wrong)),
        "test_right": list(Formula((), code).outputs(right)),
    }
    entry = Misconception("q", "part", "", "Look!", looks=looks.WrongOnlyIn("f alone", ("f",)))
    for failed, expected in (({"test_wrong"}, "part"), ({"test_wrong", "test_right"}, None)):
        found = diagnose(Observed(calls, frozenset(failed)), code, [entry])
        assert (found and found.slug) == expected


def alone(f, x):
    return f(x)


STANDARD = "def f(x):\n    return (x - x.mean(dim=0)) / (1 + x.std(dim=0))\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return (x - x.mean(dim=0)) / (2 + x.std(dim=0))", True),
        ("return 0 * x", True),
        ("return x / (1 + x.std(dim=0))", False),
        ("return -(x - x.mean(dim=0)) / (1 + x.std(dim=0))", False),
        ("return ((x - x.mean(dim=0)) / (1 + x.std(dim=0))).clamp(max=0.2)", False),
        ("return (x - x.mean(dim=0)) / (1 + x.std(dim=0))", False),
    ],
)
def test_columns_of_another_spread_are_seen(body, expected):
    assert holds(looks.OtherSpread(), STANDARD, body, [(rows(count, count),) for count in range(2, 10)]) is expected


def probe(f, x, name, flag):
    return f(x)


def test_a_place_says_what_was_tried():
    call = RecordedCall("f", ([torch.zeros(1, 1, 1, 1), torch.tensor([90.0])], "var", True), probe=probe)
    (found,) = seen([call], Formula((), "def f(*a):\n    return 0\n"), Likeness(strict=False))
    assert found.place == "f probe var True images large"


@pytest.mark.parametrize("back", ["w - 3 * m, m", "[w - 3 * m, m]"])
def test_a_list_is_told_what_a_tuple_is(back):
    code = f"def f(w, m):\n    m = 2 * m + 1\n    return {back}\n"
    calls = list(Formula((), code).outputs([RecordedCall("f", one) for one in STATES]))
    known = [Misconception("q", "rate", "", "How far?", edits=(("w - m", "w - 3 * m"),))]
    found = diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), STEP, known)
    assert found is not None and found.slug == "rate"


KNOWN = [
    Misconception("q", "sum", "", "Mean?", edits=(("mean", "sum"),)),
    Misconception("q", "one", "", "Several?", edits=(("mean", "nansum"),), looks=looks.RightForOne()),
]


@pytest.mark.parametrize(
    ("body", "expected"),
    [("x.sum(dim=0)", "sum"), ("x.median(dim=0).values", "one"), ("x.nansum(dim=0) - 1", None)],
)
def test_a_formula_comes_before_what_is_seen(body, expected):
    calls = list(Formula((), f"def f(x):\n    return {body}\n").outputs([RecordedCall("f", one) for one in BATCHES]))
    found = diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), MEAN, KNOWN)
    assert (found.slug if found else None) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return x.mean(dim=0) @ x[:, :2]", "product-shapes"),
        ("return x.mean(dim=0) if len(x) == 1 else x @ x[:, :2].T", "product-shapes"),
        ("return x.mean(dim=0) + 1 if len(x) != 8 else x @ x[:, :2].T", None),  # most go wrong in another way
        ("return x.meen(dim=0)", None),
        ("return (x.mean(dim=0) @ 2)", "number-in-matrix-product"),
        ("return float(x) * x.mean(dim=0)", "many-for-one-number"),
        ("return x.float().T @ x", "two-dtypes"),
        ("return 2(x.mean(dim=0))", "number-called"),
        ("return y.mean(dim=0)", "unknown-name"),
        ("return x.mean(dim=0) - x[:, :2]", "shapes-apart"),
        ("return x[:, 3]", "index-outside"),
        ("return x.T.view(-1)[:3] if len(x) > 1 else x.T.expand(3, 2).view(-1)", "view-of-other-layout"),
        ("z = x.requires_grad_()\n    with torch.enable_grad():\n        z -= 1", "followed-in-place"),
        ("with torch.enable_grad():\n        return x.requires_grad_().numpy()", "followed-by-numpy"),
    ],
)
@pytest.mark.filterwarnings("ignore:'int' object is not callable:SyntaxWarning")
def test_an_exception_that_says_enough_has_a_hint(body, expected):
    calls = list(Formula((), f"def f(x):\n    {body}\n").outputs([RecordedCall("f", one) for one in BATCHES]))
    tests = {"test_a": calls[:6], "test_b": calls[6:7], "test_c": calls[7:8], "test_d": calls[8:]}
    found = diagnose(Observed(tests, frozenset(tests)), MEAN, KNOWN)
    assert (found.slug if found else None) == expected


def test_a_call_that_leaves_defaults_to_the_answer_is_no_part_of_what_is_seen():
    """Where these alone are wrong, it is no line of the body that has to be looked at."""
    right = "def f(w, m, eta=1.0):\n    m = 2 * m + 1\n    return w - eta * m, m\n"
    code = right.replace("eta=1.0", "eta=3.0")
    given = [RecordedCall("f", one) for one in [*STATES, *((*one, 0.5) for one in STATES)]]
    entry = Misconception("q", "w-wrong", "w alone is wrong", "Look at w.", looks=looks.OnlyPartWrong(0, right=(1,)))
    for body, expected in ((code, None), (code.replace("w - eta", "w + eta"), "w-wrong")):
        made = list(Formula((), body).outputs(given))
        observed = Observed({"test_f": made}, frozenset({"test_f"}), body)
        found = diagnose(observed, right, [entry])
        assert (found.slug if found else None) == expected
