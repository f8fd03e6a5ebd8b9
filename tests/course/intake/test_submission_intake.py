"""The clean copy of a submission, and what of it the judge gets: the student's work, all of it and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course import NOTEBOOK, Course

from autograder.course.intake.file_copies import FileLimits
from autograder.course.intake.student_tasks import task_of
from autograder.course.intake.submission_intake import IntakeLimits, take_in
from autograder.course.notebooks.typed_nbformat import read_back
from autograder.grading.judging_task import unpack
from autograder.judge.assignment import Assignment

LIMITS = IntakeLimits(FileLimits(ignore=("*.bin",)))


@pytest.fixture(scope="module")
def course(generated: Path) -> Course:
    return Course(generated)


@pytest.fixture
def folder(course: Course, tmp_path: Path) -> Path:
    found = tmp_path / "submitted"
    found.mkdir()
    (found / NOTEBOOK).write_text(json.dumps(course.right()))
    for name in ("helper.py", "old.IPYNB", "weights.bin"):
        (found / name).write_text(name)
    return found


def taken_in(course: Course, folder: Path) -> tuple[Path, Any]:
    staged = folder.parent / "staged"
    take_in(folder, staged, {NOTEBOOK: course.release}, LIMITS)
    return staged, read_back(staged / NOTEBOOK).metadata.autograder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_copy_holds_the_notebook_and_the_files_it_needs(course: Course, folder: Path) -> None:
    (folder.parent / "staged").mkdir()
    (folder.parent / "staged" / "left.py").write_text("of a run before")
    staged, _ = taken_in(course, folder)
    assert names(staged) == ["helper.py", NOTEBOOK]


def test_why_the_time_of_submission_is_not_known_is_told_apart_from_other_notes(course: Course, folder: Path) -> None:
    assert taken_in(course, folder)[1].time_notes == []
    (folder / "timestamp.txt").write_text("at noon")
    (folder / "device").symlink_to("/dev/null")
    _, facts = taken_in(course, folder)
    assert len(facts.notes) > len(facts.time_notes) == 1
    assert "can't be read" in facts.time_notes[0] and facts.time_notes[0] in facts.notes


def test_the_time_of_submission_is_no_part_of_the_work(course: Course, folder: Path) -> None:
    _, before = taken_in(course, folder)
    (folder / "timestamp.txt").write_text("2026-11-02 10:00:00 +0100")
    (folder / "weights.bin").write_text("ignored")
    staged, after = taken_in(course, folder)
    assert (staged / "timestamp.txt").read_text() == "2026-11-02 09:00:00 UTC\n"
    assert after.submission == before.submission
    for name in ("helper.py", "old.IPYNB", NOTEBOOK):
        (folder / name).write_text((folder / name).read_text() + " ")
        _, changed = taken_in(course, folder)
        assert changed.submission != after.submission
        after = changed


def test_the_judge_gets_the_students_files_and_what_was_handed_out(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("helper.py", "data/a.csv", "timestamp.txt", "data/timestamp.txt", NOTEBOOK, "old.IPYNB", "check.py"):
        (tmp_path / name).write_text(f"the student's {name}")
    given = tmp_path.parent / f"{tmp_path.name}-given"
    given.write_text("handed out")
    notebook = nbformat.v4.new_notebook()
    task = task_of(
        notebook, "ann", Assignment.find("linear_mnist"), "one", tmp_path, {"check.py": given, "more.py": given}
    )
    assert (task.student, task.assignment, task.title) == ("ann", "linear_mnist", "one")
    (tmp_path / "out").mkdir()
    unpack(task.files, tmp_path / "out")
    found = {str(path.relative_to(tmp_path / "out")): path.read_text() for path in (tmp_path / "out").rglob("*.*")}
    assert found == {
        "helper.py": "the student's helper.py", "data/a.csv": "the student's data/a.csv",
        "data/timestamp.txt": "the student's data/timestamp.txt", "check.py": "handed out", "more.py": "handed out",
    }  # fmt: skip


def test_one_of_two_notebooks_is_not_taken_for_the_other(course: Course, folder: Path) -> None:
    release = dict.fromkeys(("one.ipynb", "two.ipynb"), course.release)
    staged = folder.parent / "staged"
    (folder / "old.IPYNB").unlink()
    (folder / "sub").mkdir()
    (folder / NOTEBOOK).rename(folder / "sub" / "One.ipynb")
    (folder / "sub" / "helper.py").write_text("the one beside it")
    take_in(folder, staged, release, LIMITS)
    states = [read_back(staged / name).metadata.autograder.state for name in release]
    assert states == ["readable", "unreadable"]
    assert (staged / "helper.py").read_text() == "the one beside it"
    assert names(staged) == ["helper.py", "one.ipynb", "two.ipynb"]
