"""The same simulated students in a course of this project's and in one of stock nbgrader's."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from autograder.authoring.simulate import simulate
from autograder.authoring.simulated_students import Draw, Shares
from autograder.judge.assignment import Assignment
from benchmarks import stock
from benchmarks.stock import nbgrader

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[1]
ASSIGNMENT = "linear_mnist"
ENDS_WELL = Shares(right=0.5, wrong=0.4, unfinished=0.1, faulty=0.0)  # a hang costs 30 s on either side
TUNED = "\nc.Execute.shutdown_kernel = 'immediate'\n"


def make_courses(folder: Path, students: int, of_stock: int) -> tuple[Path, Path]:
    """Make a course with ``students`` submissions, and one of stock nbgrader with the first ``of_stock`` of them.

    Return their folders.
    """
    ours, theirs = folder / "ours", folder / "stock"
    ours.mkdir(parents=True)
    release(ours)
    members = Draw(LINEAR_MNIST, 0, ENDS_WELL).members(students)
    simulate(LINEAR_MNIST, ours, members)
    theirs.mkdir()
    stock.make_course(theirs)
    stock.hand_in(theirs, ours / "submitted", [member.student for member in members[:of_stock]])
    return ours, theirs


def release(course: Path) -> None:
    """Release the assignment in a new course, without the questions that train: `benchmarks.training` is on them."""
    shutil.copytree(ROOT / "source", course / "source")
    shutil.copy(ROOT / "nbgrader_config.py", course)
    nbformat.write(stock.without_training(), course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    nbgrader(course, "generate_assignment", ASSIGNMENT)


def only(course: Path, students: int, forget: bool = True) -> None:
    """Leave the first ``students`` submissions in a course, and nothing graded; ``forget`` the evidence, too."""
    kept = course / "all"
    if not kept.exists():
        (course / "submitted").rename(kept)
    for folder in ("submitted", "autograded", *([".autograder"] if forget else [])):
        shutil.rmtree(course / folder, ignore_errors=True)
    (course / "submitted").mkdir()
    for student in sorted(kept.iterdir())[:students]:
        shutil.copytree(student, course / "submitted" / student.name)
