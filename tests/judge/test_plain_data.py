"""Dictionaries, strings, nested lists: alike only where they are equal, weighed, and never taken for one another."""

import pytest
import torch

from autograder.judge import connection, memo
from autograder.judge.diagnosis.call_log import KEPT, CallLog, RecordedCall
from autograder.judge.diagnosis.diagnose import Observed, diagnose
from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.likeness import Likeness, input_dtype, unsteady
from autograder.judge.diagnosis.registry import Misconception, Symptom


def alike(yours, right, **how):
    return Likeness(**how).same(RecordedCall("f", (), yours), RecordedCall("f", (), right))


BATCHES = {"length": 2, "first": [[torch.ones(2, 3), torch.tensor([0, 1])]], "last": None}


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("yours", "right"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {}),
        ({"a": [1.0, None]}, {"a": [1.0, 0.0]}),
        ({1: "x"}, {"1": "x"}),
        ("yes", "no"),
        (["yes"], ["yes "]),
        ("1", 1),
        (None, False),
        ([], {}),
        ([[]], [None]),
        ([5000], [5001]),
        (torch.tensor([5000]), torch.tensor([5001])),
        ([2**62], [2**62 + 1]),
        (BATCHES, {**BATCHES, "length": 3}),
        (BATCHES, {**BATCHES, "first": [[torch.ones(2, 3), torch.tensor([0, 2])]]}),
        (BATCHES, {**BATCHES, "first": [[torch.zeros(2, 3), torch.tensor([0, 1])]]}),
    ],
)
def test_what_is_not_equal_is_not_the_same(yours, right, strict):
    assert not alike(yours, right, strict=strict, single=True)
    assert not alike(right, yours, strict=strict, single=True)
    assert alike(yours, yours, strict=strict) and alike(right, right, strict=strict)


def test_numbers_in_a_dictionary_are_compared_up_to_rounding():
    x = torch.tensor([1.0, 2.0])
    assert alike({"x": [x, 1.0]}, {"x": [x + 1e-7, 1.0 + 1e-9]})
    assert not alike({"x": [x, 1.0]}, {"x": [x + 1e-2, 1.0]})


def test_kinds_of_numbers_are_told_apart_where_types_are_compared():
    for yours, right in ((True, 1), (1, 1.0), (0.0, False), ([1], [1.0])):
        assert not alike(yours, right)
        assert alike(yours, right, strict=False)


def test_a_tolerance_has_the_form_of_the_output():
    def tolerance(function, dtype, *arguments):
        return {"x": (0.1, None)}

    right = {"x": [1.0, 1.0]}
    assert alike({"x": [1.1, 1.0]}, right, tolerance=tolerance)
    assert not alike({"x": [1.0, 1.1]}, right, tolerance=tolerance)
    assert not alike(torch.ones(2), torch.zeros(2), tolerance=lambda *given: (torch.ones(2), torch.ones(2)))
    assert alike(torch.ones(1, 1), torch.zeros(1, 1), tolerance=lambda *given: torch.ones(1, 1))
    assert alike(torch.ones(1, 1), torch.zeros(()), tolerance=lambda *given: torch.ones(1, 1))


def test_the_misconception_with_the_same_dictionary_is_named_and_no_other():
    known = [
        Misconception("q", "no-tail", "", "", edits=(("len(x)", "len(x) - 1"),)),
        Misconception("q", "word", "", "", edits=(("'yes'", "'no'"),)),
    ]
    canonical = "def f(x):\n    return {'length': len(x), 'word': 'yes'}"

    def named(value):
        calls = [RecordedCall("f", (torch.ones(3),), value)]
        found = diagnose(Observed({"test_a": calls}, frozenset({"test_a"})), canonical, known)
        return found.slug if found else None

    assert named({"length": 3, "word": "no"}) == "word"
    assert named({"length": 2, "word": "no"}) == "no-tail+word"
    assert named({"length": 7, "word": "yes"}) is None


LARGE = [torch.zeros(2000), torch.zeros(2000)]
OTHERS = [torch.zeros(2000), torch.zeros(2000).index_fill(0, torch.tensor([1000]), 1.0)]


@pytest.mark.parametrize("wrap", [list, lambda x: {"batches": x}, lambda x: [x, x]])
def test_other_inputs_that_are_written_alike_are_no_unsteadiness(wrap):
    first, second = wrap(LARGE), wrap(OTHERS)
    assert not unsteady([RecordedCall("f", (first,), 0.0), RecordedCall("f", (second,), 1.0)])
    assert unsteady([RecordedCall("f", (first,), 0.0), RecordedCall("f", (wrap([*LARGE]),), 1.0)])


