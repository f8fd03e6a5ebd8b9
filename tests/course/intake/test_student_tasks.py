"""Which of a student's files go into the sandbox with the notebook."""

from __future__ import annotations

from pathlib import Path

import nbformat

from autograder.course.intake.student_tasks import task_of
from autograder.grading.judging_task import unpack
from autograder.judge.assignment import Assignment


def test_what_was_handed_out_stands_in_the_place_of_the_students(tmp_path: Path) -> None:
    own, given, there = (tmp_path / name for name in ("own", "given", "there"))
    for folder in (own / "data", given, there):
        folder.mkdir(parents=True)
    for name in ("linear_mnist.ipynb", "Copy.IPYNB", "timestamp.txt", "selfcheck.py", "helper.py", "data/numbers.csv"):
        (own / name).write_text("the student's")
    (own / "data" / "timestamp.txt").write_text("the student's")
    (given / "selfcheck.py").write_text("handed out")
    notebook = nbformat.v4.new_notebook()
    task = task_of(
        notebook, "ada", Assignment.find("linear_mnist"), "linear_mnist", own, {"selfcheck.py": given / "selfcheck.py"}
    )
    unpack(task.files, there)
    assert {str(path.relative_to(there)): path.read_text() for path in there.rglob("*") if path.is_file()} == {
        "selfcheck.py": "handed out",
        "helper.py": "the student's",
        "data/numbers.csv": "the student's",
        "data/timestamp.txt": "the student's",
    }
    assert (task.student, task.assignment) == ("ada", "linear_mnist")
