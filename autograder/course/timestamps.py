"""The time of submission, as far as it can be read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.course.wording import quoted

TIMESTAMP = "timestamp.txt"
TIME_OF_SUBMISSION = "The time of submission"  # how notes about it begin
_LONGEST = 100  # characters


def read_timestamp(path: Path) -> datetime | None:
    """Return the time (UTC, naive) in ``path``, None when the file is empty. Raises ValueError when it holds none."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_LONGEST + 1).strip()
        found = parse_utc(text) if text else None
    except (OSError, OverflowError, TypeError) as error:
        raise ValueError(str(error)) from error
    return found if isinstance(found, datetime) else None


def copy_timestamp(source: Path, target: Path) -> list[str]:
    """Copy a readable timestamp; return a note on one that isn't: it must not keep the work from being graded."""
    try:
        found = read_timestamp(source)
    except ValueError as error:
        return [f"{TIME_OF_SUBMISSION} can't be read ({quoted(error)}); the work is not treated as late."]
    if found is not None:
        target.write_text(f"{found} UTC\n", encoding="utf-8")
    return []
