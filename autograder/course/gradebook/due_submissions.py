"""Which submissions are to be graded: as nbgrader decides, and all whose grades are not what they would be today."""

from __future__ import annotations

import dataclasses
import logging
import math
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course.gradebook.class_results import facts_by_notebook, is_finished
from autograder.course.gradebook.gradebook_snapshot import Held, HeldSubmission
from autograder.course.intake.file_copies import digest, regular_files
from autograder.course.intake.submission_intake import State
from autograder.course.intake.submission_time import TIMESTAMP, read_timestamp
from autograder.grading.evidence_key import Basis
from autograder.report.text import listed, one_line

UNNOTICED = (
    "the submission has changed since it was graded, its time of submission has not: nbgrader goes by that alone, and "
    "the old grade stands"
)
NEW, UNFINISHED, HANDED_IN_AGAIN = "not graded yet", "not judged to the end the last time", "handed in again"
PUT_RIGHT = "something could not be read or was missing, and the submission has changed since"
NOT_HELD = "the gradebook doesn't hold the scores that they were given"
RELEASED_ANEW = "the assignment has been released anew, with other cells, points or files"
LATENESS = "the due date, the time of submission or the rule for late penalties is another now"
_USUAL = (NEW, UNFINISHED, HANDED_IN_AGAIN)  # goes without saying
_TOLERANCE = 1e-6  # relative: some databases keep penalties in single precision


@dataclass(frozen=True)
class Today:
    """What graded copies are compared with: all that grades follow from, as it is now."""

    handed_out: Mapping[str, str]  # by the released notebook's file name: ``release.sum_of``
    held: Held
    basis: Basis | None  # None: there are no hidden tests
    rule: str  # of late penalties: ``late.rule``


@dataclass(frozen=True)
class Places:
    """Where a student's work lies."""

    submitted: Path
    graded: Path


def due_students(
    students: Mapping[str, Places], today: Today, ignore: tuple[str, ...], again: str, log: logging.Logger
) -> list[str]:
    """Return the students to be graded, and log why it is done again, and which grades may be out of date.

    ``ignore`` are globs of files that are no part of submissions, ``again`` the command that grades all again.
    """
    reasons: dict[str, list[str]] = {}
    versions: dict[str, list[str]] = {}
    for student, places in students.items():
        facts = facts_by_notebook(places.graded, list(today.handed_out))
        reason = why_due(student, places, facts, today)
        changed = reason not in (NEW, HANDED_IN_AGAIN) and has_changed(places.submitted, facts, ignore)
        if changed and not reason and any(fact.get("state") != State.READABLE for fact in facts.values()):
            reason = PUT_RIGHT
        if reason:
            reasons.setdefault(reason, []).append(student)
            if changed:
                log.warning("%s: the submission has changed since it was graded: this is graded now", one_line(student))
            continue
        log.info("Skipping existing assignment: %s", places.graded)
        if changed:
            step = f"{again} --student={shlex.quote(one_line(student))}"
            log.warning("%s: %s. To grade the new work: %s", one_line(student), UNNOTICED, step)
        for version in _other_versions(facts, today):
            versions.setdefault(version, []).append(student)
    for reason, concerned in reasons.items():
        if reason not in _USUAL:
            log.warning("To be graded again: %s: %s", _named(concerned), reason)
    if versions:
        concerned = list(dict.fromkeys(student for found in versions.values() for student in found))
        text = "Judged by other versions or on other data (%s): %s. These grades stand; to judge anew: %s"
        step = again if len(concerned) > 1 else f"{again} --student={shlex.quote(one_line(concerned[0]))}"
        log.warning(text, ", ".join(versions), _named(concerned), step)
    due = {student for found in reasons.values() for student in found}
    return [student for student in students if student in due]


def why_due(student: str, places: Places, facts: Mapping[str, Mapping[str, Any]], today: Today) -> str:
    """Return why a submission is to be graded, "" if it isn't; ``facts`` are those of its graded copy, by notebook."""
    if not is_finished(list(today.handed_out), facts):
        return UNFINISHED if places.graded.exists() else NEW
    new = _time_of(places.submitted)
    if new is not None and new != _time_of(places.graded):
        return HANDED_IN_AGAIN
    submission = today.held.submissions.get(student)
    if submission is None or not all(_is_held(name, fact, submission, today.held) for name, fact in facts.items()):
        return NOT_HELD
    if changes := list(dict.fromkeys(text for fact in facts.values() for text in _changes(fact, today.basis))):
        return ", ".join(changes)
    if any(fact.get("handed_out") != today.handed_out[name] for name, fact in facts.items()):
        return RELEASED_ANEW
    if any(_is_another_lateness(name, fact, submission, today.rule) for name, fact in facts.items()):
        return LATENESS
    return ""


def has_changed(submitted: Path, facts: Mapping[str, Mapping[str, Any]], ignore: tuple[str, ...]) -> bool:
    """Return whether other files were graded than those that are there now."""
    if not facts:
        return False
    try:
        files, _ = regular_files(submitted, ignore)
    except OSError:
        return False  # what can't be read is heard of when it is graded
    now = digest(submitted, [path for path in files if str(path) != TIMESTAMP])
    return any(fact.get("submission", now) != now for fact in facts.values())


def _is_held(name: str, fact: Mapping[str, Any], submission: HeldSubmission, held: Held) -> bool:
    """Whether the gradebook has a row for each cell of a notebook, with the scores that the judge gave."""
    title = Path(name).stem
    grades = submission.notebooks.get(title, {})
    if held.worth.get(title, {}).keys() - grades.keys():
        return False
    given = fact.get("cells")
    if not isinstance(given, dict):
        return True  # graded by an earlier autograder: that is a reason of its own
    return all(name in grades and _same(grades[name].auto, score) for name, score in given.items())


def _changes(fact: Mapping[str, Any], basis: Basis | None) -> Iterator[str]:
    """Yield what of the judging has changed. What could not be read is judged by no hidden test."""
    before = fact.get("judged_by")
    if basis is None:
        return
    if not isinstance(before, dict) or not isinstance(before.get("tests"), dict):
        yield "they were graded by an earlier autograder"
    elif fact.get("state") == State.READABLE:
        yield from basis.changes(before)
    else:
        now = dataclasses.replace(basis, tests=before["tests"], settings=str(before.get("settings")))
        yield from now.changes(before)


def _other_versions(facts: Mapping[str, Mapping[str, Any]], today: Today) -> Iterator[str]:
    for fact in facts.values():
        if today.basis is not None and fact.get("state") == State.READABLE:
            yield from today.basis.other_versions(fact["judged_by"])


def _is_another_lateness(name: str, fact: Mapping[str, Any], submission: HeldSubmission, rule: str) -> bool:
    """Whether the late penalty in the gradebook is not the one that was given, or would be another now."""
    late = fact.get("late")
    if not isinstance(late, dict):  # the course's own steps assign penalties
        return False
    if not _same(submission.penalties.get(Path(name).stem) or 0.0, late.get("penalty") or 0.0):
        return True
    if not _same(submission.seconds_late, late.get("seconds")):
        return True
    return submission.seconds_late > 0 and late.get("rule") != rule


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_TOLERANCE)


def _named(students: list[str]) -> str:
    return f"{len(students)} ({listed([one_line(student) for student in students])})"


def _time_of(folder: Path) -> datetime | None:
    try:
        return read_timestamp(folder / TIMESTAMP)
    except ValueError:  # there is none, or none that can be read
        return None
