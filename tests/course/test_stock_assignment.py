"""Assignments without hidden tests beside those that have some: nbgrader grades these, and only these."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from course import CONFIG, HERE, Course
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.apps import AutogradeApp, ExportApp, GenerateAssignmentApp, GenerateFeedbackApp
from nbgrader.coursedir import CourseDirectory
from test_own_assignment import GUARD, add_source, check_cell, copy_tiny, hand_in, marked, scores, tiny_notebook
from traitlets.config import Config

from autograder.cli import main
from autograder.course.gradebook.gradebook_queries import CourseError
from autograder.course.release.grading_way import assignment_to_judge

SQUARES = "def square(x):\n    ### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION"
CHECKS = """import helper
assert square(3) == int(open("data/nine.txt").read()) == helper.nine()
### BEGIN HIDDEN TESTS
assert square(-2) == 4
### END HIDDEN TESTS"""


def old_notebook() -> object:
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    cells = [
        marked(new_code_cell(SQUARES), "square", solution=True),
        check_cell("test_square", CHECKS, 2.0),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": spec, "language_info": {"name": "python"}})


@pytest.fixture
def old(tmp_path: Path) -> Course:
    """A course with an assignment as instructors have had them for years."""
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    shutil.copy(HERE / "fake_judge.py", tmp_path)
    source = add_source(tmp_path, "ps1", old_notebook())
    (source / "helper.py").write_text("def nine():\n    return 9\n")
    (source / "data").mkdir()
    (source / "data" / "nine.txt").write_text("9\n")
    return Course(tmp_path, assignment="ps1")


def test_an_assignment_without_hidden_tests_is_graded_by_nbgrader(
    old: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old.run(GenerateAssignmentApp) == 0
    release = (old.root / "release" / "ps1" / "ps1.ipynb").read_text()
    assert "raise NotImplementedError()" in release  # nbgrader's own stub: ours would be a syntax error here
    hand_in(old, "right", square="def square(x):\n    return x ** 2")  # the notebook alone: no file from beside it
    hand_in(old, "hidden", square="def square(x):\n    return 3 * x")
    assert old.run(AutogradeApp) == 0
    said = [line for line in old.log if "has no hidden tests of autograder's" in line]
    assert len(said) == 1 and "it is graded as nbgrader grades it" in said[0] and "without a sandbox" in said[0]
    assert {name: scores(old, name)["test_square"] for name in ("right", "hidden")} == {"right": 2.0, "hidden": 0.0}
    table = capsys.readouterr().out
    assert "graded by nbgrader alone" in table and "right" in table and "hidden" in table
    assert main(["report", "ps1", "--course", str(old.root)]) == 0
    assert "square" in capsys.readouterr().out
    assert old.run(GenerateFeedbackApp) == 0
    assert (old.root / "feedback" / "hidden" / "ps1" / "ps1.html").is_file()
    assert old.run(AutogradeApp) == 0  # and leaves alone what is graded
    assert main(["grade", "ps1", "--course", str(old.root)]) == 2
    assert "there are no hidden tests for ps1" in capsys.readouterr().err
    assert main(["doctor", "--course", str(old.root)]) in (0, 1)
    assert "it is graded as nbgrader grades it" in " ".join(capsys.readouterr().out.split()).replace("│ ", "")


@pytest.mark.parametrize(
    ("folder", "wanted"),
    [("", "The folder"), ("tinny", "rename"), ("Tiny", "rename")],
    ids=["missing", "misspelt", "capital"],
)
def test_a_notebook_of_ours_is_never_graded_as_stock(tmp_path: Path, folder: str, wanted: str) -> None:
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    add_source(tmp_path, "tiny", tiny_notebook())
    course = Course(tmp_path, assignment="tiny")
    if folder:
        copy_tiny(tmp_path, folder)
    assert course.run(GenerateAssignmentApp) == 0
    assert any("can't be graded yet" in line for line in course.log)
    hand_in(course, "a", rms="def rms(x):\n    return 0")
    assert course.run(AutogradeApp) == 1
    assert wanted in course.log[-1] and str(tmp_path / "assignments" / "tiny") in course.log[-1]
    assert not (tmp_path / "autograded").exists()


def test_it_is_known_by_its_folder_too_where_its_cells_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    notebook = tiny_notebook()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = "pass"
    add_source(tmp_path, "tiny", notebook)
    copy_tiny(tmp_path, "tinny")
    course = Course(tmp_path, assignment="tiny")
    assert course.run(GenerateAssignmentApp) == 0
    hand_in(course, "a")
    assert course.run(AutogradeApp) == 1
    assert "tinny that belongs to no notebook" in course.log[-1]


def test_a_folder_without_hidden_tests_is_no_stock_assignment(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    add_source(tmp_path, "ps1", old_notebook())
    (tmp_path / "assignments" / "ps1").mkdir(parents=True)
    (tmp_path / "assignments" / "ps1" / "test_hiden.py").write_text("")
    course = Course(tmp_path, assignment="ps1")
    assert course.run(GenerateAssignmentApp) == 0
    hand_in(course, "a")
    assert course.run(AutogradeApp) == 1
    assert "there is no test_hidden.py in" in course.log[-1] and "Did you mean test_hiden.py?" in course.log[-1]


def test_a_folder_of_something_else_makes_no_difference(old: Course) -> None:
    (old.root / "assignments" / "ps1").mkdir(parents=True)
    (old.root / "assignments" / "ps1" / "sheet.pdf").touch()
    assert main(["assignments", "--course", str(old.root)]) == 0
    config = Config(CourseDirectory={"root": str(old.root), "assignment_id": "ps1"})
    assert assignment_to_judge(CourseDirectory(config=config), config) is None


def test_one_that_was_judged_before_is_not_left_to_nbgrader(old: Course) -> None:
    assert old.run(GenerateAssignmentApp) == 0
    record = old.root / ".autograder" / "evidence" / "ps1" / "records" / "ab" / "abc.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    hand_in(old, "a")
    assert old.run(AutogradeApp) == 1
    assert "it was judged by hidden tests before" in old.log[-1]


def test_hidden_tests_may_not_lie_among_what_students_get(old: Course) -> None:
    for place in ("source", "release", "submitted/tests", "autograded", "feedback/x/.."):
        config = Config(CourseDirectory={"root": str(old.root), "assignment_id": "ps1"}, Grading={"assignments": place})
        with pytest.raises(CourseError, match="hidden tests there get to students"):
            assignment_to_judge(CourseDirectory(config=config), config)


def test_hidden_tests_may_not_be_readable_in_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    shutil.copy(HERE / "fake_judge.py", tmp_path)
    add_source(tmp_path, "tiny", tiny_notebook())
    copy_tiny(tmp_path)
    course = Course(tmp_path, assignment="tiny")
    assert course.run(GenerateAssignmentApp) == 0
    hand_in(course, "a")
    assert course.run(AutogradeApp, StudentProvisioner={"readable": [str(tmp_path)]}) == 1
    assert "students' code can read" in course.log[-1]


@pytest.mark.parametrize("name", ["reference.py", "solutions.py"])
def test_what_hidden_tests_use_is_not_released(tmp_path: Path, name: str) -> None:
    (tmp_path / "nbgrader_config.py").write_text(CONFIG)
    folder = add_source(tmp_path, "tiny", tiny_notebook())
    shutil.copy(copy_tiny(tmp_path) / "reference.py", folder / name)
    course = Course(tmp_path, assignment="tiny")
    assert course.run(GenerateAssignmentApp) == 1
    assert f"{name}: that would be handed out" in course.log[-1]
    assert not (tmp_path / "release").exists()


def test_the_export_has_both(old: Course) -> None:
    assert old.run(GenerateAssignmentApp) == 0
    hand_in(old, "a", square="def square(x):\n    return x ** 2")
    assert old.run(AutogradeApp) == 0
    exporting = Course(old.root, assignment=f"--to={old.root}/grades.csv")
    assert exporting.run(ExportApp) == 0
    assert "ps1" in (old.root / "grades.csv").read_text()


def test_the_guard_is_known_in_a_damaged_notebook_too(old: Course) -> None:
    (old.root / "source" / "ps1" / "ps1.ipynb").write_text(json.dumps({"cells": GUARD})[:-3])
    hand = old.root / "submitted" / "a" / "ps1"
    hand.mkdir(parents=True)
    assert old.run(AutogradeApp) == 1
    assert "their points come from hidden tests" in old.log[-1]
