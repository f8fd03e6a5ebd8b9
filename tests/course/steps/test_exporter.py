"""Notebooks go through nbgrader's steps, and a course's own, without being copied and checked at each."""

from __future__ import annotations

import nbformat
from course import ASSIGNMENT, Course
from faults import ALL

from autograder.course.notebooks.typed_nbformat import final_text
from autograder.course.plugging_in import AUTOGRADE, SANITIZE

STEPS = """
from nbgrader.preprocessors import NbGraderPreprocessor

def count(notebook, resources):
    notebook.metadata["cells"] = len(notebook.cells)
    return notebook, resources

class Break(NbGraderPreprocessor):
    def preprocess_cell(self, cell, resources, index):
        if "broken" in cell.source:
            cell.cell_type = "no such type"
        return cell, resources
"""


def test_a_courses_own_steps_run_and_are_named_where_they_break_a_notebook(course: Course) -> None:
    (course.root / "steps.py").write_text(STEPS)
    broken = course.right()
    broken["cells"][1]["source"] += "\n# broken"
    course.hand_in("a")
    course.hand_in("b", broken)
    course.hand_in("c")
    config = {
        "sanitize_preprocessors": [*SANITIZE, "steps.count"],
        "autograde_preprocessors": ["steps.Break", *AUTOGRADE],
    }
    assert course.autograde(Autograde=config) == 1
    assert any("Notebook is invalid after preprocessor <steps.Break" in line for line in course.log)
    assert any(line.startswith("b: could not be judged") for line in course.log)
    assert [course.scores(student) for student in "abc"] == [ALL, dict.fromkeys(ALL), ALL]
    assert course.graded("a").metadata["cells"] == len(course.release.cells)


def test_a_file_is_as_nbformat_writes_it(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde() == 0
    text = (course.root / "autograded" / "a" / ASSIGNMENT / "linear_mnist.ipynb").read_text()
    assert text == nbformat.writes(nbformat.reads(text, as_version=4)) + "\n"
    odd = nbformat.reads(text, as_version=4)
    odd.metadata["signature"] = "gone"
    odd.cells[0].source = "one\nä\u2028\ntwo\n"
    odd.cells[0].attachments = {"a.txt": {"text/plain": "one\ntwo"}}
    wanted = nbformat.writes(odd)
    assert final_text(odd) == wanted
