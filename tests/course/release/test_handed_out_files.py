"""What a release holds beside its notebooks: helpers that they import, and a self-check made of checks.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from course import ASSIGNMENT, NOTEBOOK, Course, source_notebook
from nbgrader.apps import GenerateAssignmentApp
from nbformat.v4 import new_code_cell

from autograder import handed_out

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12
MNIST = Path(handed_out.__file__).with_name("mnist.py")
CHECKS = '''"""A hint is true."""

from autograder.handed_out.selfcheck.comparing import compare
from autograder.handed_out.selfcheck.questions import Question, by_name


def right_word(adam_step):
    """The word."""
    compare("the number of letters", float(len(adam_step())), 5.0)


QUESTIONS = by_name(Question("adam", "adam_step", lambda adam_step: adam_step() is None, (right_word,)))
'''


def source(course: Course) -> Path:
    folder = course.root / "source" / ASSIGNMENT
    (folder / "selfcheck.py").unlink(missing_ok=True)
    return folder


def released(course: Course) -> list[str]:
    return sorted(path.name for path in (course.root / "release" / ASSIGNMENT).iterdir())


def with_import(course: Course, line: str) -> None:
    notebook = source_notebook()
    notebook.cells.insert(1, new_code_cell(line, id="import"))
    nbformat.write(notebook, course.root / "source" / ASSIGNMENT / NOTEBOOK)


@pytest.mark.parametrize("line", ["from mnist import mnist", "%matplotlib inline\ntry:\n    import mnist\nfinally:\n    pass"])
def test_a_helper_that_the_notebook_imports_is_handed_out(course: Course, line: str) -> None:
    with_import(course, line)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    assert released(course) == [NOTEBOOK, "mnist.py", "selfcheck.py"]
    assert (course.root / "release" / ASSIGNMENT / "mnist.py").read_bytes() == MNIST.read_bytes()


def test_the_authors_own_file_goes_before_ours(course: Course) -> None:
    with_import(course, "import mnist")
    (source(course) / "mnist.py").write_text("mine = 1")
    assert course.run(GenerateAssignmentApp, "--force") == 0
    assert (course.root / "release" / ASSIGNMENT / "mnist.py").read_text() == "mine = 1"


def test_nothing_is_handed_out_that_is_not_imported(course: Course) -> None:
    with_import(course, "# import mnist\nimport selfcheck, mnist_of_mine")
    assert course.run(GenerateAssignmentApp, "--force") == 0
    assert released(course) == [NOTEBOOK, "selfcheck.py"]


def test_a_selfcheck_is_made_of_checks_and_knows_the_helpers(course: Course) -> None:
    with_import(course, "import mnist")
    (source(course) / "checks.py").write_text(CHECKS)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    assert released(course) == [NOTEBOOK, "mnist.py", "selfcheck.py"]
    folder = course.root / "release" / ASSIGNMENT
    text = (folder / "selfcheck.py").read_text(encoding="utf-8")
    assert 'selfcheck.check(my_function, "adam")' in text and "autograder" not in text
    (folder / "mnist.py").chmod(0o644)
    (folder / "mnist.py").write_text("mine = 1")
    found = subprocess.run([sys.executable, "selfcheck.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert "adam  not answered yet" in found.stdout
    assert "Note: mnist.py is not as it was handed out" in found.stdout
    course.hand_in("ann")
    assert course.autograde() == 0
    graded = course.root / "autograded" / "ann" / ASSIGNMENT
    assert sorted(path.name for path in graded.iterdir()) == [NOTEBOOK, "mnist.py", "selfcheck.py"]


@pytest.mark.parametrize(
    ("checks", "why"),
    [
        (CHECKS + "\n(", "checks.py, line 14: '(' was never closed"),
        (CHECKS + "\nundefined(1)\n", "checks.py can't be loaded: NameError: name 'undefined' is not defined"),
    ],
)
def test_checks_that_are_broken_leave_the_old_release(course: Course, checks: str, why: str) -> None:
    before = {path: path.read_bytes() for path in (course.root / "release").rglob("*") if path.is_file()}
    (source(course) / "checks.py").write_text(checks)
    assert course.run(GenerateAssignmentApp, "--force") == 1
    assert any(line.endswith(why) for line in course.log)
    assert {path: path.read_bytes() for path in before} == before


def test_a_selfcheck_beside_checks_is_refused(course: Course) -> None:
    (source(course) / "checks.py").write_text(CHECKS)
    (course.root / "source" / ASSIGNMENT / "selfcheck.py").write_text("mine = 1")
    assert course.run(GenerateAssignmentApp, "--force") == 1
    assert any("remove one of them" in line for line in course.log)


def test_a_checks_file_of_another_kind_is_handed_out_as_it_is(course: Course) -> None:
    (course.root / "source" / ASSIGNMENT / "checks.py").write_text("def check(x):\n    assert x\n")
    assert course.run(GenerateAssignmentApp, "--force") == 0
    assert released(course) == ["checks.py", NOTEBOOK, "selfcheck.py"]
