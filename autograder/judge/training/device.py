"""What students' code trains on, and whose turn it is where several share a GPU."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from traitlets.config import Config

from autograder.judge.errors import CannotJudge
from autograder.judge.settings import Training
from autograder.judge.submission_budget import excused

CPU = "cpu"
_POLL = 0.2  # seconds between two looks for a free place


def chosen(settings: Training, nodes: Path = Path("/dev")) -> str:
    """Return "cpu" or "cuda:N" for ``c.Training.device``. Raises CannotJudge for a GPU that isn't there."""
    if settings.device in (CPU, "auto") and not (settings.device == "auto" and _is_there(nodes, 0)):
        return CPU
    index = _index("cuda:0" if settings.device == "auto" else settings.device)
    if not _is_there(nodes, index):
        raise CannotJudge(
            f"c.Training.device is {settings.device}, but this machine has no such GPU ({nodes}/nvidia{index} is "
            'missing): set it to "auto" or "cpu", or judge where there is one'
        )
    return f"cuda:{index}"


def with_gpu(config: Config, device: str) -> Config:
    """Return the configuration of kernels that may use a GPU. They see one only: for them it is "cuda:0"."""
    student_side = {**config.get("StudentProvisioner", {}), "gpu": str(_index(device))}
    return Config({**config, "StudentProvisioner": student_side})


@contextmanager
def turn(device: str, at_once: int) -> Iterator[None]:
    """Wait until fewer than ``at_once`` students of this user train on a device; there is always room on the CPU."""
    if device == CPU:
        yield
        return
    place = Path(tempfile.gettempdir(), f"autograder-{os.getuid()}-{device.replace(':', '-')}")
    while True:
        for number in range(at_once):
            with Path(f"{place}-{number}.lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
        with excused():
            time.sleep(_POLL)


def _index(device: str) -> int:
    found = re.fullmatch(r"cuda(?::(\d+))?", device)
    if found is None:
        raise CannotJudge(f'c.Training.device is {device!r}: set it to "auto", "cpu" or "cuda:0" and the like')
    return int(found[1] or 0)


def _is_there(nodes: Path, index: int) -> bool:
    return (nodes / "nvidiactl").exists() and (nodes / f"nvidia{index}").exists()
