"""Judging on the workers of a Dask cluster, for classes that outgrow a machine (`pip install autograder[dask]`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distributed import Client, KilledWorker, WorkerPlugin, get_worker
from traitlets.config import Config

from autograder.grading.errors import PoolGoneError
from autograder.grading.judging_task import Task, judge_task, prepare
from autograder.grading.memory_limit import limited_memory
from autograder.grading.settings import Grading, most_memory, within
from autograder.judge.evidence import Evidence

log = logging.getLogger(__name__)
GONE = "the Dask scheduler is gone: start it and grade again. What was judged so far is kept"
PATIENCE = 20.0  # seconds for the scheduler to answer
_ONE_AT_A_TIME = threading.Lock()  # pytest keeps its state in modules


class WarmUp(WorkerPlugin):
    """Starts a worker's zygote before the first task needs it, on workers that come later, too."""

    name = "autograder-warm-up"

    def __init__(self, config: Config):
        self._config = config

    def setup(self, worker: Any) -> None:
        """Have the zygote started."""
        with _ONE_AT_A_TIME:
            prepare(within(Path(worker.local_directory), self._config))


class _Cluster:
    """A pool of Dask workers; see ``pool.Pool``."""

    attempts = 1  # Dask itself has tried on several workers (its setting distributed.scheduler.allowed-failures)

    def __init__(self, client: Client, config: Config):
        self._client, self._config = client, config
        self._executor = client.get_executor(pure=False, **_needs(config))

    def wait_until_ready(self) -> None:
        """Nothing to wait for: each worker warms up before its first task."""

    def capacity(self) -> int:
        with _scheduler_is_there():
            return 2 * max(1, sum(map(int, self._client.nthreads().values())))

    def submit(self, task: Task) -> Future[Evidence]:
        with _scheduler_is_there():
            asked: Future[Evidence] = self._executor.submit(judge_on_worker, task, self._config)
        answer: Future[Evidence] = Future()
        asked.add_done_callback(lambda done: _hand_over(done, answer))
        return answer


def judge_on_worker(task: Task, config: Config) -> Evidence:
    """Judge in a Dask worker's process, one task at a time however many threads it has.

    What is made for a while is made in the worker's own folder: Dask removes those of killed workers. The process has
    the memory of one that judges on this machine, for as long as it judges: the worker may be other people's, too.
    """
    with _ONE_AT_A_TIME, limited_memory(most_memory(config)):
        return judge_task(task, within(Path(get_worker().local_directory), config))


@contextmanager
def cluster(config: Config) -> Iterator[_Cluster]:
    """Open the cluster of ``c.Grading.scheduler``. Raises PoolGoneError."""
    address = Grading(config=config).scheduler
    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise PoolGoneError(
            f"there is no Dask scheduler at {address} ({error}): start one with `dask scheduler`, or leave "
            "c.Grading.scheduler empty to judge on this machine"
        ) from error
    with client:
        client.register_plugin(WarmUp(config))
        if not client.nthreads():
            log.warning("No worker has joined %s yet: waiting. Start some with `dask worker %s`", address, address)
        yield _Cluster(client, config)


def _needs(config: Config) -> dict[str, Any]:
    resources = dict(Grading(config=config).resources)
    return {"resources": resources} if resources else {}


@contextmanager
def _scheduler_is_there() -> Iterator[None]:
    try:
        yield
    except (OSError, CancelledError) as error:  # Dask's CommClosedError is an OSError
        raise PoolGoneError(GONE) from error


def _hand_over(done: Future[Evidence], answer: Future[Evidence]) -> None:
    """Pass a result on; a task that killed all workers it was tried on has broken the pool, as a process would."""
    try:
        answer.set_result(done.result())
    except KilledWorker as error:
        answer.set_exception(BrokenExecutor(str(error)))
    except CancelledError:
        answer.set_exception(PoolGoneError(GONE))
    except BaseException as error:
        answer.set_exception(error)
