"""The `student` fixture's proxy: calls, answers, and all the ways in which there is no answer."""

import re

import numpy as np
import pytest
import torch

from autograder.judge import student_fixture as judge_student
from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.diagnosis.call_log import CallLog
from autograder.judge.diagnosis.registry import Cause
from autograder.judge.errors import CannotJudge
from autograder.judge.forbidden_use import cause, plainest
from autograder.judge.stopwatch import StalledError, Stopwatch
from autograder.judge.student_fixture import Student
from autograder.student.forbidden_table import CATEGORIES
from autograder.wire import Opaque, limits, messages

PARAMETERS = {"double": ("x",), "step": ("w", "grad")}


@pytest.fixture
def student_with(copy_of):
    def make(source, forbidden=(), call_timeout=5.0, test_timeout=20.0):
        copy = copy_of(source)
        return Student(lambda: copy, PARAMETERS, frozenset(forbidden), call_timeout, test_timeout)

    return make


def test_a_call_returns_the_answer_as_plain_data(student_with):
    student = student_with("def double(x):\n    return 2 * x")
    answer = student.double(torch.tensor([1.0, 2.0]))
    assert answer.value.tolist() == [2, 4]
    assert answer.call.inputs[0][0] == "x"


def test_functions_run_under_no_grad(student_with):
    student = student_with("def double(x):\n    return float(torch.is_grad_enabled())")
    assert student.double(1.0).value == 0.0


def test_arguments_come_back_as_they_are_after_the_call(student_with):
    student = student_with("def step(w, grad):\n    grad += 1\n    return w")
    answer = student.step(torch.zeros(1), torch.zeros(1), back=(1,))
    assert answer.after[0].tolist() == [1]


def test_an_exception_is_told_with_the_line_that_raised(student_with):
    student = student_with("def double(x):\n    return x.no_such_thing")
    with pytest.raises(StudentFailed, match="double raised AttributeError: 'float' object has no attribute") as info:
        student.double(1.5)
    assert info.value.counterexample.inputs == (("x", "1.5"),)


@pytest.mark.parametrize("what", ["raise SystemExit(0)", "raise KeyboardInterrupt", "exit()"])
def test_an_exit_is_an_exception_like_any_other(student_with, what):
    student = student_with(f"import sys\nfrom sys import exit\ndef double(x):\n    {what}")
    with pytest.raises(StudentFailed, match=r"double raised (SystemExit|KeyboardInterrupt)"):
        student.double(1.0)
    with pytest.raises(StudentFailed):  # and the next call is answered, too
        student.double(1.0)


def test_an_exception_whose_text_raises(student_with):
    source = "class E(Exception):\n    def __str__(self): raise ValueError\ndef double(x):\n    raise E"
    with pytest.raises(StudentFailed, match="its message can't be shown"):
        student_with(source).double(1.0)


def test_a_missing_function(student_with):
    with pytest.raises(StudentLost, match="double is not defined at this point of the notebook"):
        student_with("").double(1.0)


def test_something_that_is_no_function(student_with):
    with pytest.raises(StudentFailed, match="double raised TypeError"):
        student_with("double = 3").double(1.0)


def test_a_key_that_is_missing_in_the_students_own_code_is_no_missing_function(student_with):
    with pytest.raises(StudentFailed, match="double raised KeyError: 'step'"):
        student_with("def double(x):\n    return {}['step']").double(1.0)
    with pytest.raises(StudentFailed, match="double raised KeyError: 'double'"):
        student_with("def double(x):\n    return {}['double']").double(1.0)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def double(x):\n    return F.cross_entropy(x, x)", "uses torch.nn.functional.cross_entropy"),
        ("f = getattr(F, 'cross' + '_entropy')\ndef double(x):\n    return f(x, x)", "functional.cross_entropy"),
        (
            "def double(x):\n    try:\n        F.nll_loss(x.log_softmax(1), x.argmax(1))\n    finally:\n        1/0",
            "nll_loss",
        ),
    ],
)
def test_what_is_forbidden_is_named_even_when_the_call_raises(student_with, source, message):
    student = student_with(source, forbidden=("losses",))
    with pytest.raises(StudentLost, match=message):
        student.double(torch.eye(2))


def test_a_call_that_does_not_return_ends_the_question(student_with):
    student = student_with("import time\ndef double(x):\n    time.sleep(3)", call_timeout=0.2)
    with pytest.raises(StudentLost, match=r"double did not return within 0\.2 s") as info:
        student.double(1.0)
    assert info.value.ends_question
    assert student._copy.killed


