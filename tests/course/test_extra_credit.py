"""Extra points through nbgrader's own steps: a cell that is worth 0 points, and more in the gradebook."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import course as course_module
import nbformat
import pytest
from course import ASSIGNMENT, Course, make_course
from nbgrader.apps import ExportApp

JUDGE = """
import dataclasses

import fake_judge
from autograder.judge.evidence import Outcome, QuestionResult, TestResult


def judge(notebook, assignment, files, config, questions=None):
    found = fake_judge.judge(notebook, assignment, files, config)
    answer = next(cell.source for cell in notebook.cells if cell.id == "other_optimiser")
    passed = "right" in answer
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    bonus = {"bonus": (3.0 if "too much" in answer else 2.0) if passed else 0.0, "max_bonus": 2.0}
    test = TestResult("t", "It gets far.", outcome, 0.0, 0.0, "" if passed else "No.", **bonus)
    extra = QuestionResult("converge_other", "test_converge_other", 0.0, (test,))
    return dataclasses.replace(found, questions=(*found.questions, extra))
"""


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    notebook = course_module.source_notebook()
    flags = {"grade": True, "locked": True, "points": 0}
    extra = course_module._cell(nbformat.v4.new_code_cell, "test_converge_other", "print()", **flags)
    place = next(i for i, cell in enumerate(notebook.cells) if cell.id == "other_optimiser")
    notebook.cells.insert(place + 1, extra)
    by_hand = {"grade": True, "solution": True, "points": 0}  # a text that a human may give something for
    notebook.cells.append(course_module._cell(nbformat.v4.new_markdown_cell, "remark", "none", **by_hand))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_module, "source_notebook", lambda: notebook)
        root = make_course(tmp_path_factory.mktemp("extra")).root
    (root / "bonus_judge.py").write_text(JUDGE)
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text().replace("fake_judge.judge", "bonus_judge.judge"))
    return root


@pytest.fixture
def course(generated: Path, tmp_path: Path) -> Course:
    shutil.copytree(generated, tmp_path, dirs_exist_ok=True)
    return Course(tmp_path)


def hand_in(course: Course, student: str, other: str) -> None:
    notebook = course.right()
    next(cell for cell in notebook["cells"] if cell["id"] == "other_optimiser")["source"] = other
    course.hand_in(student, notebook)


def grade(course: Course, student: str) -> Any:
    with course.gradebook() as gradebook:
        found = gradebook.find_grade("test_converge_other", "linear_mnist", ASSIGNMENT, student)
        total = gradebook.find_submission(ASSIGNMENT, student)
        return found.auto_score, found.extra_credit, found.needs_manual_grade, total.score, total.max_score


def test_extra_points_come_on_top(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    hand_in(course, "a", "# right")
    hand_in(course, "b", "# another")
    assert course.autograde() == 0
    assert grade(course, "a") == (0.0, 2.0, False, 22.0, 26.0)
    assert grade(course, "b") == (0.0, 0.0, False, 20.0, 26.0)
    printed = capsys.readouterr().out
    assert "+2" in printed and "22+?/26" in printed  # the texts wait
    assert "2 all right, 0 lost points" in printed  # no bonus is no loss
    assert course.run(ExportApp, "--to=grades.csv") == 0
    rows = (course.root / "grades.csv").read_text().splitlines()
    assert [row.split(",")[9] for row in rows] == ["score", "22.0", "20.0"]
    assert course.feedback() == 0
    page = course.root / "feedback" / "a" / ASSIGNMENT / "linear_mnist.html"
    assert "Score: 2.0 / 0.0" in page.read_text() and "Extra points: 2 / 2" in page.read_text()


def test_they_go_with_the_work_they_were_for(course: Course) -> None:
    hand_in(course, "a", "# right")
    assert course.autograde() == 0
    hand_in(course, "a", "# another")
    assert course.autograde("--force") == 0
    assert grade(course, "a") == (0.0, 0.0, False, 20.0, 26.0)
    hand_in(course, "a", "# right")
    assert course.autograde("--force") == 0
    (course.folder("a") / "linear_mnist.ipynb").unlink()
    assert course.autograde("--force") == 0
    assert grade(course, "a")[3] == 0.0


def test_what_a_human_gave_stays(course: Course) -> None:
    hand_in(course, "a", "# right")
    assert course.autograde() == 0
    with course.gradebook() as gradebook:
        found = gradebook.find_grade("test_converge_other", "linear_mnist", ASSIGNMENT, "a")
        found.manual_score, found.extra_credit = 0.0, 1.0
        gradebook.db.commit()
    assert course.autograde("--force") == 0
    assert grade(course, "a")[1] == 1.0


def give(course: Course, student: str, cell: str, extra: float) -> None:
    """Extra credit by a human, who leaves the score as it is."""
    with course.gradebook() as gradebook:
        gradebook.find_grade(cell, "linear_mnist", ASSIGNMENT, student).extra_credit = extra
        gradebook.db.commit()


def extra(course: Course, student: str) -> dict[str, float | None]:
    with course.gradebook() as gradebook:
        found = gradebook.find_submission_notebook("linear_mnist", ASSIGNMENT, student)
        return {grade.name: grade.extra_credit for grade in found.grades if grade.extra_credit is not None}


def test_only_what_the_judge_gave_is_taken_back(course: Course) -> None:
    for student in ("a", "b", "c"):
        hand_in(course, student, "# right")
    assert course.autograde() == 0
    for student in ("a", "b"):
        give(course, student, "remark", 0.5)
        give(course, student, "test_adam", 0.25)
    give(course, "b", "test_converge_other", 1.0)  # in place of the judge's 2
    shutil.rmtree(course.root / "autograded" / "c")  # what the judge gave is on record all the same
    hand_in(course, "c", "# another")
    assert course.autograde() == 0
    assert extra(course, "c") == {"test_converge_other": 0.0}
    for other, judges in (("# right", 2.0), ("# another", 0.0)):
        hand_in(course, "a", other)
        hand_in(course, "b", other)
        assert course.autograde("--force") == 0
        assert extra(course, "a") == {"remark": 0.5, "test_adam": 0.25, "test_converge_other": judges}
        assert extra(course, "b") == {"remark": 0.5, "test_adam": 0.25, "test_converge_other": 1.0}
    (course.folder("a") / "linear_mnist.ipynb").write_text("unreadable")
    assert course.autograde("--force", "--student=a") == 0
    assert extra(course, "a") == {"remark": 0.5, "test_adam": 0.25}


def test_more_than_there_is_could_not_be_judged(course: Course) -> None:
    hand_in(course, "a", "# right, too much")
    assert course.autograde() == 1
    assert grade(course, "a")[:4] == (None, None, True, 20.0)
