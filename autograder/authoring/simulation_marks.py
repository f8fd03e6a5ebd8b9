"""Which submissions of a course are simulated ones, and still as they were made: only these may be replaced.

The list lies in the course's own state, not beside the submissions: what a student hands in can't be on it.

    .autograder/simulated/<assignment>.json   {"format": 1, "submissions": {student: [sum of the files, …]}}
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.errors import GradingError

FORMAT = 1
_NOBODYS = (".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".gitignore")  # files that nobody hands in
_STUDENT, _ASSIGNMENT = "{student_id}", "{assignment_id}"
_NAMED = 5  # of what is in the way


class NotSimulatedError(GradingError):
    """There is something that isn't simulated where simulated submissions are to go."""


@dataclass(frozen=True)
class Places:
    """Where a course has its folders; ``{student_id}`` and ``{assignment_id}`` stand in them for the names."""

    root: Path
    released: str
    submitted: str

    @classmethod
    def usual(cls, course: Path) -> Places:
        """Return those of a course without settings of its own."""
        return cls(course, str(course / "release" / _ASSIGNMENT), str(course / "submitted" / _STUDENT / _ASSIGNMENT))

    def release(self, assignment: str) -> Path:
        """Return the folder of a released assignment."""
        return Path(self.released.replace(_ASSIGNMENT, assignment))

    def submission(self, student: str, assignment: str) -> Path:
        """Return the folder of a student's submission."""
        return Path(self.submitted.replace(_STUDENT, student).replace(_ASSIGNMENT, assignment))

    def shown(self, assignment: str) -> str:
        """Return the folder that all submissions lie in, or a pattern where there is a folder for each student."""
        path = Path(self.submitted.replace(_ASSIGNMENT, assignment)).parts
        students = next((i for i, part in enumerate(path) if _STUDENT in part), len(path))
        own = all(_is_named(part) for part in self.parts[students:])
        return str(Path(*path[:students]) if own else self.submission("*", assignment))

    @property
    def parts(self) -> tuple[str, ...]:
        """The folders of a submission's path, from the top."""
        return Path(self.submitted).parts

    @property
    def named(self) -> int:
        """How many of them are the same for all students and assignments."""
        return next((i for i, part in enumerate(self.parts) if _is_named(part)), len(self.parts))


def check(places: Places) -> None:
    """Raise NotSimulatedError where anything but simulated submissions as they were made has been handed in."""
    in_the_way = list(not_simulated(places))
    if not in_the_way:
        return
    more = f" and {len(in_the_way) - _NAMED} more" if len(in_the_way) > _NAMED else ""
    top = Path(*places.parts[: places.named])
    raise NotSimulatedError(
        f"{top} holds what `autograder simulate` has not made, or what was changed since: "
        f"{', '.join(in_the_way[:_NAMED])}{more}. Nothing was written. Simulate a class in a course of its own "
        "(--course DIR), or move these away first"
    )


def not_simulated(places: Places) -> Iterator[str]:
    """Yield what was handed in beside simulated submissions: students, or their assignments."""
    top = Path(*places.parts[: places.named])
    if top.is_dir():
        for path, names in _found(top, places.parts[places.named :], {}):
            student, assignment = names.get("student_id", ""), names.get("assignment_id", "")
            if sum_of(path) not in read(places.root, assignment).get(student, []):
                yield str(path.relative_to(top))
    elif top.exists() or top.is_symlink():
        yield top.name


def _found(folder: Path, parts: Sequence[str], names: dict[str, str]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Yield the submissions below a folder, with whose they are, and what has the place of a folder with some."""
    if not parts:
        yield folder, names
        return
    pattern = re.escape(parts[0])
    for name in ("student_id", "assignment_id"):
        here = re.escape(f"{{{name}}}")
        if name not in names:
            pattern = pattern.replace(here, f"(?P<{name}>.+)", 1)
        pattern = pattern.replace(here, re.escape(names[name]) if name in names else f"(?P={name})")
    for path in _entries(folder):
        if not (match := re.fullmatch(pattern, path.name, re.DOTALL)):
            continue
        known, rest = names | match.groupdict(), parts[1:]
        if not rest or (path.is_dir() and not path.is_symlink()):
            yield from _found(path, rest, known)
        elif all(_is_named(part) for part in rest) or os.path.lexists(path / rest[0]):
            yield path, {}  # no folder of its own: nobody simulated that


def _is_named(part: str) -> bool:
    return _STUDENT in part or _ASSIGNMENT in part


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
