"""Nobody gets points without having been judged: where the plug-in is not whole, nothing is graded."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course import ASSIGNMENT, NOTEBOOK, Course
from faults import ALL
from nbgrader.apps import GenerateAssignmentApp
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.cli import main
from autograder.course.install import install
from autograder.course.plugging_in import AUTOGRADE, SANITIZE

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12
EXECUTE, SAVE = "nbgrader.preprocessors.Execute", "nbgrader.preprocessors.SaveAutoGrades"
STOCK = [EXECUTE, "nbgrader.preprocessors.LimitOutput", SAVE]


def steps(*names: str) -> dict[str, Any]:
    return {"Autograde": {"autograde_preprocessors": list(names)}}


SPOILT: dict[str, tuple[dict[str, Any], str]] = {
    "stock steps": (steps(*STOCK), "autograder.course.steps.judging_step.Judge is missing or off"),
    "no judge": (steps(*AUTOGRADE[1:]), "autograder.course.steps.judging_step.Judge is missing or off"),
    "two judges": (steps(AUTOGRADE[0], *AUTOGRADE), "autograder.course.steps.judging_step.Judge is there 2 times"),
    "nothing saves": (steps(*AUTOGRADE[:4], *AUTOGRADE[5:]), "SaveJudgedGrades is missing or off"),
    "saved first": (steps(AUTOGRADE[4], *AUTOGRADE[:4]), "saved before anything is judged"),
    "nbgrader saves": (steps(*AUTOGRADE, SAVE), "save points that nobody has judged"),
    "Execute is back": (steps(*AUTOGRADE, EXECUTE), "outside of the sandbox"),
    "Execute first": ({"Autograde": {"sanitize_preprocessors": [*SANITIZE, EXECUTE]}}, "outside of the sandbox"),
    "judge off": ({"Judge": {"enabled": False}}, "autograder.course.steps.judging_step.Judge is missing or off"),
    "saving off": ({"NbGraderPreprocessor": {"enabled": False}}, "SaveJudgedGrades is missing or off"),
    "no such step": (steps("no.such.step", *AUTOGRADE), "a step of nbgrader's can't be made"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_where_a_step_is_missing_nothing_is_graded(course: Course, how: str) -> None:
    settings, reason = SPOILT[how]
    course.hand_in("a")
    before = (course.root / "gradebook.db").read_bytes()
    assert course.autograde(**settings) == 1
    assert reason in course.log[-1] and "install(c)" in course.log[-1]
    assert (course.root / "gradebook.db").read_bytes() == before
    assert not (course.root / "autograded").exists()


def test_a_step_of_the_courses_own_is_welcome(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde(**steps(*AUTOGRADE, "nbgrader.preprocessors.ClearOutput")) == 0
    assert course.scores("a") == ALL


def test_steps_on_the_command_line_do_not_get_around_the_judge(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde(*[f"--Autograde.autograde_preprocessors={step}" for step in STOCK]) == 1
    assert "autograder.course.steps.judging_step.Judge is missing or off" in course.log[-1]
    assert not (course.root / "autograded").exists()


def test_a_program_with_a_configuration_of_its_own_grades_nothing(course: Course) -> None:
    course.hand_in("a")
    install(Config())  # as another course in the same program would
    config = Config()
    config.CourseDirectory.root = str(course.root)
    result = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config).autograde(ASSIGNMENT, "a")
    assert not result["success"] and "it would not be judged" in result["log"]
    with course.gradebook() as gradebook:
        assert not gradebook.students


def test_a_configuration_that_breaks_off_grades_nothing(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    """nbgrader logs the error and goes on without the file."""
    course.hand_in("a")
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nno_such_name\n")
    assert course.autograde() == 1
    assert "it would not be judged" in course.log[-1]
    assert main(["grade", ASSIGNMENT, "--course", str(course.root)]) == 2
    said = capsys.readouterr().err
    assert "nbgrader_config.py, line 9: NameError" in said and "can't be read" in said
    assert main(["doctor", "--course", str(course.root)]) == 1
    assert "NameError" in capsys.readouterr().out


def test_from_another_folder_it_is_the_same(course: Course, tmp_path: Path) -> None:
    course.hand_in("a")
    (tmp_path / "empty_config.py").write_text("")
    options = [f"--course-dir={course.root}", f"--config={tmp_path / 'empty_config.py'}"]
    command = [str(Path(sys.executable).parent / "nbgrader"), "autograde", ASSIGNMENT, *options]
    environment = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert course.scores("a") == ALL


def test_a_configuration_in_jupyters_folder_plugs_in_as_well(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    course.hand_in("a")
    (course.root / "nbgrader_config.py").rename(tmp_path / "nbgrader_config.py")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.chdir(course.root)
    assert course.autograde() == 0
    assert course.scores("a") == ALL
    assert main(["grade", ASSIGNMENT]) == 0
    assert "1 known already" in capsys.readouterr().out


@pytest.fixture
def unplugged(course: Course) -> Course:
    """A course as `nbgrader quickstart` makes it."""
    (course.root / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'mine'\n")
    course.hand_in("a")
    return course


@pytest.mark.parametrize(
    "command", [["grade", ASSIGNMENT], ["grade", ASSIGNMENT, "--diff"], ["store", "prune", ASSIGNMENT]], ids=" ".join
)
def test_our_commands_refuse(unplugged: Course, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--course", str(unplugged.root)]) == 2
    said = capsys.readouterr().err
    assert f"autograder isn't plugged into the course in {unplugged.root}" in said
    assert "install(c)" in said and "autograder doctor" in said


def test_a_folder_without_a_course_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", ASSIGNMENT, "--course", str(tmp_path)]) == 2
    assert "there is no nbgrader_config.py in" in capsys.readouterr().err
    assert main(["grade", ASSIGNMENT, "--course", str(tmp_path / "none")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_what_nobody_has_judged_is_not_reported(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    stocks = course.root / "autograded" / "a" / ASSIGNMENT
    stocks.mkdir(parents=True)
    shutil.copy(course.root / "release" / ASSIGNMENT / NOTEBOOK, stocks)
    assert main(["report", ASSIGNMENT, "--course", str(course.root)]) == 2
    assert "graded by nbgrader without autograder" in capsys.readouterr().err
    course.hand_in("b")
    assert course.autograde() == 0
    capsys.readouterr()
    assert main(["report", ASSIGNMENT, "--course", str(course.root)]) == 0
    assert "without autograder: no hidden test was run" in capsys.readouterr().out
    course.hand_in("a")
    assert course.autograde() == 0  # and such a copy is no reason not to judge
    assert course.scores("a") == ALL


def doctor(course: Course, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(["doctor", "--course", str(course.root)])
    return status, " ".join(capsys.readouterr().out.replace("│", " ").split())


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "900")
    monkeypatch.setattr("autograder.kernels.capabilities.probe", list)  # takes a process, and has tests of its own


@pytest.mark.usefixtures("wide")
def test_the_doctor_finds_a_course_well(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    status, said = doctor(course, capsys)
    assert status == 0 and "✗" not in said
    for words in ("judge with autograder", "can be read", "its cells are those of source/", "MNIST", "GPU"):
        assert words in said
    for words in ("memory 3072 MiB a process", "call_timeout 10 s", "1 submission side by side"):
        assert words in said


@pytest.mark.usefixtures("wide")
def test_the_doctor_changes_nothing(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    (course.root / "gradebook.db").unlink()
    before = sorted(course.root.rglob("*"))
    status, said = doctor(course, capsys)
    assert status == 0 and "there is none yet" in said
    assert [path for path in sorted(course.root.rglob("*")) if "__pycache__" not in path.parts] == [
        path for path in before if "__pycache__" not in path.parts
    ]


@pytest.mark.usefixtures("wide")
def test_the_doctor_finds_a_course_that_is_not_plugged_in(
    unplugged: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = doctor(unplugged, capsys)
    assert status == 1 and "Points would be given unjudged" in said and "install(c)" in said


def with_the_rest_replaced(course: Course) -> str:
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write("\nc.ExportApp.plugin_class = 'nbgrader.plugins.CsvExportPlugin'\n")
        file.write("c.HTMLExporter.filters = {}\nc.GenerateFeedback.preprocessors = []\n")
    return "writes a zero where nothing could be judged"


def with_an_old_release(course: Course) -> str:
    path = course.root / "release" / ASSIGNMENT / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "test_adam").source = "check(adam_step)"
    nbformat.write(notebook, path)
    return "the released test cells are old ones: test_adam"


def with_another_assignment(course: Course) -> str:
    shutil.copytree(course.root / "release" / ASSIGNMENT, course.root / "release" / "linear_minst")
    return "asks the questions of that assignment"


def with_other_points(course: Course) -> str:
    path = course.root / "release" / ASSIGNMENT / NOTEBOOK
    path.write_text(path.read_text().replace('"points": 4.0', '"points": 5.0'))
    return "disagree on what cells are worth"


def with_no_gradebook(course: Course) -> str:
    (course.root / "gradebook.db").write_text("no database, whatever it may be")
    return "can't be read"


def with_a_release_that_is_none(course: Course) -> str:
    (course.root / "release" / ASSIGNMENT / NOTEBOOK).write_text("no notebook")
    return "what is released can't be read"


def changed_in_source(course: Course, cell: str, source: str | None = None, points: float | None = None) -> None:
    path = course.root / "source" / ASSIGNMENT / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    found = next(one for one in notebook.cells if one.id == cell)
    found.source = found.source if source is None else source
    if points is not None:
        found.metadata.nbgrader.points = points
    nbformat.write(notebook, path)


def with_points_that_are_not_released(course: Course) -> str:
    changed_in_source(course, "derivation", points=5)
    return (
        "has another one today: derivation (3 points, in source/ 5) run `nbgrader generate_assignment linear_mnist --fo"
    )


def with_another_stub(course: Course) -> str:
    changed_in_source(
        course, "grad_func", "def grad_func(w):\n    ### BEGIN SOLUTION\n    return w\n    ### END SOLUTION"
    )
    return "has another one today: grad_func "


def with_another_given_cell(course: Course) -> str:
    changed_in_source(course, "setup", "import cmath")
    return "has another one today: “import math”, “import cmath” "


def with_another_file(course: Course) -> str:
    (course.root / "source" / ASSIGNMENT / "selfcheck.py").write_text("handed_out = False\n")
    return "other files than source/ has today: selfcheck.py"


def with_a_notebook_that_is_not_released(course: Course) -> str:
    folder = course.root / "source" / ASSIGNMENT
    shutil.copy(folder / NOTEBOOK, folder / "more.ipynb")
    return "more.ipynb is in source/, but isn't released"


def with_points_that_no_hidden_tests_have(course: Course) -> str:
    changed_in_source(course, "test_adam", points=12)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    return "the hidden tests of adam are worth 6 points, its cell test_adam 12"


UNFIT = [
    with_points_that_are_not_released,
    with_another_stub,
    with_another_given_cell,
    with_another_file,
    with_a_notebook_that_is_not_released,
    with_points_that_no_hidden_tests_have,
]
FAULTS = [
    *UNFIT,
    with_the_rest_replaced,
    with_an_old_release,
    with_another_assignment,
    with_other_points,
    with_no_gradebook,
    with_a_release_that_is_none,
]


@pytest.mark.usefixtures("wide")
@pytest.mark.parametrize("spoil", FAULTS, ids=lambda spoil: spoil.__name__)
def test_the_doctor_finds_what_is_wrong(course: Course, spoil: Any, capsys: pytest.CaptureFixture[str]) -> None:
    reason = spoil(course)
    status, said = doctor(course, capsys)
    assert status == 1 and reason in said and not (spoil in UNFIT and "released, with hidden tests" in said)


@pytest.mark.usefixtures("wide")
def test_the_doctor_names_prose_that_is_not_released(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    changed_in_source(course, "end", "The very end")
    status, said = doctor(course, capsys)
    assert status == 0 and "“The end”, “The very end”" in said and "released, with hidden tests" not in said


@pytest.mark.usefixtures("wide")
def test_the_doctor_names_test_cells_that_would_give_anybody_points(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    path = course.root / "source" / ASSIGNMENT / NOTEBOOK
    notebook = nbformat.read(path, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "test_adam").source = "check(adam_step)"
    nbformat.write(notebook, path)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    status, said = doctor(course, capsys)
    assert status == 0 and "never stop with an error: test_adam. " in said


@pytest.mark.usefixtures("wide")
def test_the_doctor_says_that_the_source_is_refused(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    source = course.root / "source" / ASSIGNMENT / NOTEBOOK
    source.write_text(json.dumps({"cells": None}))
    status, said = doctor(course, capsys)
    assert status == 0 and "source/ is refused" in said
