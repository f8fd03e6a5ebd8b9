"""Every limit is a trait with its unit in the help, and holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError
from traitlets.config import Config

from autograder.kernels.provisioner import StudentProvisioner
from autograder.student.resource_limits import Limits


def provisioner(**traits: Any) -> StudentProvisioner:
    return StudentProvisioner(config=Config(StudentProvisioner=traits))


@pytest.mark.parametrize("name", Limits().to_plain())
def test_each_limit_is_a_trait(name: str) -> None:
    value = 123
    assert getattr(provisioner(**{name: value}).limits(), name) == value
    assert getattr(provisioner().limits(), name) == getattr(Limits(), name)
    assert StudentProvisioner.class_traits(config=True)[name].help


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        *(("memory", "MiB"), ("total_memory", "MiB"), ("file_size", "MiB"), ("scratch", "MiB")),
        *(("cpu_seconds", "seconds"), ("processes", "Processes"), ("open_files", "files"), ("threads", "Threads")),
    ],
)
def test_help_names_the_unit(name: str, unit: str) -> None:
    assert unit in StudentProvisioner.class_traits()[name].help


@pytest.mark.parametrize(("name", "value"), [("memory", 0), ("sandbox", "maybe"), ("threads", 0), ("seed", -1)])
def test_nonsense_is_refused(name: str, value: object) -> None:
    with pytest.raises(TraitError):
        provisioner(**{name: value}).limits()


def test_limits_hold_in_the_kernel(start: Callable[..., Any]) -> None:
    student = start(processes=77, open_files=99, file_size=11, cpu_seconds=55, threads=2, scratch=33, scratch_files=444)
    code = (
        "import os, resource as r, torch\n"
        "print([r.getrlimit(getattr(r, 'RLIMIT_' + n))[0] for n in ('NPROC', 'NOFILE', 'FSIZE', 'CPU', 'CORE')])\n"
        "s = os.statvfs('/scratch'); print(s.f_blocks * s.f_frsize >> 20, s.f_files)\n"
        "print(os.statvfs('/tmp').f_fsid == os.statvfs('/dev/shm').f_fsid == s.f_fsid, torch.get_num_threads())"
    )
    assert student.run(code).text.splitlines() == ["[77, 99, 11534336, 55, 0]", "33 444", "True 2"]


def test_memory_is_counted_from_where_the_libraries_end(start: Callable[..., Any]) -> None:
    student = start(memory=300)
    assert student.run("x = bytearray(200 << 20)").status == "ok"
    assert "MemoryError" in student.run("y = bytearray(200 << 20)").text


def test_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUTOGRADER_DATA", str(tmp_path))
    assert provisioner().data == str(tmp_path)
    asked = [str(tmp_path / "MNIST"), str(tmp_path / "CIFAR10")]
    assert provisioner(data_sets=asked).settings().data is None  # there is nothing in it
    (tmp_path / "CIFAR10").mkdir()
    assert provisioner(data_sets=asked).settings().data == str(tmp_path.resolve())
    assert provisioner().settings().data is None  # nobody has asked
    monkeypatch.delenv("AUTOGRADER_DATA")
    assert provisioner().data.endswith(".cache/autograder")
