"""Whatever is killed in the middle of grading a real class, the next run ends with the gradebook of an undisturbed one.

A few kills here; `make faults` tries fifty.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from course import ASSIGNMENT
from kills import kill_one

from autograder.grading.members import TWELVE
from autograder.grading.simulate import simulate

ROOT = Path(__file__).parents[2]
STUDENTS = ("ada", "carl", "edsger", "emmy", "hedy", "katherine", "sofia")
CLASS = [member for member in TWELVE if member.student in STUDENTS]
KILLS = int(os.environ.get("AUTOGRADER_KILLS", "5"))
EACH = 5  # kills between two comparisons
SEED = 20261125


def nbgrader(course: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "nbgrader", *arguments, "--log-level=ERROR"]
    return subprocess.Popen(command, cwd=course, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(run: subprocess.Popen[str]) -> None:
    printed, _ = run.communicate(timeout=300)
    assert run.returncode == 0, printed


def graded(course: Path) -> None:
    """Grade what is not graded yet, undisturbed."""
    finish(nbgrader(course, "autograde", ASSIGNMENT))


def gradebook(course: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(course / "gradebook.db")) as database:
        return database.execute(
            "select submitted_assignment.student_id, base_cell.name, auto_score, manual_score, needs_manual_grade"
            " from grade join base_cell on grade.cell_id = base_cell.id"
            " join submitted_notebook on grade.notebook_id = submitted_notebook.id"
            " join submitted_assignment on submitted_notebook.assignment_id = submitted_assignment.id order by 1, 2"
        ).fetchall()


def notebooks(course: Path) -> dict[str, bytes]:
    return {str(path.relative_to(course)): path.read_bytes() for path in course.glob("autograded/*/*/*.ipynb")}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "source", tmp_path / "source")
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    finish(nbgrader(tmp_path, "generate_assignment", ASSIGNMENT))
    simulate(ASSIGNMENT, tmp_path, CLASS)
    return tmp_path


def test_after_any_kill_the_next_run_ends_as_if_nothing_had_been(course: Path) -> None:
    before = shutil.copytree(course, course.parent / "before")
    graded(course)
    expected = gradebook(course), notebooks(course)
    assert len(expected[0]) == 6 * len(CLASS) and len(expected[1]) == len(CLASS)
    chance, killed = Random(SEED), Counter[str]()
    while killed.total() < KILLS:
        disturbed = shutil.copytree(before, course.parent / "disturbed")
        goal = min(killed.total() + EACH, KILLS)
        while killed.total() < goal:
            _disturb(disturbed, chance, killed, goal)
        graded(disturbed)
        assert gradebook(disturbed) == expected[0], f"after {killed}"
        assert notebooks(disturbed) == expected[1], f"after {killed}"
        assert sorted(path.name for path in (disturbed / ".autograder").iterdir()) == ["evidence"]
        shutil.rmtree(disturbed)
    print(dict(killed))


def _disturb(course: Path, chance: Random, killed: Counter[str], goal: int) -> None:
    """Start grading everything anew and kill things until it ends or has ended."""
    shutil.rmtree(course / ".autograder", ignore_errors=True)
    run = nbgrader(course, "autograde", ASSIGNMENT, "--force")
    while killed.total() < goal and (kind := kill_one(run, chance)):
        killed[kind] += 1
    run.communicate(timeout=300)
