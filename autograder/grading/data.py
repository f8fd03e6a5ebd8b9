"""The data sets that an assignment's given cells read: found, downloaded once, or loudly missed."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path

from traitlets.config import Config

from autograder.judge.assignment import datasets

log = logging.getLogger(__name__)

DOWNLOAD_PATIENCE = 5.0  # seconds without a single byte


def data_folder(config: Config | None = None) -> Path:
    """Return the one folder for data sets: ``c.StudentProvisioner.data``, else AUTOGRADER_DATA, else the cache."""
    configured = (config or Config()).get("StudentProvisioner", {}).get("data", "")
    return Path(configured or os.environ.get("AUTOGRADER_DATA") or "~/.cache/autograder").expanduser()


def missing_data(assignment: str, config: Config | None = None) -> tuple[str, ...]:
    """Return a sentence for each data set that is neither in the folder nor can be downloaded into it.

    The hidden tests need none of them; but a notebook's cells then ran on something else, and that must be said.
    """
    folder = data_folder(config)
    missing = [name for name, files in datasets(assignment).items() if not _is_there(folder / name / "raw", files)]
    return tuple(note for name in missing if (note := _downloaded(name, folder)))


def _is_there(folder: Path, files: Iterable[str]) -> bool:
    return all((folder / name).is_file() for name in files)


@functools.cache
def _downloaded(name: str, folder: Path) -> str:
    """Download a data set; return a sentence if that can't be done, else ""."""
    import torchvision.datasets  # takes torch along, which needs seconds

    patience = socket.getdefaulttimeout()
    try:
        socket.setdefaulttimeout(DOWNLOAD_PATIENCE)
        log.warning("Downloading %s to %s …", name, folder)
        with tempfile.TemporaryDirectory() as fresh:  # a download that fails leaves nothing behind
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                getattr(torchvision.datasets, name)(fresh, train=True, download=True)
            shutil.copytree(Path(fresh, name), folder / name, dirs_exist_ok=True)
    except Exception as error:  # no network, no space, no right to write, a damaged file …
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        note = (
            f"{name} is not in {folder} and can't be downloaded ({reason}): given cells that read it use their "
            f"built-in substitute. Put {name} there, or set AUTOGRADER_DATA. The hidden tests don't need it."
        )
        log.warning("%s", note)
        return note
    finally:
        socket.setdefaulttimeout(patience)
    return ""
