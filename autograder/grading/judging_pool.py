"""Judges tasks side by side: in processes of this machine, or on the workers of a Dask cluster."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import AbstractContextManager, ExitStack
from itertools import chain
from typing import Protocol

from traitlets.config import Config

from autograder.grading.judging_processes import processes, remove_leftovers
from autograder.grading.judging_task import GRADE_AGAIN, Task, could_not_judge
from autograder.grading.run_observer import STARTING, Watch
from autograder.grading.settings import Grading
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Evidence

_NOBODY = Watch()


class Pool(Protocol):
    """Where tasks are judged."""

    attempts: int  # at a task over which the process that judged it has ended

    def wait_until_ready(self) -> None:
        """Wait until tasks can be judged. Raises PoolGoneError where none can."""

    def capacity(self) -> int:
        """Return how many tasks it takes at a time."""

    def submit(self, task: Task) -> Future[Evidence]:
        """Have a task judged. The future raises BrokenExecutor when the process that judged it has ended."""


def judge_all(
    tasks: Iterable[Task], config: Config, watch: Watch = _NOBODY, ahead: Assignment | None = None
) -> Generator[tuple[Task, Evidence], None, None]:
    """Judge tasks and yield each with its evidence, as they come. Raises GradingError.

    A task over which the process that judged it has ended is tried again; the others never notice. ``ahead``: the
    assignment they are of, where it is known that there will be some: all that takes a while is begun at once.
    """
    remove_leftovers()
    with ExitStack() as stack:
        pool = stack.enter_context(_pool(config, ahead)) if ahead else None
        waiting = iter(tasks)
        for first in waiting:  # nothing is started for nothing
            with watch.doing(f"{STARTING}, then judging {first.student}"):
                pool = pool or stack.enter_context(_pool(config))
                pool.wait_until_ready()
            yield from _side_by_side(chain([first], waiting), pool, watch)


def _pool(config: Config, ahead: Assignment | None = None) -> AbstractContextManager[Pool]:
    if Grading(config=config).scheduler:
        from autograder.grading.dask_cluster import cluster

        return cluster(config)
    return processes(config, ahead)


def _side_by_side(waiting: Iterator[Task], pool: Pool, watch: Watch = _NOBODY) -> Iterator[tuple[Task, Evidence]]:
    running: dict[Future[Evidence], tuple[Task, int]] = {}
    judged: list[tuple[Task, Evidence]] = []
    upcoming = next(waiting, None)  # made while others are judged
    while running or upcoming is not None:
        while upcoming is not None and len(running) < pool.capacity():
            running[pool.submit(upcoming)] = upcoming, 1
            watch.begins(upcoming.student)
            upcoming = next(waiting, None)
        yield from judged  # what is done with it takes a while: the others are at work again
        judged.clear()
        done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
        for future in done:
            task, attempt = running.pop(future)
            try:
                judged.append((task, future.result()))
            except BrokenExecutor as error:
                if attempt < pool.attempts:
                    running[pool.submit(task)] = task, attempt + 1
                    continue
                reason = f"The process that judged this ended over it, each time it was tried ({error}). {GRADE_AGAIN}"
                judged.append((task, could_not_judge(task, reason, reason)))
            watch.ends(task.student)
    yield from judged
