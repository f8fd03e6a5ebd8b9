"""Restoring against the notebook that students really get."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from traitlets.config import Config

from autograder.course.intake.cell_restoring import restore
from autograder.course.intake.notebook_repair import well_formed
from autograder.course.intake.student_tasks import task_of
from autograder.course.intake.submission_intake import IntakeLimits, take_in
from autograder.course.notebooks.cell_roles import Role, role
from autograder.grading.judging_task import judge_task
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import CellStatus

RELEASE = Path(__file__).parents[2] / "release" / "linear_mnist" / "linear_mnist.ipynb"


@pytest.fixture(scope="module")
def release() -> Any:
    return nbformat.read(RELEASE, as_version=4)


@pytest.fixture
def answered(release: Any) -> Any:
    """A submission in which something was written into each answer."""
    notebook = well_formed(copy.deepcopy(release))[0]
    for cell in notebook.cells:
        if role(cell) in (Role.ANSWER, Role.TEXT):
            cell.source += "\n\n# written"
    return notebook


def test_a_submission_comes_out_as_it_is(answered: Any, release: Any) -> None:
    clean, notes = restore(answered, release)
    assert notes == []
    assert [cell.source for cell in clean.cells] == [cell.source for cell in answered.cells]
    assert [cell.metadata for cell in clean.cells] == [cell.metadata for cell in release.cells]


def test_a_submission_that_lost_ids_and_metadata_is_recognised(answered: Any, release: Any) -> None:
    sources = [cell.source for cell in answered.cells]
    for i, cell in enumerate(answered.cells):
        cell.metadata, cell.id = nbformat.NotebookNode(), f"x{i}"
    clean, _ = restore(answered, release)
    assert [cell.source for cell in clean.cells] == sources
    assert [cell.metadata for cell in clean.cells] == [cell.metadata for cell in release.cells]


def test_each_cell_that_is_deleted_comes_back_or_is_the_students_to_delete(answered: Any, release: Any) -> None:
    wanted = [cell.metadata.nbgrader.grade_id for cell in release.cells if "nbgrader" in cell.metadata]
    for i in range(len(answered.cells)):
        part = copy.deepcopy(answered)
        del part.cells[i]
        clean, _ = restore(part, release)
        found = [cell.metadata.nbgrader.grade_id for cell in clean.cells if "nbgrader" in cell.metadata]
        assert found == wanted


ATTACK = "raise RuntimeError('the student\\'s')"


def test_a_sandbox_has_the_helper_that_was_handed_out(
    release: Any, tmp_path: Path, write_mnist: Callable[..., Path]
) -> None:
    """Whatever else of its name is handed in; and with the notebook alone."""
    given = {path.name: path for path in RELEASE.parent.iterdir() if path.suffix == ".py"}
    config = Config(StudentProvisioner={"data": str(write_mnist())})
    folders = [tmp_path / "attacked", tmp_path / "alone"]
    for folder in folders:
        folder.mkdir()
        nbformat.write(release, folder / RELEASE.name)
    (folders[0] / "mnist").mkdir()
    for name in ("mnist.py", "mnist/__init__.py", "mnist.abi3.so"):
        (folders[0] / name).write_text(ATTACK)
    for folder in folders:
        staged = tmp_path / f"staged-{folder.name}"
        take_in(folder, staged, {RELEASE.name: release}, IntakeLimits(), given=given)
        notebook = nbformat.read(staged / RELEASE.name, as_version=4)
        task = task_of(notebook, folder.name, Assignment.find("linear_mnist"), "linear_mnist", staged, given)
        evidence = judge_task(dataclasses.replace(task, questions=("ce_loss",)), config)
        where = next(i for i, cell in enumerate(notebook.cells) if cell.get("id") == "data")
        data = next(cell for cell in evidence.cells if cell.index == where)
        assert data.status is CellStatus.OK, data
        assert [output["text"] for output in data.outputs] == ["48 images to train on, 12 to validate, 10 to test\n"]