def test_calls_that_take_too_long_together(student_with):
    student = student_with("import time\ndef double(x):\n    time.sleep(0.15)", call_timeout=5, test_timeout=0.4)
    with pytest.raises(StudentLost, match=r"took more than 0\.4 s in all"):
        for _ in range(10):
            student.double(1.0)


def test_memory_ends_the_question(student_with):
    student = student_with("def double(x):\n    raise MemoryError")
    with pytest.raises(StudentLost, match="double asked for more memory than it may have") as info:
        student.double(1.0)
    assert info.value.ends_question


def test_a_crash_is_told_in_plain_words(copy_of):
    copy = copy_of("")
    copy._other.shutdown(2)  # as when the process is gone
    student = Student(lambda: copy, {}, frozenset(), 5, 20)
    with pytest.raises(StudentLost, match="double ended its process: it was killed by signal SIGSEGV") as info:
        student.double(1.0)
    assert not info.value.ends_question


def test_a_sandbox_that_was_ended_from_outside_is_no_fault_of_the_students(copy_of):
    copy = copy_of("")
    copy._other.shutdown(2)
    copy.vanished = True
    with pytest.raises(CannotJudge, match="outside the sandbox has ended the student kernel; grade again"):
        Student(lambda: copy, {}, frozenset(), 5, 20).double(1.0)


@pytest.mark.parametrize(
    ("junk", "found"),
    [
        (b"x" * 40, "what came is not a message$"),
        (messages.HEAD.pack(messages.MARK, 0, 0), "what came is not a message: JSONDecodeError"),
        (messages.HEAD.pack(messages.MARK, 2, 0) + b"{}", "what came are not answers"),
        (messages.HEAD.pack(messages.MARK, 14, 0) + b'{"answers":[]}', "what came are not answers"),
        (messages.HEAD.pack(messages.MARK, 17, 0) + b'{"answers":[1,2]}', "what came are not answers"),
        (messages.HEAD.pack(messages.MARK, limits.MAX_TREE + 1, 0), "what came is not a message$"),
    ],
)
def test_junk_on_the_channel_is_no_answer(copy_of, junk, found):
    copy = copy_of("")
    copy._other.sendall(junk)
    student = Student(lambda: copy, {}, frozenset(), 5, 20)
    with pytest.raises(StudentLost, match="code interferes with the grader") as lost:
        student.double(1.0)
    assert re.match(found, str(lost.value.__context__))  # it has come as far as that


def test_an_input_that_cannot_be_sent_is_the_graders_fault(student_with, monkeypatch):
    # room enough for the answer, which is another thread's
    monkeypatch.setattr(limits, "MAX_TENSORS", 3 << 20)
    with pytest.raises(CannotJudge, match="mend the test"):
        student_with("").double(torch.zeros(1 << 20))


@pytest.mark.parametrize("value", ["torch.zeros(1).expand(2**40)", "torch.zeros(2**27)", "[[0] * 10**6] * 3"])
def test_an_answer_that_is_too_large_is_called_that(student_with, value):
    student = student_with(f"def double(x):\n    return {value}")
    with pytest.raises(StudentLost, match="What double returned is too large to be handed over") as lost:
        student.double(1.0)
    assert not lost.value.ends_question


def test_help_that_is_not_allowed_is_named_however_large_the_answer(student_with):
    source = "def double(x):\n    F.nll_loss(x.log_softmax(1), x.argmax(1))\n    return x.expand(2**40, 2, 2)"
    with pytest.raises(StudentLost, match="nll_loss"):
        student_with(source, ["losses"]).double(torch.zeros(2, 2))


def test_an_answer_that_cannot_be_gone_through_is_an_error_of_the_students(student_with):
    source = "class D(list):\n    def __iter__(self): raise ValueError('no')\ndef double(x):\n    return D()"
    with pytest.raises(StudentFailed, match="double raised ValueError: no"):
        student_with(source).double(1.0)


def test_a_missing_function_says_what_became_of_its_cell(copy_of):
    copy = copy_of("")
    student = Student(lambda: copy, PARAMETERS, frozenset(), 5.0, 20.0, why_missing=lambda name: "its cell raised E")
    with pytest.raises(StudentLost, match="not defined at this point of the notebook: its cell raised E\\."):
        student.double(1.0)


def test_a_name_that_is_missing_says_what_became_of_its_cell(copy_of):
    copy = copy_of("def double(x):\n    return helper(x)")
    student = Student(lambda: copy, PARAMETERS, frozenset(), 5.0, 20.0, why_missing=lambda name: f"{name} is below")
    with pytest.raises(StudentFailed, match=r"name 'helper' is not defined: helper is below\."):
        student.double(1.0)


