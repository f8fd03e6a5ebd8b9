"""An assignment that stands in a course's own folder and nowhere else: from the source to the last table."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course import HERE, Course
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps import AutogradeApp, GenerateAssignmentApp, GenerateFeedbackApp

from autograder.cli import main

TINY = HERE.parent / "assignments" / "tiny"
REAL = "from autograder.course.install import install\n\nc = get_config()\ninstall(c)\nc.Grading.workers = 2\n"
LIMITS = "c.NotebookJudge.call_timeout = 1.0\nc.NotebookJudge.examples = 5\n"
GUARD = 'raise RuntimeError("Not graded: the hidden tests are not here.")'
STUB = "def rms(x):\n    ### BEGIN SOLUTION\n    return (x ** 2).mean() ** 0.5\n    ### END SOLUTION\n    return x"
ANSWERS = {
    "right": "def rms(x):\n    return x.norm() / len(x) ** 0.5",
    "wrong": "def rms(x):\n    return (x ** 2).sum().sqrt()",
    "crashing": "import os\n\ndef rms(x):\n    os._exit(1)",
    "hanging": "def rms(x):\n    while True:\n        pass",
}


def marked(cell: Any, name: str, **flags: Any) -> Any:
    marks = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": False, "task": False}
    cell.metadata["nbgrader"] = marks | flags
    cell["id"] = name.replace("_", "-")
    return cell


def check_cell(name: str, source: str, points: float) -> Any:
    return marked(new_code_cell(source), name, grade=True, locked=True, points=points)


def tiny_notebook(points: float = 3.0) -> Any:
    cells = [
        new_markdown_cell("# Tiny", id="title"),
        new_code_cell("import torch", id="imports"),
        marked(new_code_cell(STUB), "rms", solution=True),
        check_cell("test_rms", GUARD, points),
    ]
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": spec, "language_info": {"name": "python"}})


def add_source(root: Path, name: str, notebook: Any) -> Path:
    folder = root / "source" / name
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    return folder


def copy_tiny(root: Path, name: str = "tiny") -> Path:
    return shutil.copytree(TINY, root / "assignments" / name, ignore=shutil.ignore_patterns("__pycache__"))


def new_course(root: Path, config: str = REAL + LIMITS) -> Course:
    (root / "nbgrader_config.py").write_text(config)
    return Course(root, assignment="tiny")


def hand_in(course: Course, student: str, **cells: str) -> None:
    name = course.assignment
    notebook = nbformat.read(course.root / "release" / name / f"{name}.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = cells.get(cell.metadata.get("nbgrader", {}).get("grade_id", ""), cell.source)
    folder = course.root / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


def scores(course: Course, student: str) -> dict[str, float | None]:
    name = course.assignment
    with Gradebook(f"sqlite:///{course.root}/gradebook.db", "") as gradebook:
        return {
            grade.name: grade.auto_score for grade in gradebook.find_submission_notebook(name, name, student).grades
        }


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = new_course(tmp_path_factory.mktemp("own"))
    copy_tiny(course.root)
    add_source(course.root, "tiny", tiny_notebook())
    assert course.run(GenerateAssignmentApp) == 0
    for student, answer in ANSWERS.items():
        hand_in(course, student, rms=answer)
    assert course.run(AutogradeApp) == 0
    return course


def test_right_gets_all_points_and_everything_else_its_reason(graded: Course) -> None:
    assert {name: scores(graded, name)["test_rms"] for name in ANSWERS} == {
        "right": 3.0,
        "wrong": 1.0,
        "crashing": 0.0,
        "hanging": 0.0,
    }
    assert graded.run(GenerateFeedbackApp) == 0
    pages = {name: (graded.root / "feedback" / name / "tiny" / "tiny.html").read_text() for name in ANSWERS}
    assert "Over what do you average?" in pages["wrong"]
    assert "rms is the root of the mean of the squares." in pages["right"]
    assert "rms ended its process: it called exit with status 1." in pages["crashing"]
    assert "did not return" in pages["hanging"]


def test_nothing_hidden_is_handed_out_or_copied(graded: Course) -> None:
    secrets = {path.read_bytes() for path in TINY.glob("*.py")}
    for step in ("release", "submitted", "autograded", "feedback"):
        assert not [path for path in (graded.root / step).rglob("*") if path.is_file() and path.read_bytes() in secrets]
    assert not (graded.root / "assignments" / "tiny" / "__pycache__").exists()


def test_the_report_and_the_list_know_it(graded: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "tiny", "--course", str(graded.root)]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ANSWERS) and "rms" in said
    assert main(["assignments", "--course", str(graded.root)]) == 0
    said = capsys.readouterr().out
    assert "linear_mnist" in said and "tiny" in said and "rms (3)" in said and "right_answers" in said


def test_the_audit_tries_its_answers(graded: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "tiny", "--course", str(graded.root), "--only", "no-mean", "norm"]) == 0
    said = capsys.readouterr().out
    assert "1 of 1 wrong answers are caught, 1 of them named" in said and "1 of 1 right answers" in said


def test_a_class_is_simulated(graded: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("assignments", "release"):
        shutil.copytree(graded.root / part, tmp_path / part)
    shutil.copy(graded.root / "nbgrader_config.py", tmp_path)
    assert main(["simulate", "tiny", "--course", str(tmp_path), "--list"]) == 0
    assert "12 submissions are in" in capsys.readouterr().out
    assert len(list((tmp_path / "submitted").glob("*/tiny/tiny.ipynb"))) == 12


def test_a_second_run_judges_nothing_and_a_changed_test_judges_anew(graded: Course) -> None:
    assert graded.run(AutogradeApp) == 0
    assert graded.log == []
    path = graded.root / "assignments" / "tiny" / "test_hidden.py"
    text = path.read_text()
    path.write_text(text.replace("rms of a single number", "rms of one number"))
    assert graded.run(AutogradeApp, "--student", "right") == 0
    assert "the hidden tests of rms have changed" in graded.log[0]
    path.write_text(text)
