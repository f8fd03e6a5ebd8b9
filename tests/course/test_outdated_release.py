"""The instructor changes an assignment that students have fetched already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course import ASSIGNMENT, Course, answer_cell, own_assignment
from nbgrader.apps import GenerateAssignmentApp

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12


def released_anew(course: Course) -> None:
    path = course.root / "source" / ASSIGNMENT / "linear_mnist.ipynb"
    source = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in source.cells}
    cells["test_adam"].metadata.nbgrader.points = 5.0
    cells["batch_size"].metadata.nbgrader.points = 4.0
    cells["data"].source = "DATA = 2"
    cells["test_ce_loss"].source = "assert CE_loss() != 'wrong'"
    cells["grad_func"].source = cells["grad_func"].source.replace("answer = None", "answer = 0.0", 1)
    nbformat.write(source, path)
    hidden = own_assignment(course) / "test_adam.py"
    worth = '@pytest.mark.question("adam")\n@pytest.mark.points'
    hidden.write_text(hidden.read_text().replace(f"{worth}(1)", f"{worth}(0)", 1))
    assert course.run(GenerateAssignmentApp, "--force") == 0


def with_stub(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    stub = json.loads(json.dumps(notebook))
    found = next(cell for cell in stub["cells"] if cell["id"] == name)
    found["source"] = "".join(found["source"]).replace("answer = 'right'", "# YOUR CODE HERE")
    return stub


def test_what_the_instructor_changed_is_not_told_as_the_students_doing(course: Course) -> None:
    old, students = course.right(), ["ada", "bob", "cy"]
    released_anew(course)
    for student in students[:2]:
        course.hand_in(student, old)
    course.hand_in("cy", with_stub(old, "grad_func"))
    assert course.autograde() == 0
    for student in students:
        assert course.scores(student)["test_adam"] == 5.0
        notes = course.graded(student).metadata.autograder.notes
        assert len(notes) == 1, notes
        assert "data, test_ce_loss" in notes[0] and "batch_size" in notes[0] and "handed out anew" in notes[0]
        assert course.graded(student).metadata.autograder.trouble.count("handed out") == 0
    told = [line for line in course.log if "handed out anew" in line]
    assert len(told) == 1 and "3 students (ada, bob, cy)" in told[0], course.log
    assert course.graded("cy").metadata.autograder.unanswered == ["grad_func"]
    assert course.graded("bob").metadata.autograder.unanswered == []
    assert "assert CE_loss() == 'right'" not in json.dumps(course.graded("ada"))  # the old check is not kept as a cell


def test_what_a_student_changed_in_an_old_copy_is_told(course: Course) -> None:
    old = course.right()
    released_anew(course)
    for cell in old["cells"]:
        if cell["id"] == "test_adam":
            cell["metadata"]["nbgrader"]["points"] = 100
        if cell["id"] == "data":
            cell["source"] = "DATA = 3"
    course.hand_in("ada", old)
    assert course.autograde() == 0
    assert "The points of the cell test_adam were changed to “100”" in course.notes("ada")
    assert "The locked cell data was edited" in course.notes("ada")


def test_a_question_that_was_added_is_not_told_as_deleted(course: Course) -> None:
    old = course.right()
    path = course.root / "source" / ASSIGNMENT / "linear_mnist.ipynb"
    source = nbformat.read(path, as_version=4)
    source.cells[-1:-1] = [answer_cell("more", "more"), nbformat.v4.new_markdown_cell("More")]
    nbformat.write(source, path)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    course.hand_in("ada", old)
    assert course.autograde() == 0
    assert "deleted" not in course.notes("ada") + json.dumps(course.graded("ada"))
    assert "The answer cell more is missing" in course.notes("ada")


def test_one_of_two_notebooks_is_missing(tmp_path: Path, course: Course) -> None:
    from autograder.course.intake.notebook_choice import NoNotebookError, choose_notebook

    with pytest.raises(NoNotebookError) as caught:
        choose_notebook("b.ipynb", [Path("a.ipynb"), Path("notes.txt")], [], only_one=False)
    assert str(caught.value) == (
        "the notebook b.ipynb is not in the folder, which holds a.ipynb, notes.txt. "
        "If one of them is it, rename it and grade this student again; else it has to be handed in again"
    )
