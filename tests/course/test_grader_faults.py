"""The grader's own failures: never points, never an old score, never another student's trouble."""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from course import ASSIGNMENT, Course
from faults import ALL

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12

# What the judge does at the first question, and what the log says of it.
ONE_QUESTION = {
    "judge forgets": "The judge gave no result for this question",
    "nan": "The judge's points (nan of 4.0) don't fit",
    "too many": "The judge's points (5.0 of 4.0) don't fit",
    "negative": "The judge's points (-1.0 of 4.0) don't fit",
    "not judged": "The tests took too long",
}
LOCKED_OUT = "locked out"  # all right, but another program takes the gradebook when their turn comes
BEHIND_THE_LOCK = "locked out, too"  # next in line
WHOLE_NOTEBOOK = {
    "judge raises": "The grader failed (RuntimeError: the hidden tests can't be imported)",
    "judge exits": "The grader failed (SystemExit: 3)",
    "judge dies": "The process that judged this ended over it, each time",
    LOCKED_OUT: "the gradebook can't be used (database is locked): wait until",
    BEHIND_THE_LOCK: "the gradebook can't be used (database is locked): wait until",
}


def answering(course: Course, answer: str) -> dict[str, Any]:
    notebook = copy.deepcopy(course.right())
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "ce_loss")
    cell["source"] = f"def CE_loss():\n    return {answer!r}"
    return notebook


class OtherProgram:
    """Holds an exclusive lock on the gradebook for a while."""

    def __init__(self, course: Course) -> None:
        self.path = course.root / "gradebook.db"
        self.locks: list[sqlite3.Connection] = []

    def lock(self, notebook: str) -> None:
        if f"/{LOCKED_OUT}/" in notebook:
            self.locks.append(sqlite3.connect(self.path))
            self.locks[-1].execute("BEGIN EXCLUSIVE")

    def release(self, line: str) -> None:
        if line.startswith(f"{BEHIND_THE_LOCK}: old scores may still be"):  # only the end of the run can record it now
            while self.locks:
                self.locks.pop().close()


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], Course]) -> Course:
    """Everyone has been graded once, all right; a human has changed two scores; then the judge goes astray."""
    course = new_course()
    students = ["a", *ONE_QUESTION, *WHOLE_NOTEBOOK, "z"]
    for student in students:
        course.hand_in(student)
    assert course.autograde() == 0
    with course.gradebook() as gradebook:
        for student in ("a", "nan"):
            grade = gradebook.find_grade("test_ce_loss", ASSIGNMENT, ASSIGNMENT, student)
            grade.manual_score = 1.5
        gradebook.db.commit()
    for student in (*ONE_QUESTION, *WHOLE_NOTEBOOK):
        course.hand_in(student, answering(course, "right" if student.startswith(LOCKED_OUT) else student))
    course.before = course.submitted_hashes()
    other = OtherProgram(course)
    course.on_log = other.release
    settings = {"database_timeout": 0.1, "pre_convert_hook": lambda **turn: other.lock(turn["notebooks"][0])}
    course.status = course.autograde("--force", JudgedAutograde=settings)
    return course


@pytest.mark.parametrize("student", ONE_QUESTION)
def test_a_question_without_a_verdict_has_no_score_and_waits(graded: Course, student: str) -> None:
    assert graded.scores(student) == ALL | {"test_ce_loss": None}
    assert graded.grade(student, "test_ce_loss")[2] is True
    assert any(line.startswith(f"{student}: linear_mnist.ipynb: ce_loss: could not") for line in graded.log)
    assert ONE_QUESTION[student] in "\n".join(graded.log)


@pytest.mark.parametrize("student", WHOLE_NOTEBOOK)
def test_a_notebook_without_a_verdict_has_no_scores_not_even_old_ones(graded: Course, student: str) -> None:
    assert graded.scores(student) == dict.fromkeys(ALL)
    assert all(graded.grade(student, name)[2] for name in ALL)
    assert any(line.startswith(f"{student}: ") and WHOLE_NOTEBOOK[student] in line for line in graded.log)


@pytest.mark.parametrize("student", ["a", "z"])
def test_the_others_have_what_they_earned(graded: Course, student: str) -> None:
    assert graded.scores(student) == ALL


def test_the_run_says_that_it_failed(graded: Course) -> None:
    assert graded.status == 1
    assert "could not judge 10 of 12 students" in graded.log[-1]


def test_a_score_given_by_a_human_stays(graded: Course) -> None:
    assert graded.grade("a", "test_ce_loss") == (4.0, 1.5, True)
    assert graded.grade("nan", "test_ce_loss") == (None, 1.5, True)


@pytest.mark.parametrize("student", [LOCKED_OUT, BEHIND_THE_LOCK])
def test_no_half_made_copy_is_left(graded: Course, student: str) -> None:
    assert not (graded.root / "autograded" / student / ASSIGNMENT).exists()


def test_nbgrader_can_make_no_points_of_an_unjudged_cell(graded: Course) -> None:
    cell = next(c for c in graded.graded("judge raises").cells if c.get("id") == "test_ce_loss")
    assert [output.output_type for output in cell.outputs] == ["display_data", "error"]
    assert cell.outputs[1].ename == "CouldNotJudge"
    assert "grade this student again" in cell.outputs[1].evalue


def test_the_submissions_are_untouched(graded: Course) -> None:
    assert graded.submitted_hashes() == graded.before


def test_the_next_run_grades_those_again_and_no_others(graded: Course) -> None:
    for student in (*ONE_QUESTION, *WHOLE_NOTEBOOK):
        graded.hand_in(student)
    unchanged = (graded.root / "autograded" / "a" / ASSIGNMENT / "linear_mnist.ipynb").stat().st_mtime_ns
    assert graded.autograde() == 0
    for student in (*ONE_QUESTION, *WHOLE_NOTEBOOK):
        assert graded.scores(student) == ALL
    assert (graded.root / "autograded" / "a" / ASSIGNMENT / "linear_mnist.ipynb").stat().st_mtime_ns == unchanged
