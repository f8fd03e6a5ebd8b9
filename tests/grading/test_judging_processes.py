"""What judging processes find ready: the zygote is begun before there is one of them, where it will be wanted."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.grading import judging_processes
from autograder.grading.settings import JUDGE
from autograder.judge.assignment import Assignment
from autograder.kernels import zygote_client
from autograder.kernels.zygote_client import Settings
from tests.grading import fakes

LINEAR_MNIST = Assignment.find("linear_mnist")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings of zygotes that were begun; none is started, and no process."""
    found: list[Settings] = []
    monkeypatch.setattr(judging_processes, "shared_zygote", found.append)
    monkeypatch.setattr(judging_processes._Process, "run", lambda *_: None)
    return found


@pytest.mark.parametrize(
    ("judge", "ahead", "expected"), [(JUDGE, LINEAR_MNIST, 1), (fakes.JUDGE, LINEAR_MNIST, 0), (JUDGE, None, 0)]
)
def test_the_zygote_is_begun_where_kernels_will_be_wanted(
    begun: list[Settings], judge: str, ahead: Assignment | None, expected: int
) -> None:
    config = Config(Grading={"judge": judge, "workers": 1}, StudentProvisioner={"data_sets": ["/there/MNIST"]})
    with judging_processes.processes(config, ahead):
        pass
    assert len(begun) == expected
    for settings in begun:
        assert settings.data_sets == ("/there/MNIST",)
        assert Path(settings.shared_in).name.startswith(judging_processes.PREFIX)


def test_a_zygote_that_cannot_be_begun_is_left_to_the_judging_processes(
    begun: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(settings: Settings) -> None:
        begun.append(settings)
        raise zygote_client.ZygoteError("no room")

    monkeypatch.setattr(judging_processes, "shared_zygote", refuse)
    monkeypatch.setattr(threading, "excepthook", lambda arguments: pytest.fail(str(arguments)))
    with judging_processes.processes(Config(Grading={"workers": 1}), LINEAR_MNIST):
        pass
    assert len(begun) == 1


def test_a_zygote_that_is_let_go_is_closed_by_its_owner_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []

    class Zygote:
        def __init__(self, name: str, owner: int) -> None:
            self.name, self.owner = name, owner

        def close(self) -> None:
            closed.append(self.name)

    names = ("own", "of the process before", "another")
    settings = {name: Settings(shared_in=name) for name in names}
    owners = {"of the process before": os.getppid()}
    there = {settings[name]: Zygote(name, owners.get(name, os.getpid())) for name in names}
    monkeypatch.setattr(zygote_client, "_shared", there)
    zygote_client.let_go(settings["own"])
    zygote_client.let_go(settings["own"])
    zygote_client.let_go(settings["of the process before"])
    assert closed == ["own"] and list(there) == [settings["another"]]
