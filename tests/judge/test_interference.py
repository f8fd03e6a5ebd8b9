"""Student code that takes over the other end of the channel: what it says is no answer, and nothing hangs over it."""

import contextlib
import threading

import pytest
import torch

from autograder import wire
from autograder.judge.answer_checks import StudentLost
from autograder.judge.student_fixture import Student
from tests.judge.conftest import ThreadCopy

ANSWER = {"value": 2.0, "back": [], "used": []}


class Taken(ThreadCopy):
    """A copy whose end of the channel is the student's: ``play(channel)`` has it."""

    def __init__(self, play):
        self._play = play
        super().__init__({})

    def _serve(self, names):
        with self._other, contextlib.suppress(OSError, EOFError):  # the judge has gone
            self._play(self._other)


@pytest.fixture
def student_of():
    """Return a function: what plays the other side → a student; ``student.copy`` is the copy."""
    copies = []

    def make(play, call_timeout=5.0, test_timeout=20.0, forbidden=()):
        copies.append(Taken(play))
        made = Student(lambda: copies[-1], {}, frozenset(forbidden), call_timeout, test_timeout)
        return made, copies[-1]

    yield make
    for copy in copies:
        copy.kill()  # nobody waits for it
        copy.close()


def saying(*messages):
    """Answer each request with the next of these messages."""

    def play(channel):
        for message in messages:
            wire.receive(channel)
            wire.send(channel, message)

    return play


@pytest.mark.parametrize(
    "message",
    [
        {"answers": [ANSWER, ANSWER]},
        {"answers": []},
        {"answers": ANSWER},
        {"answers": None},
        {"answers": [None]},
        {"answers": [[2.0]]},
        {"answers": [{"value": 2.0, "back": []}]},
        {"answers": [{"value": 2.0, "back": [], "used": None}]},
        {"answers": [{"value": 2.0, "used": []}]},
        {"answers": [{"back": [], "used": []}]},
        {"answers": [{"value": 2.0, "back": [1.0], "used": []}]},
        {"answers": [{"value": 2.0, "back": 0, "used": []}]},
        {"answer": [ANSWER]},
        {},
    ],
    ids=str,
)
def test_what_is_no_answer_to_the_call_is_none(student_of, message):
    student, _ = student_of(saying(message, message))
    with pytest.raises(StudentLost, match="double is no answer: the code interferes with the grader") as lost:
        student.double(1.0)
    assert lost.value.ends_question


def test_an_answer_too_many_is_not_kept_for_the_next_call(student_of):
    student, _ = student_of(saying({"answers": [ANSWER]}, {"answers": [ANSWER, {**ANSWER, "value": 3.0}]}))
    assert student.double(1.0).value == 2.0
    with pytest.raises(StudentLost, match="interferes"):
        student.double(1.5)


def test_examples_side_by_side_get_no_more_answers_than_they_asked_for(student_of):
    def play(channel):
        calls = wire.receive(channel)["calls"]
        wire.send(channel, {"answers": [ANSWER] * (len(calls) + 1)})

    student, copy = student_of(play)
    got = []
    with pytest.raises(wire.WireError):
        student.together([lambda: got.append(student.double(1.0).value)] * 3, "about")
    assert got == [] and copy.killed


def test_answers_that_come_bit_by_bit_are_all_waited_for(student_of):
    def play(channel):
        calls = wire.receive(channel)["calls"]
        for number in range(len(calls)):
            wire.send(channel, {"answers": [{**ANSWER, "value": float(number)}]})

    student, _ = student_of(play)
    got = []
    student.together([lambda: got.append(student.double(1.0).value)] * 3, "about")
    assert got == [0.0, 1.0, 2.0]


def ended_within(seconds, action):
    """Run an action in a thread, so that one that hangs is a red test and not a hanging one; return what it raised."""
    raised = []

    def run():
        try:
            action()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "it hangs"
    return raised[0] if raised else None


LARGE = torch.zeros(3 << 20)  # bytes, more than any socket holds


@pytest.mark.parametrize("many", [False, True], ids=["one call", "side by side"])
def test_who_takes_nothing_in_is_not_waited_for_for_ever(student_of, many):
    done = threading.Event()
    student, copy = student_of(lambda channel: done.wait(60), call_timeout=0.5, test_timeout=0.5)
    example = lambda: student.double(LARGE)  # noqa: E731
    action = (lambda: student.together([example] * 2, "about")) if many else example
    try:
        error = ended_within(20, action)
    finally:
        done.set()
    if many:  # that says nothing yet: each example is tried by itself afterwards
        assert isinstance(error, Exception)
    else:
        assert isinstance(error, StudentLost) and error.ends_question
    assert copy.killed


def test_what_was_used_is_asked_of_every_answer(student_of):
    used = {**ANSWER, "used": ["torch.nn.functional.cross_entropy"]}
    for answer in (used, {"error": {"type": "E"}, "used": used["used"]}, {"too_large": True, "used": used["used"]}):
        student, _ = student_of(saying({"answers": [answer]}), forbidden=["losses"])
        with pytest.raises(StudentLost, match=r"uses torch\.nn\.functional\.cross_entropy, which this question"):
            student.double(1.0)