def test_what_came_of_each_call_is_recorded(copy_of):
    source = """
def double(x):
    if x == 1.0: raise ValueError('no')
    if x == 2.0: raise MemoryError
    if x == 3.0: F.cross_entropy(torch.ones(1, 2), torch.tensor([0]))
    return 2 * x
"""
    copy, log = copy_of(source), CallLog()
    student = Student(lambda: copy, PARAMETERS, frozenset(["losses"]), 5.0, 20.0, log=log)
    for value in (1.0, 2.0, 3.0):
        with pytest.raises((StudentFailed, StudentLost)):
            student.double(value)
    assert student.double(4.0, back=(0,)).value == 8.0
    assert [(call.function, call.arguments, call.error, call.cause) for call in log.calls] == [
        ("double", (1.0,), "ValueError", None),
        ("double", (2.0,), "lost", Cause.MEMORY),
        ("double", (3.0,), "lost", Cause.LOSS),
        ("double", (4.0,), "", None),
    ]
    assert [call.said for call in log.calls] == ["ValueError: no", "lost", "lost", ""]
    answered = log.calls[3]
    assert (answered.value, answered.back, answered.after) == (8.0, (0,), (4.0,))


def test_help_that_is_not_allowed_costs_its_test_alone(student_with):
    student = student_with("def double(x):\n    return F.cross_entropy(x, x)", forbidden=("losses",))
    with pytest.raises(StudentLost) as lost:
        student.double(torch.eye(2))
    assert not lost.value.ends_question and lost.value.cause.is_forbidden_help


def test_the_memory_that_a_library_asks_for_counts_as_well(student_with):
    source = 'def double(x):\n    raise RuntimeError("DefaultCPUAllocator: can\'t allocate memory: 12 bytes")'
    with pytest.raises(StudentLost, match="asked for more memory") as lost:
        student_with(source).double(1.0)
    assert lost.value.cause is Cause.MEMORY and lost.value.counterexample.yours == "nothing"


def test_an_exception_is_no_answer_and_is_told_in_short(student_with):
    source = "def double(x):\n    raise ValueError('x' * 5000)"
    with pytest.raises(StudentFailed) as failed:
        student_with(source).double(1.0)
    assert failed.value.counterexample.yours == "an exception"
    assert failed.value.exception == "ValueError"
    assert 900 < len(failed.value.message) < 1200


def test_a_long_story_of_the_other_sides_is_cut_off():
    error = {"type": "E", "message": "x" * 5000, "line": "y" * 5000}
    student = Student(lambda: None, {}, frozenset(), 5, 20)
    assert len(student._raised(judge_student.Call("f", ()), error).message) < 2100
    assert "raised" in student._raised(judge_student.Call("f", ()), "not a dictionary").message


def test_causes_are_known_for_what_they_are(student_with, copy_of):
    slow = student_with("import time\ndef double(x):\n    time.sleep(1)", call_timeout=0.2)
    copy = copy_of("")
    copy._other.shutdown(2)
    gone = Student(lambda: copy, {}, frozenset(), 5, 20)
    for student, why in ((slow, Cause.HANG), (gone, Cause.DEATH)):
        with pytest.raises(StudentLost) as lost:
            student.double(1.0)
        assert lost.value.cause is why


def test_without_inputs_there_is_nothing_to_show(student_with):
    with pytest.raises(StudentLost) as lost:
        student_with("def double():\n    raise MemoryError").double()
    assert lost.value.counterexample is None


def test_a_copy_that_does_not_get_on_is_killed_and_blames_nobody(student_with, monkeypatch):
    def stalls(stopwatch):
        raise StalledError("the machine did not get on")

    student = student_with("def double(x): return 2 * x")
    copy = student._opened()
    monkeypatch.setattr(Stopwatch, "wait", stalls)
    with pytest.raises(StalledError):
        student.double(1.0)
    assert copy.killed


def test_who_takes_over_the_channel_is_killed(copy_of):
    copy = copy_of("")
    copy._other.sendall(b"x" * 40)
    with pytest.raises(StudentLost):
        Student(lambda: copy, {}, frozenset(), 5, 20).double(1.0)
    assert copy.killed


def test_one_who_hangs_up_and_does_not_end_is_killed(copy_of, monkeypatch):
    monkeypatch.setattr(judge_student, "DYING", 0.2)
    copy = copy_of("")
    monkeypatch.setattr(judge_student.select, "select", lambda *_: ([], [], []))
    copy._other.shutdown(2)
    with pytest.raises(StudentLost, match="double ended its process: it closed its connection to the grader"):
        Student(lambda: copy, {}, frozenset(), 5, 20).double(1.0)
    assert copy.killed


