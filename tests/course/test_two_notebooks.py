"""An assignment of two notebooks: each is judged, shown and handed in again by itself, the points are one student's."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import course as course_module
import nbformat
import pytest
from course import ASSIGNMENT, CONFIG, HERE, Course
from nbgrader.apps import ExportApp, GenerateAssignmentApp

from autograder.cli import main
from autograder.course.release.known_answers import REFERENCE, STUB

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12

CELLS = {
    "loss": ("title", "setup", "derivation", "ce_loss", "test_ce_loss", "grad_func", "test_grad_func"),
    "steps": ("setup", "sgd_momentum", "test_sgd_momentum", "batch_size", "adam", "test_adam", "end"),
}
POINTS = {"loss": {"test_ce_loss": 4.0, "test_grad_func": 6.0}, "steps": {"test_sgd_momentum": 4.0, "test_adam": 6.0}}
NAMES = tuple(CELLS)


class TwoNotebooks(Course):
    """A course whose assignment has two notebooks."""

    def released(self, name: str) -> Any:
        return nbformat.read(self.root / "release" / ASSIGNMENT / f"{name}.ipynb", as_version=4)

    def filled(self, name: str, **answers: str) -> dict[str, Any]:
        """A notebook that is all right, but for these answers."""
        notebook = copy.deepcopy(self.released(name))
        for cell in notebook.cells:
            cell.source = cell.source.replace("# YOUR CODE HERE", f"answer = {answers.get(cell.id, 'right')!r}")
            if cell.cell_type == "markdown" and "nbgrader" in cell.metadata:
                cell.source = f"my {cell.id}"
        found: dict[str, Any] = json.loads(nbformat.writes(notebook))
        return found

    def put(self, student: str, *names: str, time: str = "10:00:00", **answers: str) -> None:
        """Hand in some of the notebooks."""
        for name in names or NAMES:
            text = json.dumps(self.filled(name, **answers))
            (self.folder(student) / f"{name}.ipynb").write_text(text, encoding="utf-8")
        (self.folder(student) / "timestamp.txt").write_text(f"2026-11-02 {time} UTC")

    def of(self, student: str, name: str) -> dict[str, float | None]:
        with self.gradebook() as gradebook:
            notebook = gradebook.find_submission_notebook(name, ASSIGNMENT, student)
            return {grade.name: grade.auto_score for grade in notebook.grades if grade.name in POINTS[name]}

    def total(self, student: str) -> float:
        with self.gradebook() as gradebook:
            return float(gradebook.find_submission(ASSIGNMENT, student).score)

    def facts(self, student: str, name: str) -> Any:
        return nbformat.read(self.copy(student, name), as_version=4).metadata.autograder

    def copy(self, student: str, name: str) -> Path:
        return self.root / "autograded" / student / ASSIGNMENT / f"{name}.ipynb"


@pytest.fixture(scope="module")
def generated_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("two")
    source = root / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    whole = course_module.source_notebook()
    for name, ids in CELLS.items():
        part = copy.deepcopy(whole)
        part.cells = [cell for cell in part.cells if cell.id in ids]
        nbformat.write(part, source / f"{name}.ipynb")
    (root / "nbgrader_config.py").write_text(CONFIG)
    shutil.copy(HERE / "fake_judge.py", root)
    assert TwoNotebooks(root).run(GenerateAssignmentApp) == 0
    return root


@pytest.fixture
def two(generated_two: Path, tmp_path: Path) -> TwoNotebooks:
    shutil.copytree(generated_two, tmp_path, dirs_exist_ok=True)
    return TwoNotebooks(tmp_path)


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was printed since the last time."""
    return lambda: capsys.readouterr().out


def test_both_are_graded_and_the_points_are_added_up(two: TwoNotebooks, out: Callable[[], str]) -> None:
    two.put("ada")
    two.put("bob", adam="half", ce_loss="wrong")
    assert two.autograde() == 0
    assert {name: two.of("ada", name) for name in NAMES} == POINTS
    assert two.of("bob", "loss") == {"test_ce_loss": 0.0, "test_grad_func": 6.0}
    assert two.of("bob", "steps") == {"test_sgd_momentum": 4.0, "test_adam": 3.0}
    assert (two.total("ada"), two.total("bob")) == (20.0, 13.0)
    table = out()
    assert "20+?/26" in table and "13+?/26" in table and "4 judged" in table
    for question in ("ce_loss", "grad_func", "sgd_momentum", "adam"):
        assert question in table
    main(["report", ASSIGNMENT, "--course", str(two.root)])
    assert "13+?/26" in out()
    assert two.run(ExportApp, "--to=grades.csv") == 0
    rows = (two.root / "grades.csv").read_text().splitlines()
    assert [row.split(",")[9:11] for row in rows[1:]] == [["20.0", "26.0"], ["13.0", "26.0"]]


