"""What a killed run has left is cleared away by the next one, and nothing else is."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.grading import judging_processes, temporary_folder
from autograder.grading.temporary_folder import LOCK, remove_unused, scratch_folder
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from pathlib import Path
from traitlets.config import Config
from autograder.grading.class_run import ClassRun
from autograder.judge.assignment import Assignment
from tests.grading.fakes import JUDGE, task

folder, seconds = Path(sys.argv[1]), float(sys.argv[2])
tasks = [task(f"s{i}", folder / "log", number=i, seconds=seconds) for i in range(2)]
run = ClassRun(Assignment.find("linear_mnist"), Config(Grading={"judge": JUDGE, "workers": 2}), folder)
run.judge(iter(tasks), lambda done: print(done.outcome.value))
"""


def leftover(parent: Path, name: str = "run-old") -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / LOCK).touch()
    (folder / "file").touch()
    return folder


def test_a_folder_is_there_for_the_time_of_the_context_and_leftovers_go(tmp_path: Path) -> None:
    old, other = leftover(tmp_path), leftover(tmp_path, "somebody-elses")
    with scratch_folder(tmp_path, "run-") as folder:
        (folder / "file").touch()
        assert not old.exists() and other.exists()
        remove_unused(tmp_path, "run-")
        assert (folder / "file").exists()
    assert list(tmp_path.iterdir()) == [other]


def test_a_folder_in_use_stays(tmp_path: Path) -> None:
    old = leftover(tmp_path)
    with (old / LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_unused(tmp_path, "run-")
        assert (old / "file").exists()
    remove_unused(tmp_path, "run-")
    assert not old.exists()


def test_another_users_folder_and_a_link_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = leftover(tmp_path, "mine")
    (tmp_path / "run-link").symlink_to(target)
    remove_unused(tmp_path, "run-")
    assert (target / "file").exists()
    old = leftover(tmp_path)
    monkeypatch.setattr(temporary_folder.os, "geteuid", lambda: os.getuid() + 1)
    remove_unused(tmp_path, "run-")
    assert (old / "file").exists()


def test_a_folder_that_never_was_locked_goes_when_it_is_old(tmp_path: Path) -> None:
    young, old, full = tmp_path / "run-young", tmp_path / "run-old", tmp_path / "run-full"
    for folder in (young, old, full):
        folder.mkdir()
    (full / "file").touch()
    for folder in (old, full):
        os.utime(folder, (time.time() - 100,) * 2)
    remove_unused(tmp_path, "run-")
    assert sorted(tmp_path.iterdir()) == [full, young]


def test_names_of_sockets_stay_short_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", f"{tmp_path}/{'x' * 80}")
    assert judging_processes._place() == Path("/tmp")
    monkeypatch.setattr(tempfile, "tempdir", "/var/tmp")
    assert judging_processes._place() == Path("/var/tmp")


def test_the_next_run_after_a_killed_one_clears_up_even_if_it_has_nothing_to_judge(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as temporary:
        assert run(tmp_path, temporary, 0.1).communicate(timeout=60)[0].split() == ["passed", "passed"]
        killed = run(tmp_path, temporary, 60.0)
        try:
            wait_for(lambda: len(list(Path(temporary).glob("autograder-run-*/autograder-files-*"))) == 2)
        finally:
            killed.kill()
            killed.communicate()
        assert len(list(Path(temporary).glob("autograder-*"))) == 1  # all of it is in the run's folder
        assert run(tmp_path, temporary, 0.1).communicate(timeout=60)[0].split() == ["passed", "passed"]
        assert list(Path(temporary).glob("autograder-*")) == []


def run(course: Path, temporary: str, seconds: float) -> subprocess.Popen[str]:
    """Start judging two submissions, each of which takes so long; the same ones for the same time."""
    environment = {**os.environ, "TMPDIR": temporary, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN, str(course), str(seconds)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def wait_for(happens: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_folder_that_was_taken_for_a_leftover_before_it_was_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process removes it between its making and its locking, with or without the file in it."""
    really_lock, taken = fcntl.flock, []

    def lock_late(file: object, how: int) -> None:
        if not taken:
            (folder,) = tmp_path.glob("run-*")
            taken.append(folder)
            (folder / LOCK).unlink()
            folder.rmdir()
        really_lock(file, how)  # type: ignore[arg-type]

    monkeypatch.setattr(temporary_folder.fcntl, "flock", lock_late)
    with scratch_folder(tmp_path, "run-") as folder:
        assert folder.is_dir() and folder not in taken
        monkeypatch.undo()
        remove_unused(tmp_path, "run-")
        assert folder.is_dir()


def test_a_folder_that_was_taken_for_a_leftover_as_soon_as_it_was_made_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_make, taken = tempfile.mkdtemp, []

    def make(**given: object) -> str:
        folder = really_make(**given)  # type: ignore[call-overload]
        if not taken:
            taken.append(folder)
            Path(folder).rmdir()
        return folder

    monkeypatch.setattr(temporary_folder.tempfile, "mkdtemp", make)
    with scratch_folder(tmp_path, "run-") as folder:
        assert folder.is_dir() and str(folder) not in taken


def test_a_folder_goes_with_what_is_in_it_whatever_ends_the_context(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), scratch_folder(tmp_path / "new", "run-") as folder:
        (folder / "file").touch()
        raise KeyboardInterrupt
    assert list((tmp_path / "new").iterdir()) == []
