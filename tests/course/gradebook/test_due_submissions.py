"""Who is graded again: each thing a grade follows from is asked for, and nothing else."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autograder.course.gradebook import due_submissions
from autograder.course.gradebook.due_submissions import Places, Today, due_students, has_changed, why_due
from autograder.course.gradebook.gradebook_snapshot import Held, HeldGrade, HeldSubmission
from autograder.course.intake.file_copies import digest
from autograder.course.intake.submission_intake import State
from autograder.grading.evidence_key import Basis

NAME, TIME = "one.ipynb", datetime(2026, 11, 2, 10)
BASIS = Basis({"a": "1", "b": "1"}, "grader", "settings", {"torch": "2"}, "MNIST", "cpu")
GRADE = HeldGrade(3.0, None, None, False, 4.0, by_hand=False)
SUBMISSION = HeldSubmission({"one": {"test_a": GRADE}}, {"one": 1.5}, TIME, TIME - timedelta(hours=1), 4.0)
HELD = Held({"one": {"test_a": 4.0}}, {"ann": SUBMISSION})
TODAY = Today({NAME: "sum"}, HELD, BASIS, "rule")
FACTS = {
    "fault": "", "state": "readable", "handed_out": "sum", "judged_by": asdict(BASIS), "cells": {"test_a": 3.0},
    "late": {"seconds": 3600.0, "penalty": 1.5, "rule": "rule"}, "scores": [],
}  # fmt: skip


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(tmp_path / "submitted", tmp_path / "graded")
    for folder in (found.submitted, found.graded):
        folder.mkdir()
        (folder / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    (found.submitted / "work.py").write_text("x = 1")
    return found


def why(places: Places, today: Today = TODAY, **facts: Any) -> str:
    return why_due("ann", places, {NAME: FACTS | facts}, today)


def held(**changes: Any) -> Today:
    return replace(TODAY, held=replace(HELD, submissions={"ann": replace(SUBMISSION, **changes)}))


def of_cell(**changes: Any) -> Today:
    return held(notebooks={"one": {"test_a": replace(GRADE, **changes)}})


def test_what_is_as_it_would_be_today_is_left_alone(places: Places) -> None:
    assert why(places) == ""
    assert why(places, of_cell(manual=1.0, extra=2.0, needs_manual=True)) == ""  # a human's
    assert why(places, of_cell(auto=3.0 + 1e-8)) == ""
    assert why(places, cells=None) == ""
    assert why(places, late=None) == ""  # the course has its own steps
    assert why(places, replace(TODAY, basis=None), judged_by={}) == ""
    assert why(places, replace(TODAY, basis=replace(BASIS, libraries={}, data="digits", device="cuda"))) == ""


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        (due_submissions.UNFINISHED, {"fault": "no memory"}),
        (due_submissions.NOT_HELD, {"cells": {"test_a": 2.0}}),
        (due_submissions.NOT_HELD, {"cells": {"test_a": 3.0, "test_b": 0.0}}),
        (due_submissions.NOT_HELD, {"cells": {"test_a": None}}),
        (due_submissions.RELEASED_ANEW, {"handed_out": "another"}),
        ("they were graded by an earlier autograder", {"judged_by": None}),
        ("they were graded by an earlier autograder", {"judged_by": {"tests": None}}),
        ("the hidden tests of a have changed", {"judged_by": asdict(replace(BASIS, tests={"a": "0", "b": "1"}))}),
        ("limits or the sandbox have changed", {"judged_by": asdict(replace(BASIS, settings="0"))}),
        ("autograder itself has changed", {"judged_by": asdict(replace(BASIS, grader="0"))}),
        (due_submissions.LATENESS, {"late": {"seconds": 3600.0, "penalty": 1.0, "rule": "rule"}}),
        (due_submissions.LATENESS, {"late": {"seconds": 3600.0, "penalty": None, "rule": "rule"}}),
        (due_submissions.LATENESS, {"late": {"seconds": 3599.0, "penalty": 1.5, "rule": "rule"}}),
        (due_submissions.LATENESS, {"late": {"seconds": 3600.0, "penalty": 1.5, "rule": "another"}}),
    ],
)
def test_what_a_copy_says_is_compared_with_today(places: Places, reason: str, facts: dict[str, Any]) -> None:
    assert why(places, **facts) == reason


@pytest.mark.parametrize(
    ("reason", "today"),
    [
        (due_submissions.NOT_HELD, replace(TODAY, held=Held(HELD.worth, {}))),
        (due_submissions.NOT_HELD, replace(TODAY, held=replace(HELD, worth={"one": {"test_a": 4.0, "text": 1.0}}))),
        (due_submissions.NOT_HELD, of_cell(auto=None)),
        (due_submissions.NOT_HELD, of_cell(auto=3.001)),
        (due_submissions.NOT_HELD, held(notebooks={})),
        (due_submissions.LATENESS, held(penalties={"one": 0.5})),
        (due_submissions.LATENESS, held(penalties={})),
        (due_submissions.LATENESS, held(timestamp=TIME + timedelta(seconds=1))),
        (due_submissions.LATENESS, held(duedate=None)),
        (due_submissions.UNFINISHED, replace(TODAY, handed_out={NAME: "sum", "two.ipynb": "sum"})),
    ],
)
def test_what_is_there_today_is_compared_with_the_copy(places: Places, reason: str, today: Today) -> None:
    assert why(places, today) == reason


def test_another_rule_is_none_for_work_in_time(places: Places) -> None:
    in_time = held(duedate=TIME, penalties={"one": None})
    assert why(places, in_time, late={"seconds": 0.0, "penalty": 0.0, "rule": "another"}) == ""


def test_what_could_not_be_read_is_judged_by_no_test(places: Places) -> None:
    changed = replace(BASIS, tests={"a": "0"}, settings="0")
    unreadable = {"state": "unreadable", "cells": {"test_a": 3.0}}
    assert why(places, replace(TODAY, basis=changed), **unreadable) == ""
    assert (
        why(places, replace(TODAY, basis=replace(BASIS, grader="0")), **unreadable) == "autograder itself has changed"
    )


@pytest.mark.parametrize(
    ("now", "then", "reason"),
    [
        ("10:00:01", "10:00:00", due_submissions.HANDED_IN_AGAIN),
        ("09:59:59", "10:00:00", due_submissions.HANDED_IN_AGAIN),
        ("10:00:00", None, due_submissions.HANDED_IN_AGAIN),
        (None, "10:00:00", ""),  # as nbgrader has it
        (None, None, ""),
    ],
)
def test_another_time_of_submission_is_another_submission(
    places: Places, now: str | None, then: str | None, reason: str
) -> None:
    for folder, time in ((places.submitted, now), (places.graded, then)):
        (folder / "timestamp.txt").write_text(f"2026-11-02 {time} UTC" if time else "")
    assert why(places) == reason


@pytest.mark.parametrize(
    ("reason", "facts"),
    [
        (due_submissions.RELEASED_ANEW, {"handed_out": "another"}),
        (due_submissions.NOT_HELD, {"cells": {"test_a": 2.0}}),
        (due_submissions.LATENESS, {"late": {"seconds": 3600.0, "penalty": 1.0, "rule": "rule"}}),
        (due_submissions.UNFINISHED, {"fault": "no memory"}),
    ],
)
@pytest.mark.parametrize("other", [NAME, "two.ipynb"])
def test_one_of_two_notebooks_is_enough(places: Places, reason: str, facts: dict[str, Any], other: str) -> None:
    two = {"notebooks": {title: {"test_a": GRADE} for title in ("one", "two")}, "penalties": {"one": 1.5, "two": 1.5}}
    today = replace(held(**two), handed_out={NAME: "sum", "two.ipynb": "sum"})
    found = {name: FACTS | (facts if name == other else {}) for name in today.handed_out}
    assert why_due("ann", places, found, today) == reason


def test_without_a_copy_it_is_new(places: Places) -> None:
    assert why_due("ann", places, {}, TODAY) == due_submissions.UNFINISHED
    (places.graded / "timestamp.txt").unlink()
    places.graded.rmdir()
    assert why_due("ann", places, {}, TODAY) == due_submissions.NEW


def test_other_files_are_a_change_and_the_time_or_what_is_ignored_is_none(places: Places) -> None:
    facts = {NAME: {"submission": digest(places.submitted, [Path("work.py")])}}
    (places.submitted / "junk.bin").write_text("x")
    assert not has_changed(places.submitted, facts, ("*.bin",))
    assert has_changed(places.submitted, facts, ())
    (places.submitted / "work.py").write_text("x = 2")
    assert has_changed(places.submitted, facts, ("*.bin",))
    assert not has_changed(places.submitted, {NAME: {}}, ())
    assert not has_changed(places.submitted, {}, ())
    assert not has_changed(places.submitted / "gone", facts, ())


@pytest.fixture
def said(places: Places, caplog: pytest.LogCaptureFixture) -> Any:
    """Who of ann alone is due, and the warnings, for a graded copy with these facts."""

    def ask(today: Today = TODAY, **facts: Any) -> tuple[list[str], list[str]]:
        whole = FACTS | {"submission": digest(places.submitted, [Path("work.py")])} | facts
        (places.graded / NAME).write_text(json.dumps({"metadata": {"autograder": whole}}))
        caplog.clear()
        found = due_students({"ann": places}, today, (), "grade --force", logging.getLogger("due"))
        return found, [record.message for record in caplog.records if record.levelno >= logging.WARNING]

    return ask


def test_new_work_under_an_old_time_is_told_and_left(said: Any) -> None:
    assert said() == ([], [])
    found, log = said(submission="another")
    assert found == [] and log[0].endswith("To grade the new work: grade --force --student=ann")


@pytest.mark.parametrize("state", [State.UNREADABLE, State.NOTHING])
def test_what_was_put_right_is_graded(said: Any, state: State) -> None:
    assert said(state=state.value) == ([], [])
    found, log = said(state=state.value, submission="another")
    assert found == ["ann"] and log[-1] == f"To be graded again: 1 (ann): {due_submissions.PUT_RIGHT}"


def test_what_changed_for_everybody_is_told_first(said: Any) -> None:
    log = said(state="unreadable", submission="another", handed_out="x")[1]
    assert log[-1] == f"To be graded again: 1 (ann): {due_submissions.RELEASED_ANEW}"


def test_why_it_is_graded_again_is_told_unless_it_is_plain(said: Any) -> None:
    assert said(handed_out="x") == (["ann"], [f"To be graded again: 1 (ann): {due_submissions.RELEASED_ANEW}"])
    assert said(fault="no memory") == (["ann"], [])
    both = said(handed_out="x", submission="another")[1]
    assert both[0] == "ann: the submission has changed since it was graded: this is graded now" and len(both) == 2


def test_other_versions_are_told_with_the_command_and_nothing_is_graded(said: Any) -> None:
    newer = replace(TODAY, basis=replace(BASIS, libraries={"torch": "3"}))
    found, (line,) = said(newer)
    assert found == [] and "(torch 2 → 3): 1 (ann). These grades stand" in line and line.endswith("--student=ann")
    assert said(newer, state="unreadable") == ([], [])
