"""Which submissions are to be graded: as nbgrader decides, and those that could not be judged the last time."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from autograder.course.files import digest, regular_files
from autograder.course.results import graded_facts, is_finished
from autograder.course.timestamps import TIMESTAMP, read_timestamp

UNNOTICED = (
    "the submission has changed since it was graded, its time of submission has not: nbgrader goes by that alone, and "
    "the old grade stands"
)


def is_due(submitted: Path, graded: Path, names: list[str]) -> bool:
    """Return whether a submission is to be graded: it never was, not to the end, or has a later time of submission."""
    if not is_finished(graded, names):
        return True
    old, new = _time_of(graded), _time_of(submitted)
    return old is not None and new is not None and new > old


def has_changed_unnoticed(submitted: Path, graded: Path, names: list[str], ignore: tuple[str, ...]) -> bool:
    """Return whether other files were graded than those that are there now."""
    try:
        files, _ = regular_files(submitted, ignore)
    except OSError:
        return False  # what can't be read is heard of when it is graded
    now = digest(submitted, [path for path in files if str(path) != TIMESTAMP])
    return any(fact.get("submission", now) != now for fact in graded_facts(graded, names))


def _time_of(folder: Path) -> datetime | None:
    try:
        return read_timestamp(folder / TIMESTAMP)
    except ValueError:  # there is none, or none that can be read
        return None
