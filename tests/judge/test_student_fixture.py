"""The `student` fixture's proxy: calls, answers, and all the ways in which there is no answer."""

import re

import pytest
import torch

from autograder import wire
from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.errors import CannotJudge
from autograder.judge.student_fixture import Student

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
        (wire.HEAD.pack(wire.MARK, 0, 0), "what came is not a message: Expecting value"),
        (wire.HEAD.pack(wire.MARK, 2, 0) + b"{}", "what came are not answers"),
        (wire.HEAD.pack(wire.MARK, 14, 0) + b'{"answers":[]}', "what came are not answers"),
        (wire.HEAD.pack(wire.MARK, 17, 0) + b'{"answers":[1,2]}', "what came are not answers"),
        (wire.HEAD.pack(wire.MARK, wire.MAX_TREE + 1, 0), "what came is not a message$"),
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
    monkeypatch.setattr("autograder.wire.MAX_TENSORS", 3 << 20)  # room enough for the answer, which is another thread's
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
    source = "class D(dict):\n    def items(self): raise ValueError('no')\ndef double(x):\n    return D()"
    with pytest.raises(StudentFailed, match="double raised ValueError: no"):
        student_with(source).double(1.0)


def test_a_missing_function_says_what_became_of_its_cell(copy_of):
    copy = copy_of("")
    student = Student(lambda: copy, PARAMETERS, frozenset(), 5.0, 20.0, why_missing=lambda name: "its cell raised E")
    with pytest.raises(StudentLost, match="not defined at this point of the notebook: its cell raised E\\."):
        student.double(1.0)
