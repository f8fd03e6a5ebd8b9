"""The data sets that an assignment's given cells read: found, downloaded once, or loudly missed."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import os
import socket
from pathlib import Path

import torchvision.datasets
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
    notes = (_missing(name, data_folder(config)) for name in datasets(assignment))
    return tuple(note for note in notes if note)


@functools.cache
def _missing(name: str, folder: Path) -> str:
    dataset = getattr(torchvision.datasets, name)
    patience = socket.getdefaulttimeout()
    try:
        try:
            dataset(str(folder), train=True, download=False)
        except RuntimeError:
            socket.setdefaulttimeout(DOWNLOAD_PATIENCE)
            log.warning("Downloading %s to %s …", name, folder)
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                dataset(str(folder), train=True, download=True)
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
