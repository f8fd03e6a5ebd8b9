"""What of a release a grade follows from: with another sum of it, a class is graded again."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from course import Course

from autograder.course.release.released_notebooks import sum_of


def cell(notebook: Any, name: str) -> Any:
    return next(cell for cell in notebook.cells if cell.id == name)


def points(notebook: Any) -> None:
    cell(notebook, "test_adam").metadata.nbgrader.points = 5.0


def tags(notebook: Any) -> None:
    cell(notebook, "train").metadata.tags = []


def stub(notebook: Any) -> None:
    cell(notebook, "adam").source += "\n# more"


def given(notebook: Any) -> None:
    cell(notebook, "setup").source = "import os"


def question(notebook: Any) -> None:
    cell(notebook, "derivation").source = "Why?"


def a_cell_less(notebook: Any) -> None:
    notebook.cells.remove(cell(notebook, "test_adam"))


def flags(notebook: Any) -> None:
    cell(notebook, "data").metadata.nbgrader.locked = False


def prose(notebook: Any) -> None:
    cell(notebook, "title").source = "# Another title"


def check(notebook: Any) -> None:
    cell(notebook, "test_adam").source = "assert True"


@pytest.mark.parametrize("change", [points, tags, stub, given, question, a_cell_less, flags])
def test_what_is_judged_counts(generated: Path, change: Any) -> None:
    release = Course(generated).release
    changed = copy.deepcopy(release)
    change(changed)
    assert sum_of(changed, {}) != sum_of(release, {})


@pytest.mark.parametrize("change", [prose, check])
def test_prose_and_the_text_of_checks_do_not(generated: Path, change: Any) -> None:
    release = Course(generated).release
    changed = copy.deepcopy(release)
    change(changed)
    assert sum_of(changed, {}) == sum_of(release, {})


def test_files_count_by_name_and_content(generated: Path, tmp_path: Path) -> None:
    release = Course(generated).release
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1")
    other.write_text("2")
    sums = [sum_of(release, given) for given in ({}, {"a": one}, {"b": one}, {"a": other}, {"a": one, "b": other})]
    assert len(set(sums)) == 5
    assert sum_of(release, {"b": other, "a": one}) == sums[-1]
