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

# Lines of right answers that the notebook gives (of stubs, and of cells that are no question's), or that a probe has
# for torch's own in the place of a wrong answer.
NO_SECRETS = {
    "batch_norm": {
        "self.momentum, self.eps = momentum, eps",
        "return nn.Sequential(*layers)",
        "return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)",
    },
    "minibatch_training": {"elif isinstance(value, nn.Module):", "object.__setattr__(self, name, value)"},
}


def secret_lines(assignment: Assignment, *beginnings: str) -> set[str]:
    """The telling lines of its secret files whose names begin so."""
    paths = [path for path in assignment.secrets if path.name.startswith(beginnings)]
    return telling_lines(paths) - NO_SECRETS.get(assignment.name, set())


def readable(assignment: Assignment) -> list[Path]:
    """What is handed out of it, what a sandbox holds of the grader, and its probes, which cross to one."""
    sandbox = (Path(outside) for outside, _ in layout().package)
    return [ROOT / "release" / assignment.name, *sandbox, *assignment.folder.glob(CROSSING[0])]


def test_no_line_of_the_hidden_tests_or_of_a_right_answer_can_be_read(assignment: str) -> None:
    found = Assignment.find(assignment)
    assert secret_lines(found, "reference") and secret_lines(found, "test_hidden")
    assert leaked(secret_lines(found, "reference", "right_", "test_"), readable(found)) == []


def test_no_line_of_the_hidden_tests_is_in_the_drivers(assignment: str) -> None:
    """They cross as well, with right parts for what a student has got wrong."""
    found = Assignment.find(assignment)
    assert leaked(secret_lines(found, "test_"), found.folder.glob(CROSSING[1])) == []


@pytest.mark.parametrize("secret", ["reference", "right_answers", "test_hidden"])
@pytest.mark.parametrize("place", ["notes.ipynb", "helper.py", "deep/in/read.me"])
def test_a_single_line_would_be_found(assignment: str, secret: str, place: str, tmp_path: Path) -> None:
    found = Assignment.find(assignment)
    line = max(telling_lines([found.folder / f"{secret}.py"]), key=len)
    release = shutil.copytree(ROOT / "release" / assignment, tmp_path / "release")
    path = release / place
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = {"cell_type": "code", "source": ["x = 1\n", f"    {line}\n"]}
    path.write_text(json.dumps({"cells": [cell]}) if path.suffix == ".ipynb" else f"x = 1\n    {line}\n")
    assert f"{path}: {line}" in leaked(secret_lines(found, "reference", "right_", "test_"), [release])


def test_docstrings_are_no_secret_and_what_anybody_writes_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "reference.py"
    path.write_text(
        'def mean(values, weights):\n    """The mean, each value by its weight."""\n    x = 1\n'
        "    return (values * weights).sum() / weights.sum()\n"
    )
    assert telling_lines([path]) == {"return (values * weights).sum() / weights.sum()"}
