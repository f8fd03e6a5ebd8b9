"""Restoring against the notebook that students really get."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course.intake.cell_restoring import restore
from autograder.course.intake.notebook_repair import well_formed
from autograder.course.notebooks.cell_roles import Role, role

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