def test_feedback_is_made_of_each(two: TwoNotebooks) -> None:
    two.put("ada", adam="wrong")
    assert two.autograde() == 0 and two.feedback() == 0
    pages = {name: (two.root / "feedback" / "ada" / ASSIGNMENT / f"{name}.html").read_text() for name in NAMES}
    assert "Score: 10.0 / 13.0" in pages["loss"] and "Score: 4.0 / 13.0" in pages["steps"]
    said = "adam_step gave back"
    assert said in pages["steps"] and said not in pages["loss"]


@pytest.mark.parametrize("there", NAMES)
def test_one_that_is_missing_costs_nothing_of_the_other(two: TwoNotebooks, there: str) -> None:
    (missing,) = set(NAMES) - {there}
    two.put("ada", there)
    two.put("bob")
    assert two.autograde() == 0
    assert two.of("ada", there) == POINTS[there]
    assert not any(two.of("ada", missing).values())
    assert two.facts("ada", there).problem == "" and two.facts("ada", missing).problem
    assert {name: two.of("bob", name) for name in NAMES} == POINTS
    two.put("ada", missing, time="11:00:00")
    assert two.autograde() == 0
    assert {name: two.of("ada", name) for name in NAMES} == POINTS


def test_one_that_cannot_be_read_costs_nothing_of_the_other(two: TwoNotebooks, out: Callable[[], str]) -> None:
    two.put("ada")
    (two.folder("ada") / "steps.ipynb").write_text('{"cells": [')
    assert two.autograde() == 0
    assert two.of("ada", "loss") == POINTS["loss"]
    assert two.of("ada", "steps") == dict.fromkeys(POINTS["steps"])
    assert "10/" not in out()  # a sum of what is known would be taken for the whole
    two.put("ada", "steps", time="11:00:00")
    assert two.autograde() == 0
    assert two.of("ada", "steps") == POINTS["steps"]
    assert two.total("ada") == 20.0


def test_nothing_at_all_is_nothing_in_both(two: TwoNotebooks) -> None:
    two.folder("ada")
    assert two.autograde() == 0
    for name in NAMES:
        assert two.of("ada", name) == dict.fromkeys(POINTS[name], 0.0)
        assert two.facts("ada", name).state == "nothing"


@pytest.mark.parametrize("how", ["missing", "cut off"])
def test_the_table_names_the_one_that_is_missing_or_unreadable(
    two: TwoNotebooks, out: Callable[[], str], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    two.put("ada", *NAMES, ce_loss="wrong")
    path = two.folder("ada") / "steps.ipynb"
    if how == "missing":
        path.unlink()
    else:
        path.write_text(path.read_text()[:100])
    two.put("bob")
    (two.root / "submitted" / "cid.zip").write_bytes(b"PK")
    two.autograde()
    text = " ".join(out().split())
    main(["report", ASSIGNMENT, "--course", str(two.root)])
    for said in (text, " ".join(out().split())):
        assert "ce_loss: " in said and "cid.zip" in said
        assert "steps.ipynb: could not be judged: " in said
    assert (
        "; 1 entry can't be graded." in text
        and "2 students: 1 all right, 1 lost points, 1 with something that could not be judged" in text
    )
    assert "3 notebooks in this run: 3 judged" in text
    assert "bob (loss) " in text


def test_a_fault_of_the_graders_in_one_is_judged_again_and_the_other_is_not(
    two: TwoNotebooks, out: Callable[[], str]
) -> None:
    two.put("ada", adam="not judged")
    two.put("bob", adam="half")
    assert two.autograde() == 1
    assert two.of("ada", "loss") == POINTS["loss"]
    assert two.of("ada", "steps") == {"test_sgd_momentum": 4.0, "test_adam": None}
    assert "could not judge 1 of 2 students: ada" in two.log[-1]
    out()
    two.put("ada", "steps")  # the same time: what wants judging is the grader's fault
    assert two.autograde() == 0
    assert {name: two.of("ada", name) for name in NAMES} == POINTS
    assert "1 judged, 1 known already" in out()


def test_when_the_judge_breaks_over_one_the_run_goes_on(two: TwoNotebooks) -> None:
    two.put("ada", grad_func="judge dies")
    two.put("bob", sgd_momentum="judge raises")
    two.put("cid")
    assert two.autograde() == 1
    assert two.of("ada", "loss") == dict.fromkeys(POINTS["loss"]) and two.of("ada", "steps") == POINTS["steps"]
    assert two.of("bob", "steps") == dict.fromkeys(POINTS["steps"]) and two.of("bob", "loss") == POINTS["loss"]
    assert {name: two.of("cid", name) for name in NAMES} == POINTS
    assert "could not judge 2 of 3 students: ada, bob" in two.log[-1]


@pytest.mark.parametrize("name", NAMES)
def test_a_resubmission_that_changes_one_judges_that_one(two: TwoNotebooks, out: Callable[[], str], name: str) -> None:
    answer = {"loss": "ce_loss", "steps": "sgd_momentum"}[name]
    two.put("ada", **{answer: "wrong"})
    assert two.autograde() == 0
    assert two.total("ada") == 16.0
    out()
    two.put("ada", name, time="11:00:00")
    assert two.autograde() == 0
    assert "1 judged, 1 known already" in out()
    assert two.total("ada") == 20.0
    assert two.autograde() == 0  # and now nobody is due
    assert "In this run: 0 judged, 0 known already" in out()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["deleted", "cut off"])
