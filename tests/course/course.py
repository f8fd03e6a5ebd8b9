"""A small course for tests: a notebook with linear_mnist's cells, and nbgrader's own commands run on it."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps import AutogradeApp, GenerateAssignmentApp, GenerateFeedbackApp
from traitlets.config import Config

from autograder.judge.assignment import PACKAGED

HERE = Path(__file__).parent
ASSIGNMENT = "linear_mnist"
NOTEBOOK = "linear_mnist.ipynb"
POINTS = {"test_ce_loss": 4.0, "test_grad_func": 6.0, "test_sgd_momentum": 4.0, "test_adam": 6.0}
CONFIG = """
from autograder.course.install import install

c = get_config()
install(c)
c.Grading.judge = "fake_judge.judge"
c.Grading.workers = 1
"""


def answer_cell(name: str, function: str) -> Any:
    lines = ["answer = None", "### BEGIN SOLUTION", "answer = 'right'", "### END SOLUTION", "return answer"]
    return _cell(new_code_cell, name, "\n    ".join([f"def {function}():", *lines]), solution=True)


def check_cell(name: str, function: str) -> Any:
    flags = {"grade": True, "locked": True, "points": POINTS[f"test_{name}"]}
    return _cell(new_code_cell, f"test_{name}", f"assert {function}() == 'right'", **flags)


def text_cell(name: str) -> Any:
    return _cell(new_markdown_cell, name, "the instructor's answer", grade=True, solution=True, points=3.0)


def _cell(make: Any, name: str, source: str, **flags: Any) -> Any:
    marks = {"schema_version": 3, "grade_id": name, "grade": False, "solution": False, "locked": False, "task": False}
    return make(source, id=name, metadata={"nbgrader": marks | flags})


def source_notebook() -> Any:
    training = "for batch_size in (32, 64, 128):\n    print(batch_size)\nraise RuntimeError('trained')"
    cells = [
        new_markdown_cell("# A small notebook\n\nfor tests", id="title"),
        new_code_cell("import math", id="setup"),
        _cell(new_code_cell, "data", "DATA = 1", locked=True),
        answer_cell("ce_loss", "CE_loss"),
        check_cell("ce_loss", "CE_loss"),
        new_markdown_cell("## The gradient", id="gradient-title"),
        text_cell("derivation"),
        answer_cell("grad_func", "grad_func"),
        check_cell("grad_func", "grad_func"),
        answer_cell("sgd_momentum", "sgd_momentum_step"),
        check_cell("sgd_momentum", "sgd_momentum_step"),
        new_code_cell(training, id="train", metadata={"tags": ["skip-execution"]}),
        new_markdown_cell("## The batch size", id="batch-title"),
        text_cell("batch_size"),
        answer_cell("other_optimiser", "other_step"),
        answer_cell("adam", "adam_step"),
        check_cell("adam", "adam_step"),
        new_markdown_cell("The end", id="end"),
    ]
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": spec, "language_info": {"name": "python"}})


@dataclass
class Course:
    root: Path
    log: list[str] = field(default_factory=list)
    assignment: str = ASSIGNMENT
    on_log: Callable[[str], object] = len  # called with each warning and error of a run

    @property
    def release(self) -> Any:
        return nbformat.read(self.root / "release" / ASSIGNMENT / NOTEBOOK, as_version=4)

    def right(self) -> dict[str, Any]:
        """A submission that is all right, as the parsed JSON of its file."""
        notebook = copy.deepcopy(self.release)
        for cell in notebook.cells:
            cell.source = cell.source.replace("# YOUR CODE HERE", "answer = 'right'")
            if cell.cell_type == "markdown" and "nbgrader" in cell.metadata:
                cell.source = f"my {cell.metadata.nbgrader.grade_id}"
        return json.loads(nbformat.writes(notebook))

    def folder(self, student: str) -> Path:
        folder = self.root / "submitted" / student / ASSIGNMENT
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def hand_in(self, student: str, notebook: dict[str, Any] | None = None) -> Path:
        path = self.folder(student) / NOTEBOOK
        path.write_text(json.dumps(self.right() if notebook is None else notebook), encoding="utf-8")
        return path

    def run(self, app_class: type, *arguments: str, **config: Any) -> int:
        """Run one of nbgrader's commands in this process; return its exit status."""
        before, self.log = Path.cwd(), []
        os.chdir(self.root)
        app = app_class()
        handler = _ListHandler(self.log, self.on_log)
        try:
            app.initialize(argv=[self.assignment, *arguments], root=str(self.root))
            app.update_config(Config(config))
            app.log.addHandler(handler)
            app.start()
        except SystemExit as error:
            return int(error.code or 0)
        finally:
            app.log.removeHandler(handler)
            os.chdir(before)
        return 0

    def autograde(self, *arguments: str, **config: Any) -> int:
        return self.run(AutogradeApp, *arguments, **config)

    def feedback(self, *arguments: str) -> int:
        return self.run(GenerateFeedbackApp, *arguments)

    def gradebook(self) -> Gradebook:
        return Gradebook(f"sqlite:///{self.root}/gradebook.db", "")

    def scores(self, student: str) -> dict[str, float | None]:
        with self.gradebook() as gradebook:
            notebook = gradebook.find_submission_notebook("linear_mnist", ASSIGNMENT, student)
            return {grade.name: grade.auto_score for grade in notebook.grades if grade.name in POINTS}

    def grade(self, student: str, name: str) -> Any:
        with self.gradebook() as gradebook:
            grade = gradebook.find_grade(name, "linear_mnist", ASSIGNMENT, student)
            return grade.auto_score, grade.manual_score, grade.needs_manual_grade

    def graded(self, student: str) -> Any:
        return nbformat.read(self.root / "autograded" / student / ASSIGNMENT / NOTEBOOK, as_version=4)

    def notes(self, student: str) -> str:
        return "\n".join(self.graded(student).metadata.autograder.notes)

    def submitted_hashes(self) -> dict[str, str]:
        """Every file, link and folder of submitted/, with what is in it."""
        found = {}
        for path in sorted((self.root / "submitted").rglob("*")):
            if path.is_symlink():
                content = str(path.readlink()).encode(errors="surrogateescape")
            else:
                content = path.read_bytes() if path.is_file() else b"no file"
            found[str(path)] = hashlib.sha256(content).hexdigest()
        return found


class _ListHandler(logging.Handler):
    def __init__(self, lines: list[str], then: Callable[[str], object]) -> None:
        super().__init__(logging.WARNING)
        self.lines, self.then = lines, then

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.then(record.getMessage())


def make_course(root: Path) -> Course:
    """A course whose assignment is generated, without submissions."""
    source = root / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    nbformat.write(source_notebook(), source / NOTEBOOK)
    (source / "selfcheck.py").write_text("handed_out = True\n")
    (root / "nbgrader_config.py").write_text(CONFIG)
    shutil.copy(HERE / "fake_judge.py", root)
    course = Course(root)
    assert course.run(GenerateAssignmentApp) == 0
    return course


def own_assignment(course: Course) -> Path:
    """A copy of the assignment in the course's own folder, where it can be changed."""
    own = course.root / "assignments" / ASSIGNMENT
    return shutil.copytree(PACKAGED / ASSIGNMENT, own, ignore=shutil.ignore_patterns("__pycache__"))


def at(notebook: Any, name: str) -> int:
    """The place of a cell, by its grade id."""
    cells = notebook.cells
    return next(i for i, cell in enumerate(cells) if cell.metadata.get("nbgrader", {}).get("grade_id") == name)
