"""The simulated class, and the commands around it."""

import shutil
from pathlib import Path

import nbformat
import pytest

from autograder import cli
from autograder.grading.simulate import CLASS, simulate
from autograder.student.capabilities import Capability

ROOT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path):
    shutil.copytree(ROOT / "release", tmp_path / "release")
    return tmp_path


def test_a_class_of_twelve_hands_in(course):
    folders = simulate("linear_mnist", course)
    assert [folder.parent.name for folder in folders] == [member.student for member in CLASS]
    assert len(folders) == 12
    for member, folder in zip(CLASS, folders, strict=True):
        text = (folder / "linear_mnist.ipynb").read_text()
        assert (folder / "selfcheck.py").is_file()
        if not member.truncated:
            assert nbformat.validate(nbformat.reads(text, as_version=4)) is None


def test_answers_stand_in_their_cells(course):
    simulate("linear_mnist", course)
    node = nbformat.read(course / "submitted" / "emmy" / "linear_mnist" / "linear_mnist.ipynb", as_version=4)
    cells = {cell.metadata.nbgrader.grade_id: cell.source for cell in node.cells if "nbgrader" in cell.metadata}
    assert "torch.exp(X @ w)" in cells["ce_loss"]
    assert cells["other_optimiser"].count("YOUR CODE HERE") == 1


def test_without_a_release_there_is_no_class(tmp_path, capsys):
    assert cli.main(["simulate", "linear_mnist", "--course", str(tmp_path)]) == 2
    assert "run `nbgrader generate_assignment linear_mnist` first" in capsys.readouterr().err


def test_the_command_says_where_the_class_is(course, capsys):
    assert cli.main(["simulate", "linear_mnist", "--course", str(course)]) == 0
    assert capsys.readouterr().out == f"12 submissions are in {course / 'submitted'}\n"


def test_a_report_needs_grades(course, capsys):
    assert cli.main(["report", "linear_mnist", "--course", str(course)]) == 2
    assert "run `nbgrader autograde` there first" in capsys.readouterr().err


@pytest.mark.parametrize("ok", [True, False])
def test_doctor_says_what_is_missing(monkeypatch, capsys, ok):
    found = [Capability("network namespaces", ok, "no network", "install them", True)]
    monkeypatch.setattr("autograder.student.capabilities.probe", lambda: found)
    assert cli.main(["doctor"]) == (0 if ok else 1)
    assert ("install them" in capsys.readouterr().out) is not ok
