"""What a formula makes of a call: found out once for all students, unless it may depend on the calls before."""

import torch

from autograder.judge.diagnosis import formulas
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.diagnosis.formulas import Formula

CLASS = "class C:\n    kept = []\ndef f(x):\n    C.kept.append(x)\n    return x.sum() * len(C.kept)\n"


def call(x, **came_of_it):
    return RecordedCall("f", (torch.as_tensor(x),), **came_of_it)


def outputs(code, *calls, others=""):
    return [one.error or float(one.value) for one in Formula((), code, others).outputs(calls)]


def test_the_same_call_is_made_once(monkeypatch):
    made = []
    called = formulas._called
    monkeypatch.setattr(formulas, "_called", lambda names, one: made.append(one) or called(names, one))
    code = "def f(x):\n    return x.sum() + 7\n"
    assert outputs(code, call([1.0, 2.0]), call([1.0, 2.0], value=5), call([1.0, 3.0])) == [10.0, 10.0, 11.0]
    assert outputs(code, call([1.0, 2.0])) == [10.0]
    assert len(made) == 2
    outputs(code, call([1, 2]))  # other numbers of the same size
    assert len(made) == 3


def test_others_and_the_code_tell_formulas_apart():
    ask = "def f(x):\n    return x.sum() * scale()\n"
    assert outputs(ask, call([2.0]), others="def scale(): return 3") == [6.0]
    assert outputs(ask, call([2.0]), others="def scale(): return 5") == [10.0]


def test_what_has_memory_is_called_each_time():
    assert outputs(CLASS, call([2.0]), call([2.0])) == [2.0, 4.0]
    assert outputs(CLASS, call([2.0]), call([2.0])) == [2.0, 4.0]


def test_an_exception_is_remembered_as_one():
    code = "def f(x):\n    return x @ x.T @ missing\n"
    first, again = (next(Formula((), code).outputs([call([2.0], back=(0,))])) for _ in range(2))
    assert first.error == again.error == "NameError" and "missing" in again.error_message
    assert (again.value, again.back, again.after) == (None, (), ())


def test_what_was_asked_back_comes_with_it():
    found = next(Formula((), "def f(x):\n    return x.add_(1)\n").outputs([call([2.0], back=(0,))]))
    assert found.after[0].tolist() == [3.0] and found.arguments[0].tolist() == [2.0]


def test_what_a_formula_prints_is_for_nobody_to_see(capsys):
    assert outputs("def f(x):\n    print(x, end='')\n    return x.sum()\n", call([1.0, 2.0])) == [3.0]
    assert capsys.readouterr() == ("", "")
