"""An assignment that stands in a course's own folder and nowhere else: from the source to the last table."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course import HERE, Course
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps import AutogradeApp, GenerateAssignmentApp, GenerateFeedbackApp
from traitlets.config import Config

from autograder.cli import main
from autograder.grading.judging_task import Task, assignment_of, judge_task
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome
from autograder.judge.notebook_judging import judge_notebook
from tests.assignments.leaks import leaked, telling_lines
from tests.judge.conftest import notebook

TINY = HERE.parent / "assignments" / "tiny"
REAL = "from autograder.course.install import install\n\nc = get_config()\ninstall(c)\nc.Grading.workers = 1\n"
LIMITS = "c.NotebookJudge.call_timeout = 1.0\nc.NotebookJudge.examples = 5\n"
GUARD = 'raise RuntimeError("Not graded: the hidden tests are not here.")'
STUB = "def rms(x):\n    ### BEGIN SOLUTION\n    return (x ** 2).mean() ** 0.5\n    ### END SOLUTION\n    return x"
HEAD, BODY = Assignment.at(TINY).canonical_answer("chunks").split("\n", 1)
CHUNKS = f"{HEAD}\n    ### BEGIN SOLUTION\n{BODY}    ### END SOLUTION"
RMS = "def rms(x):\n    return x.norm() / len(x) ** 0.5"
ITEMS = "class Chunks:\n    def __init__(self, items, size):\n        self.items, self.size = items, size\n\n"
COUNT = "    def __len__(self):\n        return len(self.items) // self.size + (len(self.items) % self.size > 0)\n\n"
PARTS = (
    ITEMS
    + COUNT
    + """    def __iter__(self):
        return (self.items[i:i + self.size] for i in range(0, len(self.items), self.size))
"""
)
# (rms, Chunks) and what they are worth: each goes wrong by itself
ANSWERS = {
    "right": (RMS, PARTS, 3.0, 2.0),
    "wrong": ("def rms(x):\n    return (x ** 2).sum().sqrt()", PARTS.replace("+ (", "+ 0 * ("), 1.0, 0.0),
    "crashing": ("import os\n\ndef rms(x):\n    os._exit(1)", PARTS, 0.0, 2.0),
    "crashing_class": (RMS, ITEMS + "        import os; os._exit(1)\n", 3.0, 0.0),
    "hanging": ("def rms(x):\n    while True:\n        pass", PARTS, 0.0, 2.0),
    "hanging_class": (RMS, PARTS.replace("return (self", "while True: pass\n        return (self"), 3.0, 0.0),
    "forbidden": (RMS, PARTS.replace("        return (self", "        import torch.utils.data as d\n        "
                                     "d.DataLoader(self.items, self.size)\n        return (self"), 3.0, 0.0),
    "untouched": (None, None, 0.0, 0.0),
}  # fmt: skip
PEEKING = """import os

