"""Whatever is killed in the middle of grading a real class, the next run ends with the gradebook of an undisturbed one.

`make faults` tries fifty.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from course import ASSIGNMENT
from kills import KINDS, kill

from autograder.authoring.simulate import simulate
from autograder.authoring.simulated_students import usual_class
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[2]
STUDENTS = ("edsger", "emmy", "hedy", "katherine")
CLASS = [member for member in usual_class(LINEAR_MNIST) if member.student in STUDENTS]
KILLS = int(os.environ.get("AUTOGRADER_KILLS", "2"))
EACH = 5  # kills between two comparisons
SEED = 20261125
TEMPORARY = tempfile.TemporaryDirectory(prefix="t-", dir="/tmp")  # with a short name: there are sockets in it


def nbgrader(course: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "nbgrader", *arguments, "--log-level=ERROR"]
    where = {"cwd": course, "env": {**os.environ, "TMPDIR": TEMPORARY.name}}
    return subprocess.Popen(command, **where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


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
    simulate(LINEAR_MNIST, tmp_path, CLASS)
    return tmp_path


def test_after_any_kill_the_next_run_ends_as_if_nothing_had_been(course: Path) -> None:
    before = shutil.copytree(course, course.parent / "before")
    graded(course)
    expected = gradebook(course), notebooks(course)
    assert len(expected[0]) == 9 * len(CLASS) and len(expected[1]) == len(CLASS)
    chance = Random(SEED)
    kinds = [KINDS[i % len(KINDS)] for i in range(KILLS)]
    chance.shuffle(kinds)
    for start in range(0, KILLS, EACH):
        disturbed = shutil.copytree(before, course.parent / "disturbed")
        waiting = kinds[start : start + EACH]
        while waiting:
            _disturb(disturbed, chance, waiting)
        graded(disturbed)
        assert gradebook(disturbed) == expected[0], kinds[: start + EACH]
        assert notebooks(disturbed) == expected[1], kinds[: start + EACH]
        assert sorted(path.name for path in (disturbed / ".autograder").iterdir()) == ["evidence"]
        assert not list(Path(TEMPORARY.name).glob("autograder-*")) + list(Path(TEMPORARY.name).glob("*.json"))
        shutil.rmtree(disturbed)


def _disturb(course: Path, chance: Random, waiting: list[str]) -> None:
    """Start grading everything anew and kill what waits to be killed, one after another, until the run ends."""
    shutil.rmtree(course / ".autograder", ignore_errors=True)
    run = nbgrader(course, "autograde", ASSIGNMENT, "--force")
    while waiting and kill(waiting[0], run.pid, chance) and waiting.pop(0) != "run":
        pass
    run.communicate(timeout=300)
