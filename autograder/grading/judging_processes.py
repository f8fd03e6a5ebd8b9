"""Judging processes on this machine: forked from one that has imported torch, sharing one zygote."""

from __future__ import annotations

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from traitlets.config import Config

from autograder.grading import fork_server
from autograder.grading.errors import PoolGoneError
from autograder.grading.judging_task import Task, expect, judge_task, prepare
from autograder.grading.memory_limit import limit_memory
from autograder.grading.settings import JUDGE, Grading, most_memory, within
from autograder.grading.temporary_folder import remove_unused, scratch_folder
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence
from autograder.kernels.provisioner import StudentProvisioner
from autograder.kernels.zygote_client import let_go, shared_zygote

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
        self._own_judge = Grading(config=config).judge != JUDGE
        self._context = fork_server.context(Grading(config=config).judge.rpartition(".")[0])
        self._executor = self._new()
        self._task: Future[Evidence] | None = None

    def _new(self) -> ProcessPoolExecutor:
        memory = most_memory(self._config)
        return ProcessPoolExecutor(1, mp_context=self._context, initializer=_begin, initargs=(memory, self._own_judge))

    def is_free(self) -> bool:
        return self._task is None or self._task.done()

    def submit(self, task: Task) -> Future[Evidence]:
        self._task = self.run(judge_task, task, self._config)
        return self._task

    def run(self, function: Callable[..., Result], *arguments: Any) -> Future[Result]:
        with fork_server.no_main_module(), fork_server.starting():  # the process is started here, if need be
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

    def __init__(self, all_of_them: Sequence[_Process], config: Config, ahead: Assignment | None = None):
        self._all, self._config = all_of_them, config
        if ahead is not None:
            for process in self._all:
                process.run(expect, ahead, config)
        self._begun = self._all[0].run(prepare, config)

    def wait_until_ready(self) -> None:
        """Wait for what takes seconds and is done once, for all processes. Raises PoolGoneError."""
        try:
            _persistent(self._all[0], self._begun, prepare, self._config)
        except PoolGoneError:
            raise
        except (CannotJudge, Exception) as error:
            raise PoolGoneError(f"nothing can be judged on this machine: {error}") from error

    def capacity(self) -> int:
        return len(self._all)

    def submit(self, task: Task) -> Future[Evidence]:
        return next(process for process in self._all if process.is_free()).submit(task)


@contextlib.contextmanager
def processes(config: Config, ahead: Assignment | None = None) -> Iterator[_Processes]:
    """Open as many processes as are set, which end with the context or with this process.

    ``ahead``: what they are going to judge, if that is known.
    """
    with scratch_folder(_place(), PREFIX) as folder:
        folder.chmod(0o711)  # without a sandbox, student code runs as a user who owns nothing
        config = within(folder, config)
        wants_kernels = ahead is not None and Grading(config=config).judge == JUDGE
        found = [_Process(config) for _ in range(Grading(config=config).processes())]
        try:
            with _zygote_begun(config) if wants_kernels else contextlib.nullcontext():
                yield _Processes(found, config, ahead)
        except BaseException:  # an interrupt, a full disk: nobody waits for what is being judged
            for process in multiprocessing.active_children():
                process.kill()
            raise
        finally:
            for one in found:
                one.end()


@contextlib.contextmanager
def _zygote_begun(config: Config) -> Iterator[None]:
    """Start what kernels are forked from, beside what judging processes are forked from: both import torch.

    These find it, or start another one where this one can't be; why it can't, they say.
    """
    settings = StudentProvisioner(config=config).settings()

    def begin() -> None:
        with contextlib.suppress(Exception):
            shared_zygote(settings)

    thread = threading.Thread(target=begin, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        let_go(settings)


def in_another_process(config: Config, function: Callable[..., Result], *arguments: Any) -> Result:
    """Return what a function gives in a process like those that judge. Raises what it raises, and PoolGoneError."""
    process = _Process(config)
    try:
        return _persistent(process, process.run(function, *arguments), function, *arguments)
    finally:
        process.end()


def remove_leftovers() -> None:
    """Remove what killed runs of this user have left."""
    remove_unused(_place(), PREFIX)


def _place() -> Path:
    usual = Path(tempfile.gettempdir())
    return usual if len(str(usual)) <= _LONGEST else Path("/tmp")


def _persistent(process: _Process, begun: Future[Result], function: Callable[..., Result], *arguments: Any) -> Result:
    """Wait for what was ``begun``, and begin again where its process has ended: somebody may have killed it.

    Raises what the function raises, and PoolGoneError.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return begun.result()
        except BrokenExecutor:
            begun = process.run(function, *arguments) if attempt < ATTEMPTS else begun
    raise PoolGoneError("processes that judge end as soon as they start: look at the system's log, then grade again")


def _begin(memory: int, own_judge: bool) -> None:
    """Prepare a worker: it ends with its run, is not interrupted from the keyboard, and does not write to the terminal.

    What it has to say is in the evidence. It may take so many MiB of memory more. A course's own judge may stand in the
    course's folder.
    """
    if own_judge:
        sys.path.append(str(Path.cwd()))
    limit_memory(memory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # see fork_server.starting
    logging.getLogger().addHandler(logging.NullHandler())
    gc.freeze()  # going through all of torch's objects again and again takes a quarter of a second each time
    gc.set_threshold(20_000, 20, 20)
    gc.enable()  # see uncollected
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: multiprocessing.process.BaseProcess) -> None:
    parent.join()
    os._exit(1)
