"""The share of points that wrong answers keep, as the audit prints it."""

import dataclasses
import io
from pathlib import Path

import pytest
from rich.console import Console

from autograder.authoring.audit import Case, Verdict
from autograder.authoring.points_kept import kept_line, knowing_nothing, paid_for_nothing, shares_kept, stingy
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Outcome
from autograder.report.audit_matrix import print_audit, print_nothing

TINY = Assignment.at(Path(__file__).parents[1] / "assignments" / "tiny")


def verdict(question, points, right=False, unjudged=""):
    tests = {"test_a": Outcome.FAILED, "test_b": Outcome.PASSED}
    case = Case(question, "one", "", right=right)
    return Verdict(case, tests, points, 4, (), "one", unjudged, ("test_a", "test_b"))


FOUND = [
    verdict("few", 0), verdict("few", 2), verdict("few", 2), verdict("many", 3),
    verdict("many", 0, right=True), verdict("many", 0, unjudged="no kernel"),
]  # fmt: skip


def test_shares_are_those_of_wrong_answers_that_were_judged():
    shares = shares_kept(FOUND)
    assert shares == {"few": [0.0, 0.5, 0.5], "many": [0.75]}
    assert kept_line(shares) == "Wrong answers keep 44% of the points in the mean: few 33%, many 75%."
    assert stingy(shares) == ["few"]
    assert kept_line({}) == "" and stingy({"q": [0.4]}) == []


@pytest.mark.parametrize(("complete", "warned"), [(None, True), ({"few"}, True), ({"many"}, False)])
def test_the_audit_warns_of_a_question_whose_wrong_answers_were_all_tried(complete, warned):
    console = Console(file=io.StringIO(), width=200)
    print_audit(FOUND[:4], console, None if complete is None else frozenset(complete))
    printed = console.file.getvalue()
    assert "few 33%, many 75%" in printed
    assert ("Less than 40% on few: does each hidden test ask one thing" in printed) is warned


def test_nothing_is_said_where_nothing_wrong_was_tried():
    console = Console(file=io.StringIO(), width=200)
    right = dataclasses.replace(verdict("few", 4, right=True), tests={"test_a": Outcome.PASSED})
    assert print_audit([right], console)
    assert "keep" not in console.file.getvalue()


def test_what_knows_nothing_is_tried_on_its_question():
    found = knowing_nothing(TINY, ["rms"])
    assert [(case.question, case.right, case.note) for case in found] == [
        ("rms", False, "return torch.zeros(1)"), ("rms", False, "return x")
    ]  # fmt: skip
    assert len(knowing_nothing(TINY, ["rms", "chunks", "another"])) == 3


def test_what_knows_nothing_may_have_no_points():
    paid = verdict("few", 1)
    case = dataclasses.replace(paid.case, note="return 0")
    paid = dataclasses.replace(paid, case=case)
    nothing = dataclasses.replace(paid, points=0, tests={"test_a": Outcome.FAILED})
    lost = dataclasses.replace(nothing, tests={"test_a": Outcome.NOT_JUDGED}, unjudged="no kernel")
    assert paid_for_nothing([nothing, paid]) == ["few: what knows nothing (return 0) passes test_b"]
    console = Console(file=io.StringIO(), width=200)
    assert print_nothing([nothing, nothing], console) and not print_nothing([nothing, paid], console)
    assert not print_nothing([lost], console)
    printed = console.file.getvalue()
    assert "2 of 2 answers that know nothing get no points." in printed
    assert "1 of 2 answers that know nothing" in printed and "✗ few: what knows nothing (return 0) passes" in printed
