"""Judges tasks side by side, in processes of this machine."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
from collections.abc import Iterable, Iterator
from itertools import islice

from traitlets.config import Config

from autograder.grading.settings import Grading
from autograder.grading.task import Task, judge_task
from autograder.judge.evidence import Evidence


def judge_all(tasks: Iterable[Task], config: Config) -> Iterator[tuple[Task, Evidence]]:
    """Judge tasks and yield each with its evidence, as they come."""
    workers = Grading(config=config).processes()
    context = multiprocessing.get_context("forkserver")
    with concurrent.futures.ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = iter(tasks)
        running = {pool.submit(judge_task, task, config): task for task in islice(waiting, 2 * workers)}
        while running:
            done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
                for task in islice(waiting, 1):
                    running[pool.submit(judge_task, task, config)] = task
