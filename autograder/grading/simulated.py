"""Which submissions of a course are simulated ones, and still as they were made: only these may be replaced.

The list lies in the course's own state, not beside the submissions: what a student hands in can't be on it.

    .autograder/simulated/<assignment>.json   {"format": 1, "submissions": {student: [sum of the files, …]}}
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.grading.errors import GradingError

FORMAT = 1
_NOBODYS = (".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".gitignore")  # files that nobody hands in
_NAMED = 5  # of what is in the way


class NotSimulatedError(GradingError):
    """There is something that isn't simulated where simulated submissions are to go."""


def check(course: Path) -> None:
    """Raise NotSimulatedError where ``submitted`` holds anything but simulated submissions as they were made."""
    in_the_way = list(not_simulated(course))
    if not in_the_way:
        return
    more = f" and {len(in_the_way) - _NAMED} more" if len(in_the_way) > _NAMED else ""
    raise NotSimulatedError(
        f"{course / 'submitted'} holds what `autograder simulate` has not made, or what was changed since: "
        f"{', '.join(in_the_way[:_NAMED])}{more}. Nothing was written. Simulate a class in a course of its own "
        "(--course DIR), or move these away first"
    )


def not_simulated(course: Path) -> Iterator[str]:
    """Yield what there is in ``submitted`` beside simulated submissions: students, or their assignments."""
    submitted = course / "submitted"
    if not submitted.is_dir():
        if submitted.exists() or submitted.is_symlink():
            yield submitted.name
        return
    known: dict[str, dict[str, list[str]]] = {}
    for student in _entries(submitted):
        if student.is_symlink() or not student.is_dir():
            yield student.name
            continue
        for folder in _entries(student):
            made = known.setdefault(folder.name, read(course, folder.name))
            if sum_of(folder) not in made.get(student.name, []):
                yield f"{student.name}/{folder.name}"


def read(course: Path, assignment: str) -> dict[str, list[str]]:
    """Return the sums of an assignment's simulated submissions, by student; none of a list that can't be read."""
    try:
        raw = json.loads(_path(course, assignment).read_text(encoding="utf-8"))
        return {str(student): [str(one) for one in sums] for student, sums in raw["submissions"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write(course: Path, assignment: str, made: Mapping[str, list[str]]) -> None:
    """Keep the list, whole or not at all."""
    path = _path(course, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({"format": FORMAT, "submissions": made}, indent=1), encoding="utf-8")
    unfinished.replace(path)


def sum_of(folder: Path) -> str:
    """Return a sum of the names and contents of a submission's files, "" where there is anything but files."""
    whole = hashlib.sha256()
    if folder.is_symlink() or not folder.is_dir():
        return ""
    for here, folders, names in os.walk(folder):
        folders.sort()
        if any(Path(here, name).is_symlink() for name in folders):
            return ""
        for name in sorted(set(names) - set(_NOBODYS)):
            path = Path(here, name)
            if not stat.S_ISREG(path.lstat().st_mode):
                return ""
            whole.update(os.fsencode(path.relative_to(folder)) + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _entries(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.name not in _NOBODYS]


def _path(course: Path, assignment: str) -> Path:
    return course / ".autograder" / "simulated" / f"{assignment}.json"
