"""What lies where students hand in: each entry is a submission, or it is said why it is none and what to do."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from autograder.report.text import listed, one_line

_MARK = "\0student\0"
_OF_THE_SYSTEM = ("Thumbs.db", "desktop.ini", "__MACOSX", ".ipynb_checkpoints")
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
_WORK = (".ipynb", ".py", ".html", ".pdf", ".json")
_DEEPEST = 4  # folders below a student's in which a lost notebook is looked for


@dataclass
class Entries:
    """The entries of a folder of submissions (or of graded ones) for one assignment."""

    students: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)  # what can't be graded as it is: why, and what to do


def find_entries(course: CourseDirectory, step: str, assignment: str) -> Entries:
    """Return who has handed in ``assignment``; ``step`` is the folder, such as "submitted".

    Those are chosen that ``course.student_id`` names: a folder of exactly that name, else all that match it.
    """
    place = _Place.of(course, step, assignment)
    found, excluded = Entries(), course.student_id_exclude.split(",")
    others = _other_assignments(course, assignment)
    for name in sorted(place.names()):
        student = place.student(name)
        if student is None or student in excluded:
            continue
        try:
            is_there = place.submission(name).exists()
            reason = _unfit(name) if is_there else _left_out(place, name, others)
        except OSError as error:
            is_there, reason = False, f"it can't be opened ({error.strerror}): mend that and grade again"
        if reason:
            found.left_out[student] = reason
        elif is_there:
            found.students.append(student)
    return _chosen(found, course.student_id)


@dataclass(frozen=True)
class _Place:
    """Where students' folders lie, as the course's directory structure says."""

    folder: Path
    pattern: re.Pattern[str]  # of a folder's name
    below: tuple[str, ...]  # from there to the submission; none where the assignment's folder is above

    @classmethod
    def of(cls, course: CourseDirectory, step: str, assignment: str) -> _Place:
        parts = Path(course.format_path(step, _MARK, assignment)).parts
        at = next(i for i, part in enumerate(parts) if _MARK in part)
        before, after = map(re.escape, parts[at].split(_MARK, 1))
        return cls(Path(*parts[:at]), re.compile(f"{before}(.+){after}", re.DOTALL), parts[at + 1 :])

    def names(self) -> list[str]:
        return os.listdir(self.folder) if self.folder.is_dir() else []  # noqa: PTH208 (names may be no UTF-8)

    def student(self, name: str) -> str | None:
        if name in _OF_THE_SYSTEM or (name.startswith(".") and not (self.folder / name).is_dir()):
            return None
        match = self.pattern.fullmatch(name)
        return match[1] if match else None

    def submission(self, name: str) -> Path:
        return self.folder.joinpath(name, *self.below)


def _chosen(found: Entries, wanted: str) -> Entries:
    """Choose by existence: a folder of exactly that name, else all that match. (nbgrader strips white space.)"""
    names = [*found.students, *found.left_out]
    exact = [name for name in names if name == wanted] or [name for name in names if name.strip() == wanted]
    chosen = set(names if wanted == "*" else exact or fnmatch.filter(names, wanted))
    return Entries(
        [name for name in found.students if name in chosen],
        {name: reason for name, reason in found.left_out.items() if name in chosen},
    )


def _unfit(name: str) -> str:
    """Say why a student can't be called so: gradebook and nbgrader would not take it."""
    if any(character in name for character in "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"):
        return "the name holds a line break: rename the folder to the student's id and grade again"
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return "the name is not encoded as UTF-8: rename the folder to the student's id and grade again"
    return ""


def _left_out(place: _Place, name: str, others: set[str]) -> str:
    """Say why an entry without the assignment's folder is no submission; "" where nothing was handed in."""
    path = place.folder / name
    if not path.is_dir():
        return _no_folder(path)
    if not place.below:
        return ""
    folder = place.below[0]
    if (like := [entry.name for entry in _folders(path) if entry.name.casefold() == folder.casefold()]) and len(
        place.below
    ) == 1:
        return f"rename the folder {one_line(like[0])} to {folder} and grade again"
    lost = [str(found.relative_to(path)) for found in _notebooks(path, others)]
    if lost:
        return (
            f"there is no folder {folder} in it, but {listed(lost, 3)}: if that was handed in for {folder}, move it "
            f"into a folder {folder} there and grade again"
        )
    return ""


def _no_folder(path: Path) -> str:
    if path.suffix.lower() in _ARCHIVES:
        return "it is an archive, not a student's folder: unpack it and grade again"
    if path.suffix.lower() in _WORK:
        return "it is a file, not a student's folder: put it into a folder <student>/<assignment> and grade again"
    if path.is_symlink():
        return "it is a link that leads nowhere: mend or remove it and grade again"
    return ""


def _folders(path: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(path) as entries:
            yield from [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return


def _notebooks(path: Path, others: set[str], depth: int = 0) -> Iterator[Path]:
    """Yield notebooks that lie in no folder of another assignment."""
    try:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if depth < _DEEPEST and entry.name not in (*_OF_THE_SYSTEM, *(others if depth == 0 else ())):
                yield from _notebooks(path / entry.name, others, depth + 1)
        elif entry.name.lower().endswith(".ipynb") and not entry.name.startswith("."):
            yield path / entry.name


def _other_assignments(course: CourseDirectory, assignment: str) -> set[str]:
    """Return the names of the course's other assignments."""
    mark = "\0assignment\0"
    names: set[str] = set()
    for step in (course.source_directory, course.release_directory):
        parts = Path(course.format_path(step, ".", mark)).parts
        at = next((i for i, part in enumerate(parts) if part == mark), None)
        if at is not None:
            names |= {entry.name for entry in _folders(Path(*parts[:at]))}
    return names - {assignment}
