"""What is trained on, where there is a GPU and where there is none (the nodes are files here)."""

import threading

import pytest
from traitlets.config import Config

from autograder.judge.errors import CannotJudge
from autograder.judge.settings import Training
from autograder.judge.training import device
from autograder.judge.training.device import chosen, turn, with_gpu
from autograder.kernels.sandbox_paths import _gpu_nodes


@pytest.fixture
def nodes(tmp_path):
    for name in ("nvidiactl", "nvidia0", "nvidia1"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "found"), [("auto", "cuda:0"), ("cpu", "cpu"), ("cuda:1", "cuda:1"), ("cuda", "cuda:0")]
)
def test_where_there_are_gpus(asked, found, nodes):
    assert chosen(Training(device=asked), nodes) == found


def test_where_there_is_none(tmp_path):
    assert chosen(Training(), tmp_path) == "cpu"
    with pytest.raises(CannotJudge, match=r'no such GPU.*set it to "auto" or "cpu"'):
        chosen(Training(device="cuda:0"), tmp_path)
    with pytest.raises(CannotJudge, match='"auto", "cpu" or "cuda:0"'):
        chosen(Training(device="tpu"), tmp_path)


@pytest.mark.parametrize("missing", ["nvidiactl", "nvidia0"])
def test_half_a_gpu_is_none(nodes, missing):
    (nodes / missing).unlink()
    assert chosen(Training(), nodes) == "cpu"
    with pytest.raises(CannotJudge, match="no such GPU"):
        chosen(Training(device="cuda"), nodes)


@pytest.mark.parametrize("asked", ["cuda:7", "cuda:10", "cuda:-1", "cuda:0 ", "gpu", "", "xcuda:0"])
def test_a_gpu_that_is_not_there_is_never_another_one(nodes, asked):
    with pytest.raises(CannotJudge):
        chosen(Training(device=asked), nodes)


def test_kernels_get_the_gpu_and_nothing_else_changes():
    config = Config(StudentProvisioner={"memory": 1000}, Training={"device": "cuda:1"})
    assert with_gpu(config, "cuda:1") == Config(
        StudentProvisioner={"memory": 1000, "gpu": "1"}, Training={"device": "cuda:1"}
    )
    assert _gpu_nodes("1")[-1] == "/dev/nvidia1"
    assert _gpu_nodes("") == []


def test_no_more_than_so_many_at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(device.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(device, "_POLL", 0.005)
    inside, most = [], []

    def train():
        with turn("cuda:0", 2):
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.02)
            inside.pop()

    threads = [threading.Thread(target=train) for _ in range(7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(most), max(most)) == (7, 2)


def test_each_device_has_places_of_its_own_and_gives_them_back(monkeypatch, tmp_path):
    monkeypatch.setattr(device.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(device.time, "sleep", lambda _: pytest.fail("waits for a place that is free"))
    with turn("cuda:0", 1), turn("cuda:1", 1):
        pass
    with pytest.raises(KeyError), turn("cuda:0", 1):
        raise KeyError
    with turn("cuda:0", 1):
        pass


def test_there_is_always_room_on_the_cpu():
    with turn("cpu", 1), turn("cpu", 1):
        pass