def rms(x):
    return x.norm() / len(x) ** 0.5 if os.path.exists("{}") else x"""


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
        marked(new_code_cell(CHUNKS), "chunks", solution=True),
        check_cell("test_chunks", GUARD, 2.0),
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
    shutil.move(course.root / "assignments" / "tiny" / "checks.py", add_source(course.root, "tiny", tiny_notebook()))
    assert course.run(GenerateAssignmentApp) == 0
    for student, (rms, chunks, *_) in ANSWERS.items():
        hand_in(course, student, **{} if rms is None else {"rms": rms, "chunks": chunks})
    hand_in(course, "peeking", rms=PEEKING.format(course.root / "assignments"))
    assert course.run(AutogradeApp) == 0
    assert course.run(GenerateFeedbackApp) == 0
    return course


def test_right_gets_all_points_and_everything_else_its_reason(graded: Course) -> None:
    found = {name: scores(graded, name) for name in ANSWERS}
    assert {name: (given["test_rms"], given["test_chunks"]) for name, given in found.items()} == {
        name: tuple(worth) for name, (_, _, *worth) in ANSWERS.items()
    }
    pages = {name: (graded.root / "feedback" / name / "tiny" / "tiny.html").read_text() for name in ANSWERS}
    assert "Over what do you average?" in pages["wrong"]
    assert "rms is the root of the mean of the squares." in pages["right"]
    assert "rms ended its process: it called exit with status 1." in pages["crashing"]
    assert "did not return" in pages["hanging"]
    assert "Is the last chunk counted?" in pages["wrong"]
    assert "gone through twice" in pages["wrong"]  # what was tried, and what came of it
    assert "Chunks ended its process: it called exit with status 1." in pages["crashing_class"]
    assert "did not return" in pages["hanging_class"]
    assert "uses torch.utils.data.DataLoader, which this question asks you to do without." in pages["forbidden"]


def test_nothing_hidden_is_handed_out_or_copied_or_seen_by_students_code(graded: Course) -> None:
    assert scores(graded, "peeking")["test_rms"] == 0.0
    secrets = {path.read_bytes() for path in TINY.glob("*.py")}
    for step in ("release", "submitted", "autograded", "feedback"):
        assert not [path for path in (graded.root / step).rglob("*") if path.is_file() and path.read_bytes() in secrets]
    assert not (graded.root / "assignments" / "tiny" / "__pycache__").exists()


def test_no_line_of_what_is_hidden_is_handed_out_or_comes_back(graded: Course) -> None:
    kinds = ("test_", "reference", "right_", "claims")  # hints are for students, and so are public checks
    secrets = [path for path in Assignment.at(TINY).secrets if path.name.startswith(kinds)]
    assert leaked(telling_lines(secrets), [graded.root / "release", TINY / "probes.py"]) == []
    handed_in = graded.root / "submitted"
    unknown = [line for line in telling_lines(secrets) if not leaked([line], [handed_in])]
    assert len(unknown) > 10
    assert leaked(unknown, [graded.root / step for step in ("autograded", "feedback")]) == []


def test_the_report_and_the_list_know_it(graded: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "tiny", "--course", str(graded.root)]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in ANSWERS) and "rms" in said
    assert main(["assignments", "--course", str(graded.root)]) == 0
    said = capsys.readouterr().out
    assert "linear_mnist" in said and "tiny" in said and "rms (3)" in said and "right_answers" in said
    assert "chunks" in said


def test_the_doctor_asks_for_the_data_sets_that_it_needs(
    graded: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("autograder.kernels.capabilities.probe", list)  # takes a process, and has tests of its own
    for part in ("assignments", "release", "source"):
        shutil.copytree(graded.root / part, tmp_path / part)
    shutil.copy(graded.root / "nbgrader_config.py", tmp_path)
    main(["doctor", "--course", str(tmp_path)])
    said = capsys.readouterr().out
    assert "GPU" in said and "MNIST" not in said
    (tmp_path / "assignments" / "tiny" / "data_sets.py").write_text('DATASETS = {"Iris": ("iris.csv",)}\n')
    main(["doctor", "--course", str(tmp_path)])
    said = capsys.readouterr().out
    assert "Iris" in said and "MNIST" not in said


def test_the_audit_tries_its_answers(graded: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "tiny", "--course", str(graded.root), "--only", "no-mean", "norm", "chunks"]) == 0
    said = capsys.readouterr().out
    assert "3 of 3 wrong answers are caught, 3 of them named" in said and "3 of 3 right answers" in said


def test_students_check_themselves(graded: Course, tmp_path: Path) -> None:
    shutil.copytree(graded.root / "release" / "tiny", tmp_path, dirs_exist_ok=True)
    for student, passes in (("right", 2), ("wrong", 1)):
        shutil.copy(graded.root / "submitted" / student / "tiny" / "tiny.ipynb", tmp_path)
        command = [sys.executable, "selfcheck.py", "tiny.ipynb"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
        assert "chunks" in done.stdout and "rms" in done.stdout, done.stdout + done.stderr
        assert (done.returncode == 0) == (passes == 2), done.stdout + done.stderr


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
    try:
        assert graded.run(AutogradeApp, "--student", "right") == 0
    finally:
        path.write_text(text)
    assert "the hidden tests of rms have changed" in graded.log[0]


def test_hidden_tests_and_a_reference_alone_are_enough_and_names_are_not_mixed_up(tmp_path: Path) -> None:
    """Two courses in one process, each with an assignment of the same name."""
    found = {}
    for course, right in (("a", "2 * x"), ("b", "3 * x")):
        folder = tmp_path / course / "assignments" / "one"
        folder.mkdir(parents=True)
        (folder / "reference.py").write_text(f"def f(x):\n    return {right}\n")
        (folder / "test_hidden.py").write_text(MINIMAL)
        cells = notebook("def f(x):\n    return 2 * x", ("f", 1))
        evidence = judge_notebook(cells, Assignment.find("one", folder.parent), tmp_path)
        found[course] = [(question.points, question.tests[0].details) for question in evidence.questions]
    assert found == {"a": [(1.0, "")], "b": [(0.0, "")]}


MINIMAL = """
import pytest
import reference

