"""`autograder report`: who is in it, and who has stopped reading it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import cli

ROOT = Path(__file__).parents[1]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one student graded and one who isn't."""
    for student in ("ann", "bob"):
        (tmp_path / "submitted" / student / "linear_mnist").mkdir(parents=True)
    graded = tmp_path / "autograded" / "ann" / "linear_mnist"
    graded.mkdir(parents=True)
    facts = {"scores": [["adam", 6.0, 6.0]], "trouble": "", "fault": ""}
    (graded / "linear_mnist.ipynb").write_text(json.dumps({"metadata": {"autograder": facts}}))
    return tmp_path


def test_a_student_without_a_graded_copy_has_a_row(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["report", "linear_mnist", "--course", str(course)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("ann" in line and "the gradebook doesn't know it" in line for line in lines)
    assert any("bob" in line and "not graded" in line for line in lines)


@pytest.mark.parametrize("command", ["report", "store"])
def test_a_reader_that_has_seen_enough_hears_no_more(course: Path, command: str) -> None:
    shutil.copy(ROOT / "nbgrader_config.py", course)
    options = ["prune", "linear_mnist"] if command == "store" else ["linear_mnist"]
    reading, writing = os.pipe()
    os.close(reading)
    arguments = [sys.executable, "-m", "autograder.cli", command, *options, "--course", str(course)]
    done = subprocess.run(arguments, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