def test_one_who_starts_over_has_another_copy_and_all_the_time(copy_of):
    source = """
import time
calls = 0
def double(x):
    global calls
    calls += 1
    time.sleep(0.3)
    return calls
"""
    copies = [copy_of(source), copy_of(source)]
    student = Student(iter(copies).__next__, {}, frozenset(), 5.0, 0.8)
    assert [student.double(1.0).value, student.double(1.0).value] == [1, 2]
    student.start_over()
    assert [student.double(1.0).value, student.double(1.0).value] == [1, 2]


def test_after_examples_side_by_side_calls_go_one_by_one_again(student_with):
    student = student_with("def double(x):\n    return 2 * x")
    student.together([lambda: student.double(1.0)] * 2, "one by one again")
    assert student.double(2.0).value == 4.0
    with pytest.raises(ZeroDivisionError):
        student.together([lambda: 1 / 0], "one by one after an error")
    assert student.double(2.0).value == 4.0


def test_what_was_used_is_told_by_its_kind_and_under_its_plainest_name():
    kinds = {
        "optimisers": Cause.OPTIMISER,
        "autograd": Cause.AUTOGRAD,
        "losses": Cause.LOSS,
        "softmax": Cause.SOFTMAX,
        "containers": Cause.CONTAINER,
        "data": Cause.DATA_TOOLS,
        "normalisation": Cause.NORMALISATION,
        "torch.sort": Cause.OTHER_HELP,
    }
    assert {entry: cause(entry) for entry in kinds} == kinds and CATEGORIES.keys() < kinds.keys()
    names = ["torch.ops.x", "a", "torch.nn.functional.f", "torch.optim.x"]
    assert plainest([["losses", name] for name in names]) == ("losses", "torch.nn.functional.f")
    assert plainest([["losses", "torch.ops.x"], ["autograd", "a.b"]]) == ("losses", "torch.ops.x")
    assert plainest([["x", "b"], ["y", "a"]]) == ("y", "a")
    assert plainest([["softmax", "torch's _softmax"], ["softmax", "torch's softmax"]])[1] == "torch's softmax"
    assert (
        plainest([["softmax", "torch.nn.functional.softmax"], ["softmax", "torch.nn.Softmax"]])[1] == "torch.nn.Softmax"
    )
    assert len(plainest([["x", "x" * 500]])[1]) == 100
    assert plainest(["what a liar sends", 1, [1, 2, 3]])[0] == ""


@pytest.mark.parametrize(
    "reply",
    [
        *(None, [], {"used": None}, {"used": []}, {"used": [], "value": 1.0}, {"used": [], "back": [1.0]}),
        *({"used": [], "value": 1.0, "back": back} for back in (None, [], [1.0, 2.0])),
    ],
)
def test_a_reply_that_does_not_hold_all_that_was_asked_for_is_no_answer(monkeypatch, reply):
    student = Student(pytest.fail, PARAMETERS, frozenset(), 1.0, 1.0)
    monkeypatch.setattr(student, "_ask", lambda call, request: reply)
    with pytest.raises(StudentLost, match="is no answer"):
        student.double(1.0, back=(0,))


@pytest.mark.parametrize(
    ("argument", "what"),
    [
        (lambda: 3, "argument 2 of step is an object of type function, which can't be sent"),
        ({1, 2}, "an object of type set"),
        (np.ones(2), "an object of type ndarray"),
        (np.float64(1), "an object of type float64"),
        ({"a": [1, torch.float32]}, r"argument 2 of step, at \['a', 1\], is an object of type dtype"),
        (torch.zeros(2, dtype=torch.complex64), r"a torch\.complex64 tensor"),
        (torch.zeros(2).to_sparse(), r"a torch\.float32 tensor \(torch\.sparse_coo, cpu\)"),
        (2**63, "an int of more than 64 bits"),
        ("x" * (limits.MAX_STRING + 1), "a string of more than 4000 characters"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_an_input_that_would_arrive_as_something_else_is_the_graders_fault(student_with, argument, what):
    with pytest.raises(CannotJudge, match=rf"{what}.*; mend the test$"):
        student_with("def step(w, x):\n    return len(x)\n").step(1.0, argument)


@pytest.mark.parametrize(
    "argument",
    [
        torch.ones(2),
        2**62,
        "x" * limits.MAX_STRING,
        {3: [None, True, {"a": (1, 2.5)}]},
        Opaque("Net"),
        torch.ones(2, 3).T,
    ],
    ids=lambda value: str(value)[:20],
)
def test_others_are_sent(student_with, argument):
    assert student_with("def step(w, x):\n    return 7\n").step(1.0, argument).value == 7
