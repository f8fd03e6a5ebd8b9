"""Imitated machines: that they are other ones, what differs between them, and that nothing does."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from autograder import cli
from autograder.authoring.imitated_machines import Machine, differences, found_on, machines, numeric_cases
from autograder.grading.errors import GradingError
from autograder.judge.assignment import Assignment
from autograder.report.machines_table import print_machines

LINEAR_MNIST = Assignment.find("linear_mnist")

ROOT = Path(__file__).parents[2]
ONE = {"q/a": ["test_a failed, 0 points, sign", "test_b passed, 1 points, no name"], "q/b": ["test_a passed, 2 points"]}
OTHER = {**ONE, "q/a": ["test_a failed, 0 points, no name", "test_b passed, 1 points, no name"]}


# By assignment: answers whose numbers depend on the rounding most, and how many cases they are.
FEW = {
    "linear_mnist": (("float32-inside", "running-mean", "accumulated", "numpy-shifted"), 7),
    "minibatch_training": (("float32", "log-of-softmax", "exp-of-logarithm", "numpy-average"), 11),
    "batch_norm": (("one-pass", "var-mean", "column-by-column", "own-function"), 5),
}


@pytest.mark.parametrize("assignment", FEW)
def test_a_few_answers_are_judged_alike_on_machines_unlike(assignment):
    """Each is a process of its own with its judge and its students; of all that machines() has, the farthest apart."""
    known = {machine.name: machine for machine in machines()}
    few, cases = FEW[assignment]
    first, *others = (
        found_on(known[name], Assignment.find(assignment), ROOT, few, workers=1)
        for name in ("this machine as it is", "students on an old processor")
    )
    assert len(first) == cases and all(first.values())
    assert [line for other in others for line in differences(first, other)] == []


def test_every_variable_is_tried_on_both_sides():
    tried = [(machine.judge, machine.student) for machine in machines()]
    for variable in ("MKL_CBWR", "ATEN_CPU_CAPABILITY", "OPENBLAS_CORETYPE"):
        assert any(variable in judge and variable in student for judge, student in tried)
        assert any(variable not in judge and variable in student for judge, student in tried)
    assert {machine.threads for machine in machines()} == {1, 2}


def test_answers_without_numbers_are_left_out():
    names = {case.slug for case in numeric_cases(LINEAR_MNIST)}
    assert "float32-inside" in names and "matrix" in names
    assert not names & {"hangs", "memory", "ends-the-process"}


def test_what_differs_is_said_line_by_line():
    said = "q/a: test_a failed, 0 points, sign → test_a failed, 0 points, no name"
    assert list(differences(ONE, ONE)) == []
    assert list(differences(ONE, OTHER)) == [said]
    assert list(differences(ONE, {"q/a": ONE["q/a"]})) == ["q/b: test_a passed, 2 points → nothing"]
    console = Console(file=io.StringIO(), width=200)
    assert print_machines([("here", ONE), ("there", ONE)], console)
    assert not print_machines([("here", ONE), ("there", OTHER)], console)
    assert f"there: {said}" in console.file.getvalue()


@pytest.mark.parametrize(("there", "status"), [(ONE, 0), (OTHER, 1)])
def test_the_command_fails_where_something_differs(there, status, monkeypatch, capsys):
    monkeypatch.setattr("autograder.report.machines_table.machines", lambda: [Machine("here"), Machine("there")])
    monkeypatch.setattr(
        "autograder.report.machines_table.found_on", lambda machine, *_: ONE if machine.name == "here" else there
    )
    assert cli.main(["audit", "linear_mnist", "--course", str(ROOT), "--machines"]) == status
    assert "there" in capsys.readouterr().out


def test_the_command_says_what_it_does_not_know(capsys):
    assert cli.main(["audit", "linear_mnist", "--course", str(ROOT), "--machines", "--only", "nonsense"]) == 2
    assert "no registered answer is called nonsense" in capsys.readouterr().err


def test_what_cannot_be_judged_there_is_an_error(tmp_path):
    with pytest.raises(GradingError, match=r"judging as on here failed:\n(.|\n)*hasn't been released|release"):
        found_on(Machine("here"), LINEAR_MNIST, tmp_path, ["matrix"])
