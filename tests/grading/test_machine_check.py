"""What the doctor says of a machine and a course's settings. Nothing is started."""

import pytest
from traitlets.config import Config

from autograder.grading import machine_check as module
from autograder.grading.doctor_finding import Sign
from autograder.grading.machine_check import machine
from autograder.judge.errors import CannotJudge

DATA_SETS = {"MNIST": ("images", "labels"), "Fashion": ("images",)}


def found(monkeypatch, **sections):
    monkeypatch.setenv("AUTOGRADER_DATA", "/nonexistent")
    return {one.what: one for one in machine(Config(sections), DATA_SETS)}


def test_a_sandbox_that_is_off_is_told(monkeypatch):
    assert found(monkeypatch)["sandbox"].sign is Sign.GOOD
    off = found(monkeypatch, StudentProvisioner={"sandbox": "off"})["sandbox"]
    assert off.sign is Sign.NOTE and "can read and change all that you can" in off.sentence and off.next_step


def test_a_data_set_is_there_when_all_its_files_are(monkeypatch, tmp_path):
    there = {"StudentProvisioner": {"data": str(tmp_path)}}
    for number, name in enumerate(DATA_SETS["MNIST"]):
        path = tmp_path / "MNIST" / "raw" / name
        told = found(monkeypatch, **there)["MNIST"]
        assert told.sign is Sign.NOTE and f"{path} is missing (c.StudentProvisioner.data)" in told.sentence, number
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    told = found(monkeypatch, **there)["MNIST"]
    assert (told.sign, told.sentence) == (Sign.GOOD, f"found in {tmp_path / 'MNIST'} (c.StudentProvisioner.data)")
    assert found(monkeypatch, **there)["Fashion"].sign is Sign.NOTE
    assert "(AUTOGRADER_DATA)" in found(monkeypatch)["MNIST"].sentence
    monkeypatch.delenv("AUTOGRADER_DATA")
    assert "(the usual folder)" in next(machine(Config(), DATA_SETS)).sentence


def test_no_data_set_is_asked_for_that_nobody_needs():
    assert not {"MNIST", "Fashion"} & {one.what for one in machine(Config(), {})}


def test_limits_and_patience_are_those_in_force(monkeypatch):
    told = found(monkeypatch, StudentProvisioner={"memory": 77}, NotebookJudge={"call_timeout": 3.5, "examples": 4},
                 Training={"budget": 8.0}, Grading={"workers": 1})  # fmt: skip
    assert "memory 77 MiB a process" in told["student's processes"].sentence
    for clause in ("call_timeout 3.5 s", "examples 4", "c.Training.budget 8 s", "; 1 submission side by side"):
        assert clause in told["judge"].sentence
    assert "3 submissions side by side" in found(monkeypatch, Grading={"workers": 3})["judge"].sentence


def test_where_nothing_is_trained_no_gpu_is_asked_for(monkeypatch):
    monkeypatch.setattr(module, "chosen", lambda settings: pytest.fail("looks for a GPU"))
    told = found(monkeypatch, Training={"enabled": False})["GPU"]
    assert told.sign is Sign.NOTE and "not needed" in told.sentence and "--only convergence" in told.next_step


def test_a_gpu_that_is_asked_for_and_missing_is_a_fault(monkeypatch):
    def missing(settings):
        raise CannotJudge("no such GPU: set it to cpu")

    monkeypatch.setattr(module, "chosen", missing)
    assert found(monkeypatch)["GPU"].sign is Sign.FAULT
    for device, clause in (("cpu", "trains on the processor"), ("cuda:1", "trains on cuda:1")):
        monkeypatch.setattr(module, "chosen", lambda settings, device=device: device)
        told = found(monkeypatch)["GPU"]
        assert told.sign is Sign.GOOD and clause in told.sentence
