"""The student's own files: what gets into the sandbox, and what may not replace a library."""

from __future__ import annotations

import os
import socket
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.kernels import student_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text("answer = 42")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.csv").write_text("1,2")
    (tmp_path / "secret").write_text("of another student")
    submission = tmp_path / "submission"
    submission.mkdir()
    for name in ("helper.py", "data"):
        (tmp_path / name).rename(submission / name)
    (submission / "empty").mkdir()
    return submission


def test_files_lie_beside_the_kernel(folder: Path, start: Callable[..., Any]) -> None:
    student = start(student_files=folder)
    assert student.run("import helper; print(helper.answer, open('data/numbers.csv').read())").text == "42 1,2\n"
    assert student.run("import os; print(sorted(os.listdir()))").text == "['data', 'empty', 'helper.py']\n"
    student.run("open('helper.py', 'w').write('changed')")
    assert (folder / "helper.py").read_text() == "answer = 42"


def test_no_files_unless_asked_for(start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.chdir(folder)
    assert start().run("import os; print(os.listdir())").text == "[]\n"


def test_links_and_devices_stay_outside(folder: Path, start: Callable[..., Any]) -> None:
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "link_to_folder").symlink_to(folder.parent)
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(folder / "socket"))
    student = start(student_files=folder)
    assert student.run("import os; print(sorted(os.listdir()))").text == "['data', 'empty', 'helper.py']\n"
    assert len(student.handle.left_out) == 4
    assert all("was left out" in line for line in student.handle.left_out)


def test_what_is_too_large_stays_outside(folder: Path, start: Callable[..., Any]) -> None:
    (folder / "large.bin").write_bytes(bytes(3 << 20))
    for name in ("part1.bin", "part2.bin"):
        (folder / name).write_bytes(bytes(2 << 20))
    student = start(student_files=folder, file_size=2, scratch=6)
    ran = student.run("import os; print(sorted(os.listdir()))")
    assert ran.text == "['data', 'empty', 'helper.py', 'part1.bin']\n"
    assert [line.split()[0] for line in student.handle.left_out] == ["large.bin", "part2.bin"]


def test_too_many_files(folder: Path) -> None:
    packed = student_files.pack(folder, 1 << 20, 1 << 20, count=2)
    os.close(packed.descriptor)
    assert [line.split()[0] for line in packed.left_out] == ["helper.py", "data/numbers.csv"]


@pytest.mark.parametrize(
    "name",
    [
        "torch.py",
        "random.py",
        "hypothesis.py",
        "numpy/__init__.py",
        "json.cpython-311-x86_64-linux-gnu.so",
        "autograder.py",
    ],
)
def test_a_library_cannot_be_replaced(folder: Path, name: str) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    suffixes = [suffix for suffix in student_files._SUFFIXES if name.endswith(suffix)]
    assert student_files.shadowing(folder) == ([name.split("/")[0]] if suffixes else [])


@pytest.mark.parametrize(
    "name",
    [
        "selfcheck.py",
        "utils.py",
        "test.py",
        "random.txt",
        "torch.csv",
        "code/data.csv",
        "random_walk.py",
        "this.py",
        "mine/__init__.py",
    ],
)
def test_other_names_are_free(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).touch()
    assert student_files.shadowing(folder) == []


def test_shadowing_files_stay_outside(folder: Path, start: Callable[..., Any]) -> None:
    (folder / "statistics.py").write_text("raise RuntimeError")
    (folder / "pandas").mkdir()
    (folder / "pandas" / "__init__.py").write_text("raise RuntimeError")
    student = start(student_files=folder)
    assert student.run("import statistics; print(statistics.mean([1, 3]))").text == "2\n"
    assert student.run("import os; print(os.path.exists('pandas'))").text == "False\n"
    assert [line.split()[0] for line in student.handle.left_out] == ["pandas", "statistics.py"]


def test_a_missing_folder_is_an_error(
    start: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(NotADirectoryError, match="student_files must be the folder of a submission"):
        start(student_files=tmp_path / "nobody")
    assert list(tmp_path.glob("autograder-*")) == []


def test_nothing_stays_behind(start: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    start().close()
    with tempfile.TemporaryDirectory(dir="/tmp") as short:  # sockets need short names
        monkeypatch.setattr("tempfile.tempdir", short)
        student = start()
        assert len(list(Path(short).glob("autograder-*"))) == 1
        student.close()
        assert list(Path(short).glob("autograder-*")) == []


def packed(
    folder: Path, size: int = 1 << 20, file_size: int = 1 << 20, count: int = 100
) -> tuple[dict[str, int], list[str]]:
    """Pack a folder; return the modes of what is in the archive, by name, and what is not in it."""
    found = student_files.pack(folder, size, file_size, count)
    with os.fdopen(found.descriptor, "rb") as file:
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            return {entry.name: entry.mode for entry in archive}, [line.split()[0] for line in found.left_out]


def test_what_has_the_name_of_a_library_is_not_packed_and_only_at_the_top(folder: Path) -> None:
    for name in ("statistics.py", "pandas/__init__.py", "data/random.py", "data/statistics.py", "torch/weights.bin"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    inside, left_out = packed(folder)
    assert left_out == ["pandas", "statistics.py"]
    assert set(inside) == {
        *(
            "data",
            "data/numbers.csv",
            "data/random.py",
            "data/statistics.py",
            "empty",
            "helper.py",
            "torch",
            "torch/weights.bin",
        )
    }


def test_files_keep_whether_they_can_be_run_and_when_they_were_written(folder: Path) -> None:
    (folder / "helper.py").chmod(0o700)
    (folder / "data" / "numbers.csv").chmod(0o600)
    inside, _ = packed(folder)
    assert (inside["helper.py"], inside["data/numbers.csv"], inside["data"]) == (0o755, 0o644, 0o755)


def test_a_file_may_be_as_large_as_is_said_and_all_together_too(folder: Path) -> None:
    (folder / "helper.py").write_bytes(bytes(100))
    assert packed(folder, file_size=100) == packed(folder)
    assert packed(folder, file_size=99)[1] == ["helper.py"]
    assert packed(folder, size=103) == packed(folder)
    assert packed(folder, size=102)[1] == ["data/numbers.csv"]
    assert packed(folder, count=4) == packed(folder)
    assert packed(folder, count=3)[1] == ["data/numbers.csv"]


def test_what_there_is_no_room_for_does_not_depend_on_the_disk(folder: Path) -> None:
    names = [f"{letter}/{letter}.bin" for letter in "hbgdacfe"]
    for name in names:
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(bytes(100))
    assert packed(folder, size=14)[1] == sorted(names)