def test_an_answer_that_can_not_cross_is_no_unsteadiness():
    calls = list(Formula((), "def f(x):\n    return (x for _ in x)").outputs([RecordedCall("f", ([1, 2],))] * 2))
    assert not unsteady(calls)


def test_a_log_is_bounded_whatever_its_calls_hold():
    for value in (
        {"x": torch.zeros(KEPT // 10)},
        {"x": [torch.zeros(KEPT // 20)] * 2},
        {"x": {"y": "z" * (KEPT // 3)}},
    ):
        log = CallLog()
        for number in range(8):
            log.add(RecordedCall("f", (number,), value))
        assert [call.arguments[0] for call in log.calls] in ([6, 7], [5, 6, 7])


def test_many_small_things_weigh_something():
    tiny = [{"a": None, "b": [True]} for _ in range(1000)]
    assert RecordedCall("f", (), tiny).size() > 100_000
    assert RecordedCall("f", (), [torch.zeros(()) for _ in range(1000)]).size() > 100_000


def test_the_inputs_accuracy_is_that_of_their_floats_wherever_they_are():
    single, double, labels = torch.ones(2), torch.ones(2).double(), torch.tensor([0, 1])
    assert input_dtype(RecordedCall("f", ([[double, labels]],))) is torch.float64
    assert input_dtype(RecordedCall("f", (double, {"x": [single]}))) is torch.float32


def test_a_formula_works_on_a_copy_of_nested_inputs():
    given = {"x": [torch.ones(2)]}
    (seen,) = Formula((), "def f(a):\n    a['x'][0] += 1\n    a['y'] = 3\n    return a['x']").outputs(
        [RecordedCall("f", (given,), back=(0,))]
    )
    assert given["x"][0].tolist() == [1, 1] and list(given) == ["x"]
    assert seen.value[0].tolist() == seen.after[0]["x"][0].tolist() == [2, 2] and seen.after[0]["y"] == 3


def test_what_a_formula_gives_that_is_too_large_explains_nothing():
    (seen,) = Formula((), "def f():\n    a = []\n    a += [a, a, a]\n    return a").outputs([RecordedCall("f", ())])
    assert seen.error == "TooLargeError"


def test_a_change_within_an_input_is_seen():
    canonical = "def f(x):\n    return 1.0"
    known = [Misconception("q", "changes", "", "", edits=(("return", "x[0].fill_(5)\n    return"),),
                           symptom=Symptom.CHANGED)]  # fmt: skip
    nan = torch.tensor([float("nan")])
    for given, after, expected in (
        ((torch.ones(1),), [torch.zeros(1)], "changes"),
        ((torch.ones(1),), [torch.ones(1)], None),
        ([nan], [nan.clone()], None),
    ):
        seen = [RecordedCall("f", (given,), 1.0, (0,), (after,))]
        found = diagnose(Observed({"test_a": seen}, frozenset({"test_a"})), canonical, known)
        assert (found.slug if found else None) == expected


def test_right_answers_for_nested_inputs_are_remembered():
    made = []

    @memo.remembered
    def total(batches, names):
        made.append(names)
        return {"total": sum(float(x.sum()) for x in batches)}

    batches = [torch.ones(3), torch.ones(30_000)]
    for _ in range(2):
        assert total(batches, {"a": None})["total"] == 30_003
    assert len(made) == 1
    batches[1] = torch.zeros(30_000)
    assert total(batches, {"a": None})["total"] == 3
    assert total(batches, {"a": 0})["total"] == total(tuple(batches), {"a": 0})["total"] == 3
    assert len(made) == 4


def test_a_large_tensor_within_a_list_is_never_taken_for_one_that_is_gone():
    @memo.remembered
    def total(batches):
        return float(batches[0].sum())

    batches = [None]
    for number in range(20):
        batches[0] = torch.full((20_000,), float(number))
        assert total(batches) == 20_000 * number


def test_what_is_remembered_weighs_what_it_holds():
    assert memo._known.getsizeof(({"x": [torch.zeros(1000)]}, ())) > 4000


def test_a_message_with_a_dictionary_is_made_anew_when_something_in_it_has_changed():
    given = {"x": [torch.zeros(1)]}
    requests = [{"name": "f", "args": [given], "back": []}]
    first = connection._message((), requests, for_all=True)
    assert connection._message((), requests, for_all=True) is first
    given["x"][0] += 1
    second = connection._message((), requests, for_all=True)
    given["x"].append(None)
    third = connection._message((), requests, for_all=True)
    assert len({first.pieces, second.pieces, third.pieces}) == 3


def test_lists_of_tensors_count_for_how_much_is_sent_at_a_time():
    large = {"x": [torch.zeros(connection.AT_A_TIME // 4)]}
    requests = [{"name": "f", "args": [large], "back": []}] * 3
    assert [len(portion) for portion in connection._portions(requests)] == [1, 1, 1]
