"""Which line is the student's"""

from __future__ import annotations

import linecache
import os
import re
import textwrap
import traceback
from pathlib import Path
from types import FrameType

import torch

from autograder.handed_out.selfcheck.notebook import HANDED_OUT
from autograder.handed_out.selfcheck.start import HERE

LIBRARIES = tuple(str(Path(file).resolve().parent) for file in (os.__file__, Path(torch.__file__).parent))


def is_students(file: str) -> bool:
    """Return whether a file is the student's own: a cell or a module beside the notebook."""
    ours = file == __file__ or file.startswith(("<frozen", *LIBRARIES)) or Path(file).name in (HERE.name, *HANDED_OUT)
    return not ours and "site-packages" not in file and "dist-packages" not in file


def place(file: str, line: int) -> str:
    """Return where a line of the student's stands, and the line."""
    cell = re.fullmatch(r"<(cell \d+)>", file)
    text = textwrap.shorten(linecache.getline(file, line).strip(), 200)
    return f"{f'{cell[1]}, ' if cell else ''}line {line}{f': {text}' if text else ''}"


def raised_at(error: BaseException) -> str:
    """Return the last line of the student's that the error has passed, or ""."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_students(frame.filename)]
    return place(frames[-1].filename, frames[-1].lineno or 0) if frames else ""


def busy_at(frame: FrameType | None) -> str:
    """Return the line of the student's that is running in a frame or its callers, or ""."""
    while frame is not None:
        if is_students(frame.f_code.co_filename):
            return place(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return ""
