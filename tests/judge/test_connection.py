"""Inputs that are the same for every student are written out once, and never when they are not the same any more."""

import contextlib
import socket

import pytest
import torch

from autograder import wire
from autograder.judge import connection
from autograder.judge.connection import Connection, exchange
from autograder.judge.errors import CannotJudge
from autograder.judge.stopwatch import Stopwatch
from autograder.kernels.process_activity import Activity


class Asleep:
    """A process that only waits."""

    def activity(self):
        return Activity(0.0, asleep=True, stopped=False)


class Echo:
    """The other side of a channel: answers each call with its arguments, as they came."""

    def __init__(self):
        self.channel, self._theirs = socket.socketpair()

    def ask(self, arguments, for_all, name="f", back=(), watched=()):
        request = {"name": name, "args": arguments, "back": list(back)}
        wire.send(self._theirs, {"answers": [None]})  # it is there before it is asked for
        exchange(Connection(self.channel, Stopwatch(Asleep(), 5.0)), [request], watched, for_all)
        return wire.receive(self._theirs)

    def close(self):
        self.channel.close()
        self._theirs.close()


@pytest.fixture
def echo():
    with contextlib.closing(Echo()) as echo:
        yield echo


@pytest.fixture
def written(monkeypatch):
    """The messages that have been written out."""
    found, real = [], wire.pack
    monkeypatch.setattr(wire, "pack", lambda message: found.append(message) or real(message))
    return found


@pytest.mark.parametrize(("for_all", "times"), [(True, 1), (False, 2)])
def test_what_every_student_is_given_is_written_out_once(echo, written, for_all, times):
    arguments = [torch.ones(2), 0.5, [torch.zeros(1)]]
    first, again = (echo.ask(list(arguments), for_all) for _ in range(2))
    assert first["calls"][0]["args"][0].tolist() == again["calls"][0]["args"][0].tolist() == [1, 1]
    assert len([message for message in written if "calls" in message]) == times


@pytest.mark.parametrize("how", ["written to", "another tensor", "name", "back", "watched"])
def test_what_is_not_the_same_is_written_out_again(echo, how):
    tensor = torch.ones(2)
    echo.ask([tensor], for_all=True)
    if how == "written to":
        tensor += 1
    given = tensor + 1 if how == "another tensor" else tensor
    changes = {"name": {"name": "g"}, "back": {"back": (0,)}, "watched": {"watched": ("losses",)}}.get(how, {})
    came = echo.ask([given], for_all=True, **changes)
    assert came["calls"][0]["args"][0].tolist() == given.tolist()
    assert (came["calls"][0]["name"], came["calls"][0]["back"]) == (
        changes.get("name", "f"),
        [*changes.get("back", ())],
    )
    assert came["watch"] == [*changes.get("watched", ())]


def test_zero_and_minus_zero_are_told_apart(echo):
    assert str(echo.ask([0.0], for_all=True)["calls"][0]["args"]) == "[0.0]"
    assert str(echo.ask([-0.0], for_all=True)["calls"][0]["args"]) == "[-0.0]"


def test_a_list_that_holds_another_tensor_is_written_out_again(echo):
    inner = [torch.zeros(1)]
    echo.ask([inner], for_all=True)
    inner[0] = torch.ones(1)
    assert echo.ask([inner], for_all=True)["calls"][0]["args"][0][0].tolist() == [1]
    inner[0] += 1
    assert echo.ask([inner], for_all=True)["calls"][0]["args"][0][0].tolist() == [2]


class Laps:
    """A stopwatch that only counts its laps."""

    def __init__(self):
        self.laps = 0

    def lap(self):
        self.laps += 1

    def wait(self):
        return 5.0


class Said:
    """A line on which the other side says what it is told to."""

    def __init__(self, *messages):
        self.sent, self._messages = [], list(messages)

    def send(self, message):
        self.sent.append(message)

    def listen(self):
        message = self._messages.pop(0)

        class Received:
            def message(self):
                return message

        return Received()


def requests(count, argument=0.5):
    return [{"name": "f", "args": [argument], "back": []} for _ in range(count)]


def test_each_message_has_its_own_time():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        laps = Laps()
        line = Connection(ours, laps)
        line.send(wire.pack({"calls": []}))
        assert laps.laps == 1
        wire.send(theirs, {"answers": []})
        line.listen()
        assert laps.laps == 2


def test_inputs_that_are_large_go_in_several_messages_each_answered_before_the_next(monkeypatch):
    monkeypatch.setattr(connection, "AT_A_TIME", 2000)
    line = Said({"answers": [1, 2]}, {"answers": [3]}, {"answers": [4]}, {"answers": [5]})
    assert exchange(line, requests(5, torch.zeros(125)), []) == [1, 2, 3, 4, 5]
    assert len(line.sent) == 3
    line = Said({"answers": [1, 2, 3]})
    assert exchange(line, requests(3), []) == [1, 2, 3]
    assert len(line.sent) == 1


@pytest.mark.parametrize("answers", [[[1, 2, 3]], [[1], [2, 3]]])
def test_no_more_answers_are_taken_than_are_still_to_come(monkeypatch, answers):
    monkeypatch.setattr(connection, "AT_A_TIME", 1000)
    line = Said(*({"answers": some} for some in answers), {"answers": [9]})
    with pytest.raises(wire.WireError, match="what came are not answers"):
        exchange(line, requests(3, torch.zeros(125)), [])


def test_who_has_no_memory_left_has_none_for_all_that_is_still_to_come():
    line = Said({"answers": [1]}, {"no_memory": True})
    assert exchange(line, requests(3), []) == [1] + [{"error": {"type": "MemoryError"}, "used": []}] * 2


def test_what_fails_in_the_graders_own_code_is_the_graders_and_told_in_short():
    with pytest.raises(CannotJudge, match="the grader's own code failed in the student's process; look at") as broken:
        exchange(Said({"broken": "x" * 10_000}), requests(1), [])
    assert 4000 < len(str(broken.value)) < 4200


def test_what_is_kept_to_be_sent_again_is_counted_in_bytes():
    connection._packed.clear()
    with contextlib.closing(Echo()) as echo:
        echo.ask([torch.zeros(1000)], for_all=True)
    assert 4000 <= connection._packed.currsize < 10_000
    assert connection._packed.maxsize == 64 << 20
