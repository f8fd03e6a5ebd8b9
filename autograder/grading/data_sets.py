"""The data sets that an assignment's given cells read: found, downloaded once, or loudly missed."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import shutil
import socket
import tempfile
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from traitlets.config import Config

from autograder.judge.assignment import Assignment
from autograder.judge.settings import data_folder

log = logging.getLogger(__name__)

DOWNLOAD_PATIENCE = 5.0  # seconds without a single byte
_WELL_KNOWN = ("ossci-datasets.s3.amazonaws.com", "pytorch.org")  # the first one has MNIST
# For students: what keeps the grader from having it is none of their business.
NOT_AT_HAND = (
    "{} was not at hand when this was graded: cells that read it used what takes its place, and so did training."
)


def missing_data(assignment: Assignment, config: Config | None = None) -> tuple[str, ...]:
    """Return the names of data sets that are neither in the folder nor can be downloaded into it.

    A notebook's cells, and training, then run on something else, and that must be said (``NOT_AT_HAND``). Why one is
    missing and what to do is in the log, once.
    """
    folder = data_folder(config)
    absent = [name for name, files in assignment.data_sets.items() if absent_files(folder, name, files)]
    return tuple(name for name in absent if not _is_downloaded(name, folder))


def absent_files(folder: Path, name: str, files: Iterable[str]) -> list[Path]:
    """Return which files of a data set are not in the folder for data sets."""
    paths = [folder / name / "raw" / file for file in files]
    return [path for path in paths if not path.is_file()]


@functools.cache
def _is_downloaded(name: str, folder: Path) -> bool:
    """Download a data set; return whether that could be done, and log why not."""
    patience = socket.getdefaulttimeout()
    try:
        _look_for_network()
        import torchvision.datasets  # takes torch along, which needs seconds

        socket.setdefaulttimeout(DOWNLOAD_PATIENCE)
        log.warning("Downloading %s to %s …", name, folder)
        with tempfile.TemporaryDirectory() as fresh:  # a download that fails leaves nothing behind
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                getattr(torchvision.datasets, name)(fresh, train=True, download=True)
            shutil.copytree(Path(fresh, name), folder / name, dirs_exist_ok=True)
    except Exception as error:  # no network, no space, no right to write, a damaged file …
        log.warning(
            "%s is not in %s and can't be downloaded (%s): given cells that read it use their built-in substitute. "
            "Put %s there, or set AUTOGRADER_DATA. Training uses the substitute, too; no other hidden test needs it.",
            *(name, folder, _reason(error), name),
        )
        return False
    finally:
        socket.setdefaulttimeout(patience)
    return True


def _look_for_network() -> None:
    """Raise OSError where no name of the internet can be looked up, and no proxy is there to do it."""
    if urllib.request.getproxies():
        return
    for name in _WELL_KNOWN:
        with contextlib.suppress(OSError):
            socket.getaddrinfo(name, 443)
            return
    raise OSError("no connection to the internet")


def _reason(error: Exception) -> str:
    """Return the first line of an error that says something; torchvision's begin with headings."""
    lines = [line.strip() for line in str(error).splitlines()]
    return next((line for line in lines if line and not line.endswith(":")), type(error).__name__)
