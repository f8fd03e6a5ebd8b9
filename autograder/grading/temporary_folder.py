"""A run's own temporary folder, which the next run clears away if this one is killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK = "in-use"
_LOCKED_BY = 60.0  # seconds after which a folder that is in use has been locked


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder in ``parent`` for the time of the context; remove those that killed processes have left there.

    A folder is in use as long as a process holds the lock on a file in it, which ends with that process.
    """
    parent.mkdir(parents=True, exist_ok=True)
    remove_unused(parent, prefix)
    folder, lock = _locked(parent, prefix)
    try:
        with lock:
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _locked(parent: Path, prefix: str) -> tuple[Path, IO[str]]:
    """Make a folder and lock it; once more, if another process took it for a leftover before it was locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        with contextlib.suppress(FileNotFoundError):
            lock = (folder / LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.fstat(lock.fileno()).st_nlink:
                return folder, lock
            lock.close()


def remove_unused(parent: Path, prefix: str) -> None:
    """Remove the folders in ``parent`` that this user's killed processes have left."""
    for folder in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):  # in use, or gone by now
            facts = folder.lstat()
            if stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.geteuid():
                _remove_if_unused(folder, time.time() - facts.st_mtime)


def _remove_if_unused(folder: Path, age: float) -> None:
    try:
        with (folder / LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except FileNotFoundError:
        if age > _LOCKED_BY:  # killed before it was locked: there is nothing in it
            folder.rmdir()