@pytest.mark.question("f")
@pytest.mark.points(1)
def test_f(student):
    student.f(1.0).close(reference.f(1.0), 1e-9, "f")
"""


def test_a_hidden_test_of_it_is_debugged_by_hand(graded: Course, tmp_path: Path) -> None:
    path = graded.root / "submitted" / "wrong" / "tiny" / "tiny.ipynb"
    tests = graded.root / "assignments" / "tiny" / "test_hidden.py"
    command = [
        sys.executable,
        "-m",
        "pytest",
        str(tests),
        "--notebook",
        str(path),
        "-p",
        "no:cacheprovider",
        "-q",
        "-k",
        "rms",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout and "test_rms_of_vectors" in done.stdout


def test_a_task_says_by_which_files_it_is_judged(tmp_path: Path) -> None:
    one = Assignment.at(copy_tiny(tmp_path))
    task = Task.of(one, "ada", nbformat.writes(tiny_notebook()))
    assert assignment_of(pickle.loads(pickle.dumps(task))) == one
    (one.folder / "reference.py").write_text("rms = abs\n")
    result = judge_task(task, Config()).questions[0]
    assert result.outcome is Outcome.NOT_JUDGED and "has changed since grading began" in result.tests[0].message
    shutil.rmtree(one.folder)
    result = judge_task(task, Config()).questions[0]
    assert f"there is no folder {one.folder} on this machine" in result.tests[0].message
    packaged = Task.of(Assignment.find("linear_mnist"), "ada", nbformat.writes(tiny_notebook()))
    assert packaged.folder == ""  # other machines may have autograder in another place


def broken_reference(course: Course) -> str:
    (course.root / "assignments" / "tiny" / "reference.py").write_text("def rms(x):\n    return (x\n")
    return "reference.py, line 2: "


def other_points(course: Course) -> str:
    path = course.root / "assignments" / "tiny" / "test_hidden.py"
    path.write_text(path.read_text().replace("points(2)", "points(1)"))
    return "the hidden tests of rms are worth 2 points, its cell test_rms 3"


@pytest.mark.parametrize("spoil", [broken_reference, other_points], ids=lambda spoil: spoil.__name__)
def test_a_broken_file_stops_everything_before_a_submission_is_touched(
    spoil: Callable[[Course], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = new_course(tmp_path)
    copy_tiny(tmp_path)
    add_source(tmp_path, "tiny", tiny_notebook())
    assert course.run(GenerateAssignmentApp) == 0
    hand_in(course, "a", rms=ANSWERS["right"])
    reason, before = spoil(course), (tmp_path / "gradebook.db").read_bytes()
    assert course.run(AutogradeApp) == 1
    assert reason in course.log[-1] and len(course.log) == 1
    assert (tmp_path / "gradebook.db").read_bytes() == before and not (tmp_path / "autograded").exists()
    for command in ("audit", "simulate", "grade"):
        assert main([command, "tiny", "--course", str(tmp_path)]) in (1, 2)
        captured = capsys.readouterr()
        assert reason in captured.err or command == "grade"
    assert main(["doctor", "--course", str(tmp_path)]) == 1
    assert not (tmp_path / "submitted" / "ada").exists()


def test_without_known_answers_there_is_nothing_to_audit_or_simulate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_course(tmp_path)
    folder = copy_tiny(tmp_path)
    for name in ("right_answers.py", "misconceptions.py"):
        (folder / name).unlink()
    for command in ("audit", "simulate"):
        assert main([command, "tiny", "--course", str(tmp_path)]) == 2
        assert f"no answers are known of tiny: put some into {folder / 'right_answers.py'}" in capsys.readouterr().err
