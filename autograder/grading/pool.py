"""Judges tasks side by side: in processes of this machine, or on the workers of a Dask cluster."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import AbstractContextManager
from itertools import chain, islice
from typing import Protocol

from traitlets.config import Config

from autograder.grading.processes import processes
from autograder.grading.settings import Grading
from autograder.grading.task import GRADE_AGAIN, Task, could_not_judge
from autograder.judge.evidence import Evidence


class Pool(Protocol):
    """Where tasks are judged."""

    def capacity(self) -> int:
        """Return how many tasks it can judge at a time."""

    def submit(self, task: Task) -> Future[Evidence]:
        """Have a task judged. The future raises BrokenExecutor when the pool ended over it."""


def judge_all(tasks: Iterable[Task], config: Config) -> Iterator[tuple[Task, Evidence]]:
    """Judge tasks and yield each with its evidence, as they come. Raises PoolGoneError.

    When a process that judges ends in the middle, the tasks that were being judged are judged once more, each alone:
    the one that ended it again could not be judged, the others never notice.
    """
    waiting = iter(tasks)
    for first in waiting:  # nothing is started for nothing
        with pool(config) as workers:
            lost = yield from _side_by_side(chain([first], waiting), workers)
        for task in lost:
            yield task, _alone(task, config)


def pool(config: Config, workers: int = 0) -> AbstractContextManager[Pool]:
    """Open a pool; ``workers`` 0: as many as are set."""
    if Grading(config=config).scheduler:
        from autograder.grading.cluster import cluster

        return cluster(config)
    return processes(config, workers)


def _side_by_side(waiting: Iterator[Task], workers: Pool) -> Generator[tuple[Task, Evidence], None, list[Task]]:
    """Judge until nothing waits, and return nothing; or until the pool breaks, and return what was lost with it."""
    running: dict[Future[Evidence], Task] = {}
    lost: list[Task] = []
    while True:
        room = 2 * workers.capacity() - len(running)  # the next ones wait at the workers' doors
        for task in islice(waiting, max(room, 0) if not lost else 0):
            try:
                running[workers.submit(task)] = task
            except BrokenExecutor:
                lost.append(task)
                break
        if not running:
            return lost
        done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
        for future in done:
            task = running.pop(future)
            try:
                evidence = future.result()
            except BrokenExecutor:
                lost.append(task)
                continue
            yield task, evidence


def _alone(task: Task, config: Config) -> Evidence:
    with pool(config, workers=1) as worker:
        try:
            return worker.submit(task).result()
        except BrokenExecutor as error:
            reason = f"The process that judged this ended twice over it ({error}). {GRADE_AGAIN}"
            return could_not_judge(task, reason, reason)
