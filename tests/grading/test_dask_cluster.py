"""Judging on real Dask workers, one of which is killed in the middle."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from distributed import Client, KilledWorker, LocalCluster
from traitlets.config import Config

from autograder.grading import dask_cluster
from autograder.grading.class_run import ClassRun
from autograder.grading.errors import PoolGoneError
from autograder.grading.judging_task import Task
from autograder.grading.settings import Grading
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Evidence
from tests.grading.fakes import JUDGE, task
from tests.judge.conftest import code
from tests.judge.conftest import test_cell as a_test_cell

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[2]
DASK = str(Path(sys.executable).with_name("dask"))
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # distributed leaves sockets to the garbage collector


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two worker processes, as an instructor would start them.

    Workers that a test has killed are started again by Dask. The last test kills the scheduler.
    """
    tmp_path = tmp_path_factory.mktemp("dask")
    address = f"tcp://127.0.0.1:{free_port()}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    log = (tmp_path / "dask.log").open("w")
    common = {"cwd": tmp_path, "env": environment, "stdout": log, "stderr": log, "start_new_session": True}
    options = ["--host", "127.0.0.1", "--port", address.rpartition(":")[2], "--no-dashboard"]
    parts = [subprocess.Popen([DASK, "scheduler", *options], **common)]
    worker = [address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard", "--resources", "SEAT=1"]
    parts.append(subprocess.Popen([DASK, "worker", *worker], **common))
    try:
        with Client(address, timeout=60) as client:
            client.wait_for_workers(2, timeout=60)
        yield address
    finally:
        for part in reversed(parts):
            os.killpg(part.pid, signal.SIGKILL)
            part.wait()
        log.close()


def run_over(folder: Path, tasks: list[Task], more: dict[str, Any] | None = None, **settings: object) -> dict[str, str]:
    config = Config({"NotebookJudge": {"examples": 5}, **(more or {}), "Grading": {"judge": JUDGE, **settings}})
    run = ClassRun(LINEAR_MNIST, config, folder)
    found: dict[str, str] = {}
    run.judge(iter(tasks), lambda done: found.update({done.student: done.outcome.value}))
    return found


def test_a_worker_that_is_killed_is_replaced_and_its_submissions_judged_again(tmp_path: Path, scheduler: str) -> None:
    log, victim = tmp_path / "log", tmp_path / "log.died"
    tasks = [task(f"s{i}", log, number=i, seconds=0.1) for i in range(11)] + [task("unlucky", log, "die once")]
    found = run_over(tmp_path, tasks, scheduler=scheduler, resources={"SEAT": 1})
    assert found == {f"s{i}": "passed" for i in range(11)} | {"unlucky": "passed"}
    assert victim.exists()  # a worker has been killed
    assert 13 <= len(log.read_text().splitlines()) <= 15  # its submission was judged again, and what waited behind it


def test_a_submission_that_kills_every_worker_could_not_be_judged(tmp_path: Path, scheduler: str) -> None:
    found = run_over(tmp_path, [task("killer", tmp_path / "log", "die")], scheduler=scheduler)
    assert found == {"killer": "could not be judged"}


def test_a_worker_finds_the_files_of_a_courses_own_assignment(tmp_path: Path, scheduler: str) -> None:
    tiny = shutil.copytree(ROOT / "tests" / "assignments" / "tiny", tmp_path / "assignments" / "tiny")
    own = Assignment.at(tiny)
    cells = [code("import torch")]
    for name, worth in own.possible_points.items():
        cells += [code(own.canonical_answer(name)), a_test_cell(name, worth)]
    tasks = [Task.of(own, "ada", nbformat.writes(nbformat.v4.new_notebook(cells=cells)))]
    run = ClassRun(own, Config(Grading={"scheduler": scheduler}, NotebookJudge={"examples": 5}), tmp_path / "run")
    found: dict[str, str] = {}
    run.judge(iter(tasks), lambda done: found.update({done.student: done.outcome.value}))
    assert found == {"ada": "passed"}


def test_the_real_judge_works_on_a_worker(tmp_path: Path, scheduler: str) -> None:
    solution = (ROOT / "source" / "linear_mnist" / "linear_mnist.ipynb").read_text()
    real = Task("ada", "linear_mnist", solution, title="linear_mnist")
    assert run_over(tmp_path, [real], scheduler=scheduler, judge=Grading().judge) == {"ada": "passed"}


def limits() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_DATA)


def test_a_worker_takes_no_more_memory_than_a_process_here_and_others_work_has_no_limit(tmp_path: Path) -> None:
    few = {"NotebookJudge": {"memory": 400}}
    tasks = [task(f"takes {size}", tmp_path / "log", "swell", mebibytes=size) for size in (500, 5_000)]
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as own, Client(own) as client:
        before = client.run(limits)
        found = run_over(tmp_path, tasks, few, scheduler=own.scheduler_address)
        assert client.run(limits) == before
    assert found == {"takes 500": "passed", "takes 5000": "could not be judged"}


def test_no_scheduler_is_an_error_with_a_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.grading.dask_cluster.PATIENCE", 1.0)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(PoolGoneError, match=f"no Dask scheduler at {address}.*start one with `dask scheduler`"):
        run_over(tmp_path, [task("ada", tmp_path / "log")], scheduler=address)


def test_a_scheduler_that_dies_ends_the_run_and_what_was_judged_stays(tmp_path: Path, scheduler: str) -> None:
    log, found = tmp_path / "log", subprocess.run(["pgrep", "-f", f"dask scheduler .*{scheduler.rpartition(':')[2]}"],
                                                  capture_output=True, text=True, check=True)  # fmt: skip

    def kill_soon() -> None:
        while not log.exists() or len(log.read_text().splitlines()) < 3:
            time.sleep(0.05)
        for pid in found.stdout.split():
            os.kill(int(pid), signal.SIGKILL)

    killer = threading.Thread(target=kill_soon)
    killer.start()
    tasks = [task(f"s{i}", log, number=i, seconds=0.5) for i in range(40)]
    with pytest.raises(PoolGoneError, match="the Dask scheduler is gone: start it and grade again"):
        run_over(tmp_path, tasks, scheduler=scheduler)
    killer.join()


@pytest.mark.parametrize(
    ("came", "handed_over"),
    [
        (MemoryError("full"), MemoryError),
        (CancelledError(), PoolGoneError),
        (KilledWorker("task", SimpleNamespace(address="tcp://x"), 3), BrokenExecutor),
    ],
)
def test_what_became_of_a_task_is_passed_on_whatever_it_is(came: BaseException, handed_over: type) -> None:
    done: Future[Evidence] = Future()
    done.set_exception(came)
    answer: Future[Evidence] = Future()
    dask_cluster._hand_over(done, answer)
    with pytest.raises(handed_over):
        answer.result(timeout=0)
