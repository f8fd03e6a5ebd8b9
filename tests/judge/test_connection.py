"""Inputs that are the same for every student are written out once, and never when they are not the same any more."""

import contextlib
import socket

import pytest
import torch

from autograder import wire
from autograder.judge.connection import Connection, exchange
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
