"""Judging processes on this machine: forked from one that has imported torch, sharing one zygote."""

from __future__ import annotations

import copy
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import types
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from traitlets.config import Config

from autograder.grading.scratch import scratch_folder
from autograder.grading.settings import Grading
from autograder.grading.task import Task, judge_task
from autograder.judge.evidence import Evidence

PREFIX = "autograder-run-"  # of a run's folder for sockets


class _Processes:
    """A pool of processes; see ``pool.Pool``."""

    def __init__(self, executor: ProcessPoolExecutor, config: Config, workers: int):
        self._executor, self._config, self._workers = executor, config, workers

    def capacity(self) -> int:
        return self._workers

    def submit(self, task: Task) -> Future[Evidence]:
        with _no_main_module():  # a worker is started here, if need be
            return self._executor.submit(judge_task, task, self._config)


@contextmanager
def processes(config: Config, workers: int = 0) -> Iterator[_Processes]:
    """Open a pool of ``workers`` processes (0: as many as are set), which end with the context or this process."""
    settings = Grading(config=config)
    workers = workers or settings.processes()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, settings.judge.rpartition(".")[0]])
    with scratch_folder(Path(tempfile.gettempdir()), PREFIX) as folder:
        config = copy.deepcopy(config)
        config.StudentProvisioner.zygotes = str(folder)
        executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)
        try:
            yield _Processes(executor, config, workers)
        except BaseException:  # an interrupt, a full disk: nobody waits for what is being judged
            executor.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                process.kill()
            raise
        finally:
            executor.shutdown()


def _begin() -> None:
    """Prepare a worker: it ends with its run, is not interrupted from the keyboard, and does not write to the terminal.

    What it has to say is in the evidence.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger().addHandler(logging.NullHandler())
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Hide the program that runs: multiprocessing would have each worker import it, which is 2 s of nbgrader."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
