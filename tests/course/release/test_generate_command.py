"""`nbgrader generate_assignment`: a refusal leaves what was released before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course import ASSIGNMENT, NOTEBOOK, Course, answer_cell, source_notebook
from nbgrader.apps import GenerateAssignmentApp
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course.install import install

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def added_cell(course: Course, notebook: Any) -> None:
    notebook.cells.append(answer_cell("one_more", "one_more"))
    course.hand_in("a")
    assert course.autograde() == 0  # from here on the gradebook takes no further cells


def same_id_twice(course: Course, notebook: Any) -> None:
    notebook.cells.append(answer_cell("ce_loss", "CE_loss"))
    notebook.cells[-1].id = "copy"


def unclosed_solution(course: Course, notebook: Any) -> None:
    notebook.cells[3].source = notebook.cells[3].source.replace("### END SOLUTION", "")


def no_notebook(course: Course, notebook: Any) -> None:
    notebook.cells = None


REFUSED = [added_cell, same_id_twice, unclosed_solution, no_notebook]


@pytest.mark.parametrize("force", [["--force"], []], ids=["force", ""])
@pytest.mark.parametrize("spoil", REFUSED, ids=lambda spoil: spoil.__name__)
def test_a_refusal_leaves_the_old_release(course: Course, spoil: Any, force: list[str]) -> None:
    release = course.root / "release" / ASSIGNMENT
    (release / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    (course.root / "source" / ASSIGNMENT / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")  # newer: as if forced
    before = files(release)
    notebook = source_notebook()
    spoil(course, notebook)
    (course.root / "source" / ASSIGNMENT / NOTEBOOK).write_text(
        json.dumps(notebook) if notebook.cells is None else nbformat.writes(notebook)
    )
    assert course.run(GenerateAssignmentApp, *force) == 1
    assert files(release) == before
    assert any("still there, unchanged" in line for line in course.log)
    assert not list((course.root / ".autograder").glob("generated-*"))


def test_the_gradebook_hears_only_of_what_is_released(course: Course) -> None:
    """A step that fails after nbgrader's SaveCells."""
    notebook = source_notebook()
    notebook.cells[4].metadata.nbgrader.points = 40.0
    nbformat.write(notebook, course.root / "source" / ASSIGNMENT / NOTEBOOK)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    notebook.cells[4].source += "\n### BEGIN HIDDEN TESTS"
    notebook.cells[4].metadata.nbgrader.points = 50.0
    nbformat.write(notebook, course.root / "source" / ASSIGNMENT / NOTEBOOK)
    assert course.run(GenerateAssignmentApp, "--force") == 1
    with course.gradebook() as gradebook:
        assert gradebook.find_grade_cell("test_ce_loss", "linear_mnist", ASSIGNMENT).max_score == 40.0


def test_a_new_release_takes_the_place_of_the_old_one(course: Course) -> None:
    release = course.root / "release" / ASSIGNMENT
    (release / "left.txt").write_text("from an older release")
    assert course.run(GenerateAssignmentApp) == 0
    assert (release / "left.txt").exists()  # as in stock nbgrader: without --force nothing is done
    notebook = source_notebook()
    notebook.cells[0].source = "# Another title"
    nbformat.write(notebook, course.root / "source" / ASSIGNMENT / NOTEBOOK)
    (course.root / "source" / ASSIGNMENT / "data").mkdir()
    (course.root / "source" / ASSIGNMENT / "data" / "new.csv").write_text("1")
    assert course.run(GenerateAssignmentApp, "--force") == 0
    assert course.release.cells[0].source == "# Another title"
    assert sorted(files(release)) == ["data/new.csv", NOTEBOOK, "selfcheck.py"]
    assert not list((course.root / ".autograder").glob("generated-*"))


def test_one_notebook_alone_is_released_among_the_others(course: Course) -> None:
    release = course.root / "release" / ASSIGNMENT
    (release / "other.ipynb").write_text("another notebook")
    notebook = source_notebook()
    notebook.cells[0].source = "# Another title"
    nbformat.write(notebook, course.root / "source" / ASSIGNMENT / NOTEBOOK)
    assert course.run(GenerateAssignmentApp, "--force", "--notebook=linear_mnist") == 0
    assert course.release.cells[0].source == "# Another title"
    assert (release / "other.ipynb").read_text() == "another notebook"


def test_hooks_run_once_each_with_the_release_in_its_place(course: Course) -> None:
    (course.root / "hooks.py").write_text(
        "from pathlib import Path\n\n"
        "RELEASED = Path('release/linear_mnist/linear_mnist.ipynb')\n\n"
        "def note(what):\n    with Path('hooks.log').open('a') as log:\n"
        "        log.write(f'{what}: {\"Another title\" in RELEASED.read_text()}\\n')\n\n"
        "def before(**_):\n    note('before')\n\n"
        "def after(**_):\n    note('after')\n"
    )
    notebook = source_notebook()
    notebook.cells[0].source = "# Another title"
    nbformat.write(notebook, course.root / "source" / ASSIGNMENT / NOTEBOOK)
    hooks = {"pre_convert_hook": "hooks.before", "post_convert_hook": "hooks.after"}
    assert course.run(GenerateAssignmentApp, "--force", GenerateAssignment=hooks) == 0
    assert (course.root / "hooks.log").read_text() == "before: False\nafter: True\n"


def test_the_formgraders_button_leaves_the_old_release_too(course: Course) -> None:
    before = files(course.root / "release")
    notebook = source_notebook()
    same_id_twice(course, notebook)
    nbformat.write(notebook, course.root / "source" / ASSIGNMENT / NOTEBOOK)
    config = Config()
    install(config)
    config.CourseDirectory.root = str(course.root)
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    assert not api.generate_assignment(ASSIGNMENT)["success"]
    assert files(course.root / "release") == before
