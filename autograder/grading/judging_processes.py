"""Judging processes on this machine: forked from one that has imported torch, sharing one zygote."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from traitlets.config import Config

from autograder.grading import quick_import
from autograder.grading.errors import PoolGoneError
from autograder.grading.judging_task import Task, judge_task, prepare
from autograder.grading.memory_limit import limit_memory
from autograder.grading.settings import Grading, within
from autograder.grading.temporary_folder import remove_unused, scratch_folder
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence
from autograder.judge.settings import NotebookJudge

ATTEMPTS = 3  # at a task, when the process that judges it ends
Result = TypeVar("Result")
PREFIX = "autograder-run-"  # of the folder in which a run's processes have all that they make for a while
_LONGEST = 38  # characters of the folder around it: the names of sockets below it are limited to 107


class _Process:
    """One process that judges one task at a time, replaced when it ends.

    A pool of its own for each: what ends a process can only have been its task, or somebody from outside.
    """

    def __init__(self, config: Config):
        self._config = config
        self._context = multiprocessing.get_context("forkserver")
        judge = Grading(config=config).judge.rpartition(".")[0]
        self._context.set_forkserver_preload([quick_import.__name__, __name__, judge])
        self._executor = self._new()
        self._task: Future[Evidence] | None = None

    def _new(self) -> ProcessPoolExecutor:
        memory = 2 * NotebookJudge(config=self._config).memory  # a submission that grows beyond it is ended before
        return ProcessPoolExecutor(1, mp_context=self._context, initializer=_begin, initargs=(memory,))

    def is_free(self) -> bool:
        return self._task is None or self._task.done()

    def submit(self, task: Task) -> Future[Evidence]:
        self._task = self.run(judge_task, task, self._config)
        return self._task

    def run(self, function: Callable[..., Result], *arguments: Any) -> Future[Result]:
        with _no_main_module(), _uninterrupted():  # the process is started here, if need be
            try:
                return self._executor.submit(function, *arguments)
            except BrokenExecutor:
                self._executor.shutdown()
                self._executor = self._new()
                return self._executor.submit(function, *arguments)

    def end(self) -> None:
        self._executor.shutdown(cancel_futures=True)


class _Processes:
    """Processes side by side; see ``pool.Pool``."""

    attempts = ATTEMPTS

    def __init__(self, all_of_them: Sequence[_Process]):
        self._all = all_of_them

    def capacity(self) -> int:
        return len(self._all)

    def submit(self, task: Task) -> Future[Evidence]:
        return next(process for process in self._all if process.is_free()).submit(task)


@contextmanager
def processes(config: Config) -> Iterator[_Processes]:
    """Open as many processes as are set, which end with the context or with this process. Raises PoolGoneError."""
    with scratch_folder(_place(), PREFIX) as folder:
        folder.chmod(0o711)  # without a sandbox, student code runs as a user who owns nothing
        config = within(folder, config)
        found = [_Process(config) for _ in range(Grading(config=config).processes())]
        try:
            _prepare(found[0], config)
            yield _Processes(found)
        except BaseException:  # an interrupt, a full disk: nobody waits for what is being judged
            for process in multiprocessing.active_children():
                process.kill()
            raise
        finally:
            for one in found:
                one.end()


def remove_leftovers() -> None:
    """Remove what killed runs of this user have left."""
    remove_unused(_place(), PREFIX)


def _place() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if len(str(usual)) <= _LONGEST else Path("/tmp")


def _prepare(process: _Process, config: Config) -> None:
    """Have what takes seconds done once, for all processes; raise PoolGoneError when that can't be done."""
    for _ in range(ATTEMPTS):
        try:
            return process.run(prepare, config).result()
        except BrokenExecutor:  # somebody has killed it
            continue
        except (CannotJudge, Exception) as error:
            raise PoolGoneError(f"nothing can be judged on this machine: {error}") from error
    raise PoolGoneError("processes that judge end as soon as they start: look at the system's log, then grade again")


def _begin(memory: int) -> None:
    """Prepare a worker: it ends with its run, is not interrupted from the keyboard, and does not write to the terminal.

    What it has to say is in the evidence. It may take so many MiB of memory more.
    """
    limit_memory(memory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # see _uninterrupted
    logging.getLogger().addHandler(logging.NullHandler())
    gc.freeze()  # going through all of torch's objects again and again takes a quarter of a second each time
    gc.set_threshold(20_000, 20, 20)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Start processes that ^C does not reach: it goes to all of a terminal's, and each would show its traceback.

    Here it counts once they are known, and can be ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[bool] = []
    handler = signal.signal(signal.SIGINT, lambda *_: came.append(True))  # another thread may be given the signal
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # what is started inherits it
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, signal.SIG_DFL if handler is None else handler)
    if came:
        raise KeyboardInterrupt


@contextmanager
def _no_main_module() -> Iterator[None]:
    """Hide the program that runs: multiprocessing would have each worker import it, which is 2 s of nbgrader."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
