"""`autograder report`: who is in it, and who has stopped reading it."""

from __future__ import annotations

import json
import os
import re
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
    assert any(
        "ann" in line and "the gradebook doesn't know linear_mnist: run `nbgrader generate_assignment" in line
        for line in lines
    )
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


COMMANDS = ("doctor", "simulate", "audit", "calibrate", "grade", "store", "report")


def said_by(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 0
    return capsys.readouterr().out


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert re.fullmatch(r"autograder \d+\.\d+\.\d+\n", said_by(capsys, "--version"))


def test_the_list_of_commands_has_a_sentence_for_each(capsys: pytest.CaptureFixture[str]) -> None:
    said = said_by(capsys, "--help")
    assert all(re.search(rf"^    {command}\s+[a-z].{{15}}", said, re.MULTILINE) for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_and_its_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = said_by(capsys, command, "--help")
    assert re.search(r"^[A-Z].{15,}\.$", said, re.MULTILINE)
    assert f"For example:\n  autograder {command}" in said
    assert not re.search(r"^  -+\S+( \S+)?\n  -", said, re.MULTILINE)  # an option without a word


@pytest.mark.parametrize(
    "command", [["grade"], ["audit"], ["calibrate", "--data", "digits"], ["simulate"]], ids=" ".join
)
def test_an_unknown_assignment_is_refused(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*command, "linear_minst", *(["--course", str(tmp_path)] if len(command) == 1 else [])]) == 2
    assert "Did you mean linear_mnist?" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["report", "store prune"])
def test_an_assignment_that_is_not_in_the_course_is_refused(
    course: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "nbgrader_config.py", course)
    assert cli.main([*command.split(), "linear_minst", "--course", str(course)]) == 2
    assert "Did you mean linear_mnist?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "names", "meant"),
    [
        ("grade", ["admam"], "adam"),
        ("grade", ["adam", "convergance"], "convergence"),
        ("audit", ["grad_fun"], "grad_func"),
        ("audit", ["adam", "sum-over-bach"], "sum-over-batch"),
    ],
)
def test_a_misspelt_question_is_refused(
    command: str, names: list[str], meant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([command, "linear_mnist", "--course", str(tmp_path), "--only", *names]) == 2
    said = capsys.readouterr().err
    assert f" called {names[-1]}. Did you mean {meant}? There are: ce_loss, " in said


@pytest.mark.parametrize("command", [["grade"], ["audit"], ["audit", "--machines"]], ids=" ".join)
@pytest.mark.parametrize("names", ["adam,ce_loss", "adam, ce_loss"])
def test_names_are_separated_by_spaces(
    command: list[str], names: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["linear_mnist", "--course", str(tmp_path)]
    assert cli.main([command[0], *place, *command[1:], "--only", *names.split()]) == 2
    said = capsys.readouterr().err
    assert "Names are separated by spaces, without commas: --only adam" in said and "Did you mean" not in said


@pytest.mark.parametrize("options", [[], ["--machines"]])
def test_a_refusal_names_what_is_close_and_not_everything(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = ["linear_mnist", "--course", str(tmp_path)]
    assert cli.main(["audit", *place, *options, "--only", "adam", "adamm"]) == 2
    said = capsys.readouterr().err
    assert "called adamm. Did you mean adam" in said and "There are: ce_loss, grad_func, sgd_momentum, adam" in said
    assert re.search(r"and \d{3} more: .*misconceptions\.py", said)
    assert said.count(", ") <= 20


def test_a_question_that_means_nothing_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["grade", "linear_mnist", "--only", "everything"]) == 2
    assert "called everything. There are: ce_loss, grad_func, adam, sgd_momentum, conv" in capsys.readouterr().err
