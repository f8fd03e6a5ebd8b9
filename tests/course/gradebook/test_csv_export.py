"""The grades as a file: a score only where there is one, and only what was asked for."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbgrader.api import MissingEntry
from traitlets.config import Config

from autograder.course.gradebook.csv_export import HonestCsvExportPlugin


def grade(name: str, auto: float | None, manual: float | None = None) -> Any:
    return SimpleNamespace(name=name, auto_score=auto, manual_score=manual)


def notebook(*grades: Any) -> Any:
    cells = SimpleNamespace(solution_cells=[SimpleNamespace(name="text")], task_cells=[SimpleNamespace(name="task")])
    return SimpleNamespace(notebook=cells, grades=list(grades))


def rows(tmp_path: Path, *notebooks: Any, penalty: float = 0.0, **asked: list[str]) -> list[dict[str, str]]:
    submission = SimpleNamespace(
        timestamp=None, needs_manual_grade=True, notebooks=notebooks, score=5.0, late_submission_penalty=penalty
    )

    def find(assignment: str, student: str) -> Any:
        if student == "absent":
            raise MissingEntry
        return submission

    about = {"last_name": None, "first_name": None, "email": None}
    gradebook = SimpleNamespace(
        assignments=[SimpleNamespace(name=name, duedate=None, max_score=8.0) for name in ("one", "two")],
        students=[SimpleNamespace(id=name, **about) for name in ("absent", "ada", "bob")],
        find_submission=find,
    )
    path = tmp_path / "grades.csv"
    HonestCsvExportPlugin(config=Config(HonestCsvExportPlugin={"to": str(path), **asked})).export(gradebook)
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["one absent", "one ada", "one bob", "two absent", "two ada", "two bob"]),
        ({"assignment": ["two"]}, ["two absent", "two ada", "two bob"]),
        ({"student": ["ada"]}, ["one ada", "two ada"]),
        ({"student": ["ada", "bob"], "assignment": ["one"]}, ["one ada", "one bob"]),
    ],
)
def test_what_was_asked_for_is_there_and_nothing_else(tmp_path: Path, asked: dict[str, Any], found: list[str]) -> None:
    assert [f"{row['assignment']} {row['student_id']}" for row in rows(tmp_path, **asked)] == found


@pytest.mark.parametrize(
    ("notebooks", "score"),
    [
        ([notebook(grade("test", 5.0))], "5.0"),
        ([notebook(grade("test", 0.0))], "5.0"),
        ([notebook(grade("test", None))], ""),
        ([notebook(grade("test", None, 0.0))], "5.0"),
        ([notebook(grade("test", 5.0), grade("text", None), grade("task", None))], "5.0"),
        ([notebook(grade("test", 5.0)), notebook(grade("other", None))], ""),
    ],
)
def test_where_a_test_cell_has_no_score_there_is_none(tmp_path: Path, notebooks: list[Any], score: str) -> None:
    absent, ada, _ = rows(tmp_path, *notebooks, assignment=["one"])
    assert (ada["score"], ada["raw_score"], ada["late_submission_penalty"]) == (score, score, "0.0" if score else "")
    assert (ada["needs_manual_grade"], ada["max_score"]) == ("True", "8.0")
    assert (absent["score"], absent["max_score"], absent["needs_manual_grade"]) == ("", "8.0", "")


@pytest.mark.parametrize(("penalty", "score"), [(1.5, "3.5"), (9.0, "0.0")])
def test_the_penalty_is_taken_off(tmp_path: Path, penalty: float, score: str) -> None:
    _, ada, _ = rows(tmp_path, notebook(grade("test", 5.0)), penalty=penalty, assignment=["one"])
    assert (ada["raw_score"], ada["late_submission_penalty"], ada["score"]) == ("5.0", str(penalty), score)