def test_a_graded_copy_without_one_of_them_is_not_finished(two: TwoNotebooks, name: str, how: str) -> None:
    two.put("ada")
    assert two.autograde() == 0
    path = two.copy("ada", name)
    path.chmod(0o644)
    if how == "deleted":
        path.unlink()
    else:
        path.write_text(path.read_text()[:100])
    assert two.autograde() == 0
    assert two.facts("ada", name).scores
    assert {name: two.of("ada", name) for name in NAMES} == POINTS


def test_what_a_human_gave_in_one_stays(two: TwoNotebooks) -> None:
    two.put("ada")
    assert two.autograde() == 0
    with two.gradebook() as gradebook:
        gradebook.find_grade("test_adam", "steps", ASSIGNMENT, "ada").manual_score = 1.5
        gradebook.find_grade("derivation", "loss", ASSIGNMENT, "ada").manual_score = 2.0
        gradebook.db.commit()
    two.put("ada", "loss", time="11:00:00", ce_loss="wrong")
    assert two.autograde() == 0
    assert two.total("ada") == 0 + 6 + 4 + 1.5 + 2


def test_names_have_to_fit_and_a_third_one_is_left_alone(two: TwoNotebooks) -> None:
    two.put("ada")
    folder = two.folder("ada")
    (folder / "steps.ipynb").rename(folder / "Steps.ipynb")
    (folder / "scratch.ipynb").write_text("{}")
    assert two.autograde() == 0
    assert {name: two.of("ada", name) for name in NAMES} == POINTS
    (folder / "Steps.ipynb").rename(folder / "my steps.ipynb")
    (folder / "timestamp.txt").write_text("2026-11-02 11:00:00 UTC")
    assert two.autograde() == 0
    assert two.of("ada", "loss") == POINTS["loss"]
    assert not any(two.of("ada", "steps").values())  # nobody can say which of the two it is meant to be


def test_names_of_one_are_not_those_of_the_other(two: TwoNotebooks) -> None:
    """Each notebook runs for itself: what is defined in one is not defined in the other."""
    two.put("ada")
    path = two.folder("ada") / "loss.ipynb"
    notebook = json.loads(path.read_text())
    source = "def CE_loss():\n    return 'right'\n\ndef adam_step():\n    return 'right'"
    next(cell for cell in notebook["cells"] if cell["id"] == "ce_loss")["source"] = source
    path.write_text(json.dumps(notebook))
    other = two.filled("steps")
    next(cell for cell in other["cells"] if cell["id"] == "adam")["source"] = "pass"
    (two.folder("ada") / "steps.ipynb").write_text(json.dumps(other))
    assert two.autograde() == 0
    assert two.of("ada", "loss") == POINTS["loss"]
    assert two.of("ada", "steps") == {"test_sgd_momentum": 4.0, "test_adam": 0.0}


def test_evidence_is_kept_of_each(two: TwoNotebooks) -> None:
    two.put("ada")
    two.put("bob", "steps", adam="wrong")
    two.put("bob", "loss")
    assert main(["grade", ASSIGNMENT, "--course", str(two.root)]) == 0
    students = two.root / ".autograder" / "evidence" / ASSIGNMENT / "students"
    assert sorted(
        str(path.relative_to(students))
        for path in students.rglob("*.json")
        if path.parent.name not in (REFERENCE, STUB)
    ) == [f"{student}/{name}.json" for student in ("ada", "bob") for name in NAMES]
    kept = {path: json.loads(path.read_text())["keys"] for path in students.rglob("*.json")}
    assert all(len(keys) == 1 for keys in kept.values())
    assert kept[students / "ada" / "loss.json"] == kept[students / "bob" / "loss.json"]
    assert kept[students / "ada" / "steps.json"] != kept[students / "bob" / "steps.json"]
