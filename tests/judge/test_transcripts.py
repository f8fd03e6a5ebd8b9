"""A conversation that is known to pass is not judged again; anything else is."""

import itertools

import pytest
import torch
from cachetools import LRUCache

from autograder.judge import transcripts
from autograder.judge.answer_checks import StudentFailed
from autograder.judge.diagnosis.call_log import CallLog
from autograder.judge.student_fixture import Student

_names = itertools.count()
START = (1.0, 2.0, 3.0)
SOURCE = """
calls = []
def step(x):
    calls.append(float(x[0]))
    return {}
"""
WITH_CALLS = SOURCE + "def calls_so_far():\n    return list(calls)\n"
PLUS_ONE = "x + 1"


class Hidden:
    """Three steps from each of some numbers, every step from what the last one gave back."""

    def __init__(self):
        self.name = next(_names)  # no other test's
        self.run = 0  # examples

    def example(self, student, start):
        self.run += 1
        x = torch.tensor([start])
        for number in range(3):
            answer = student.step(x)
            answer.close(x.double() + 1, 1e-6, f"step {number}")
            x = answer.tensor(x)

    def judge(self, student):
        student.together([lambda start=start: self.example(student, start) for start in START], self.name)


@pytest.fixture
def student_with(copy_of):
    def make(body, log=None, source=SOURCE):
        copy = copy_of(source.format(body))
        log = CallLog() if log is None else log
        return Student(lambda: copy, {"step": ("x",)}, frozenset(), 5.0, 20.0, log)

    return make


def asked(student):
    """What the student's function was called with in all."""
    return sorted(student.calls_so_far().value)


ALL = sorted(start + number for start in START for number in range(3))


def test_who_answers_the_same_passes_without_a_look(student_with):
    test = Hidden()
    for expected in (3, 3, 3):
        student = student_with(PLUS_ONE, source=WITH_CALLS)
        test.judge(student)
        assert test.run == expected
        assert asked(student) == ALL  # the answers are this student's own


def test_an_answer_another_student_passed_with_does_not_pass_in_another_place(student_with):
    test = Hidden()
    test.judge(student_with(PLUS_ONE))
    for wrong in ("x + 1 if x[0] != 4 else x + 2", "x + 1 if x[0] != 2 else x", "torch.full((1,), 2.0)"):
        with pytest.raises(StudentFailed, match=r"step \d is"):
            test.judge(student_with(wrong))


@pytest.mark.parametrize("nearly", ["x + 1 + 6e-7 * (x == 1)", "x + 1 + 6e-7 * (x == 5)"])
def test_from_the_first_byte_that_differs_on_the_test_looks_itself(nearly, student_with):
    test = Hidden()
    test.judge(student_with(PLUS_ONE))
    student = student_with(nearly, source=WITH_CALLS)
    test.judge(student)
    assert test.run == 6
    assert len(asked(student)) == len(ALL)  # nothing was asked twice
    test.judge(student_with(nearly))
    assert test.run == 6


def test_what_failed_is_judged_each_time(student_with):
    test = Hidden()
    for run in (1, 2, 3):
        with pytest.raises(StudentFailed):
            test.judge(student_with("x + 2"))
        assert test.run == 3 * run


def test_other_examples_and_other_rules_are_another_conversation(student_with, copy_of):
    one, other = Hidden(), Hidden()
    one.judge(student_with(PLUS_ONE))
    other.judge(student_with(PLUS_ONE))
    assert (one.run, other.run) == (3, 3)
    copy = copy_of(SOURCE.format(PLUS_ONE))
    one.judge(Student(lambda: copy, {}, frozenset(["autograd"]), 5.0, 20.0))
    assert one.run == 6


def test_calls_are_recorded_where_somebody_asks_for_them(student_with):
    test, logs = Hidden(), [CallLog(), CallLog()]
    for log in logs:
        test.judge(student_with(PLUS_ONE, log))
    assert test.run == 3
    looked_at, known = (log.calls for log in logs)
    assert test.run == 6
    assert len(known) == len(looked_at) == 9
    for one, another in zip(known, looked_at, strict=True):
        assert torch.equal(one.value, another.value) and torch.equal(one.arguments[0], another.arguments[0])
    assert logs[1].calls == known and test.run == 6


def test_an_end_in_mid_conversation_is_no_pass(student_with, copy_of):
    test = Hidden()
    test.judge(student_with(PLUS_ONE))
    copy = copy_of(SOURCE.format("x + 1 if x[0] < 4 else __import__('time').sleep(30)"))
    student = Student(lambda: copy, {}, frozenset(), 5.0, 0.5)
    with pytest.raises(TimeoutError):
        test.judge(student)
    assert copy.killed


def test_what_is_known_has_its_room(student_with, monkeypatch):
    small = LRUCache(1000, getsizeof=transcripts._known.getsizeof)
    monkeypatch.setattr(transcripts, "_known", small)
    test = Hidden()
    for _ in range(2):
        test.judge(student_with(PLUS_ONE))
    assert small.currsize <= 1000
    assert test.run == 6


def test_the_right_answers_one_call_early_are_wrong(student_with):
    """Each message is one that another student has passed with, but not at its place."""
    test = Hidden()
    test.judge(student_with(PLUS_ONE))
    with pytest.raises(StudentFailed, match="step 0 is"):
        test.judge(student_with("x + (2 if len(calls) <= 3 else 1)"))
