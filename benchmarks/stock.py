"""A course for stock nbgrader with the same notebook, the same submissions and the same hidden tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

ROOT = Path(__file__).parents[1]
ASSIGNMENT = "linear_mnist"
HIDDEN = """
### BEGIN HIDDEN TESTS
import sys
sys.path.insert(0, {root!r})
from benchmarks.in_process import score
score({question!r}, globals())
### END HIDDEN TESTS
"""


def nbgrader(course: Path, *arguments: str, threads: int | None = None) -> float:
    """Run an nbgrader command in a course; return how long it took, in seconds."""
    environment = dict(os.environ) | ({"OMP_NUM_THREADS": str(threads)} if threads else {})
    environment["PYTHONDONTWRITEBYTECODE"] = ""  # without a bytecode cache imports take twice as long
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    command = [sys.executable, "-m", "nbgrader", *arguments, "--log-level=ERROR"]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return took


def make_course(course: Path) -> None:
    """Make and release the assignment, with hidden tests in the notebook, in a new course."""
    source = course / "source" / ASSIGNMENT
    shutil.copytree(ROOT / "source" / ASSIGNMENT, source, ignore=shutil.ignore_patterns("*.py"))
    for path in (ROOT / "release" / ASSIGNMENT).glob("*.py"):  # made when we release: stock nbgrader makes none
        shutil.copy(path, source)
    notebook = without_training()
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if cell.cell_type == "code" and name.startswith("test_"):
            cell.source += HIDDEN.format(root=str(ROOT), question=name.removeprefix("test_"))
    nbformat.write(notebook, source / f"{ASSIGNMENT}.ipynb")
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.ExecutePreprocessor.timeout = 600\n")
    nbgrader(course, "generate_assignment", ASSIGNMENT)


def without_training() -> NotebookNode:
    """Return the assignment's notebook, solved, without the questions that are judged by training."""
    notebook = nbformat.read(ROOT / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if not _trains(cell)]
    return notebook


def _trains(cell: NotebookNode) -> bool:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", "")).startswith("test_converge")


def hand_in(course: Path, submitted: Path, students: list[str]) -> None:
    """Put the same answers into the stock course: each submission's solution cells into the stock release."""
    released = course / "release" / ASSIGNMENT
    for student in students:
        answers = nbformat.read(submitted / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
        code = {cell.metadata.nbgrader.grade_id: cell.source for cell in answers.cells if "nbgrader" in cell.metadata}
        folder = course / "submitted" / student / ASSIGNMENT
        shutil.copytree(released, folder)
        notebook = nbformat.read(folder / f"{ASSIGNMENT}.ipynb", as_version=4)
        for cell in notebook.cells:
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("solution") and mark["grade_id"] in code:
                cell.source = code[mark["grade_id"]]
        nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")
