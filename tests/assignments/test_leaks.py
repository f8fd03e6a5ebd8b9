"""No line of what is secret of an assignment stands where students, or their code, may read it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from autograder.judge.assignment import Assignment
from autograder.judge.crossing_rules import CROSSING
from autograder.kernels.sandbox_paths import layout
from tests.assignments.conftest import ROOT
from tests.assignments.leaks import leaked, telling_lines


def readable(assignment: Assignment) -> list[Path]:
    """What is handed out of it, what a sandbox holds of the grader, and what crosses to one."""
    crossing = [assignment.folder / name for name in CROSSING if (assignment.folder / name).is_file()]
    return [ROOT / "release" / assignment.name, *(Path(outside) for outside, _ in layout().package), *crossing]


def test_no_line_of_the_hidden_tests_or_of_a_right_answer_can_be_read(assignment: str) -> None:
    found = Assignment.find(assignment)
    assert all(telling_lines([path]) for path in found.secrets if path.stem in ("reference", "test_hidden"))
    assert leaked(telling_lines(found.secrets), readable(found)) == []


@pytest.mark.parametrize("secret", ["reference", "right_answers", "test_hidden"])
@pytest.mark.parametrize("place", ["notes.ipynb", "helper.py", "deep/in/read.me"])
def test_a_single_line_would_be_found(assignment: str, secret: str, place: str, tmp_path: Path) -> None:
    line = max(telling_lines([Assignment.find(assignment).folder / f"{secret}.py"]), key=len)
    release = shutil.copytree(ROOT / "release" / assignment, tmp_path / "release")
    path = release / place
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = {"cell_type": "code", "source": ["x = 1\n", f"    {line}\n"]}
    path.write_text(json.dumps({"cells": [cell]}) if path.suffix == ".ipynb" else f"x = 1\n    {line}\n")
    assert leaked(telling_lines(Assignment.find(assignment).secrets), [release]) == [f"{path}: {line}"]


def test_docstrings_are_no_secret_and_what_anybody_writes_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "reference.py"
    path.write_text(
        'def mean(values, weights):\n    """The mean, each value by its weight."""\n    x = 1\n'
        "    return (values * weights).sum() / weights.sum()\n"
    )
    assert telling_lines([path]) == {"return (values * weights).sum() / weights.sum()"}
