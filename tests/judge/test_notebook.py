"""What the judge reads: a notebook's cells, hidden tests that it does not run, and evidence."""

import dataclasses
import json
from pathlib import Path

import nbformat
import pytest

from autograder.judge import notebook_judging as judge_run
from autograder.judge.assignment import Assignment
from autograder.judge.assignment.hidden_tests import question_lines
from autograder.judge.compile_time import about_compiling
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import (
    FORMAT,
    Band,
    CellResult,
    CellStatus,
    Counterexample,
    Curve,
    Evidence,
    EvidenceError,
    Outcome,
    QuestionResult,
    TestResult,
    TrainingResult,
)
from autograder.judge.notebook import Notebook, TestCell
from tests.judge.conftest import code, notebook

LINEAR_MNIST = Assignment.find("linear_mnist")


def marked(source, **mark):
    return code(source, nbgrader={"schema_version": 3, "grade_id": "q", **mark})


def test_cells_are_told_by_their_marks():
    text = nbformat.v4.new_markdown_cell("text", metadata={"nbgrader": {"grade": True, "solution": False}})
    found = notebook(
        text,
        marked("answer", solution=True, grade=False),
        marked("by hand", solution=True, grade=True, points=3, grade_id="hand"),
        marked("given", solution=False, grade=False, grade_id="given"),
        ("q", 2.5),
        code("slow", tags=["skip-execution"]),
        code("edited", autograder={"handed_out": ""}),
        autograder={"unanswered": ["q"]},
    )
    assert found.test_cells == {"q": TestCell(4, "test_q", 2.5)}
    assert found.answer_cells == {"q": 1}
    assert sorted(found.code) == [1, 2, 3, 4, 5, 6] and found.code[5] == "slow"
    assert (found.skipped, found.handed_out, found.unanswered) == ({5}, {6: ""}, ("q",))
    assert TestCell(0, "contest_test_", 1).question == "contest_test_"


def test_what_is_no_notebook_cannot_be_judged(tmp_path: Path):
    for text in (None, "", "[]", '{"cells": 3}'):
        path = tmp_path / "some.ipynb"
        if text is not None:
            path.write_text(text)
        with pytest.raises(CannotJudge, match="is not a readable notebook"):
            Notebook.read(path)


HIDDEN = """
@pytest.mark.points(1)
@pytest.mark.question("one")
def test_it(student):
    pass

def test_helper(): pass

@mark.question("two")
@other
def test_other(): pass

@pytest.mark.question("three")
@pytest.mark.points(True if x else 2)
def test_third(): pass

@pytest.mark.question("four")
def test_fourth(): pass
"""


def test_hidden_tests_are_found_with_all_their_lines(tmp_path):
    assert list(question_lines(HIDDEN)) == [
        ("one", range(2, 6)),
        ("three", range(13, 16)),
        ("four", range(17, 19)),
    ]
    path = tmp_path / "test_hidden.py"
    path.write_text(HIDDEN)
    found = Assignment.at(tmp_path)
    assert found.possible_points == {"one": 1}
    assert found.questions == ["one", "three", "four"]


def test_compiling_in_a_test_cell_or_below_is_not_the_students():
    made = notebook("import torch", ("one", 1), "torch.compile(f)", ("two", 1))
    made.code[1] = "torch.compile(g)"
    assert about_compiling(made, "one") == ""
    assert about_compiling(made, "two").startswith("Cell 3 uses torch.compile")
    assert about_compiling(made, "no cell of its own").startswith("Cell 3 uses")


def record():
    example = Counterexample((("x", "1"), ("y", "2")), "2", "3")
    tests = (TestResult("t", "S.", Outcome.NOT_JUDGED, 0.0, 1.0, "m", example, "slug", "hint", "why", 0.5, 2.0),)
    curve = Curve("yours", 0.1, (2.0, 1.0), (0.1, 0.2), (2.0, 1.0), (0.1, 0.2), 5, "late", True)
    training = TrainingResult("digits", "cpu", (curve,), Band(*[(1.0, 2.0)] * 6))
    questions = (
        QuestionResult("q", "test_q", 1.0, tests, "note", training),
        QuestionResult("r", "test_r", 1.0, (), training=TrainingResult("digits", "cpu", ())),
    )
    cells = (CellResult(3, CellStatus.LEFT_OUT, "it hung", ({"output_type": "stream"},)),)
    return Evidence("a", questions, cells, "off", ("note",), ("MNIST",), {"torch": "2"}, {"all": 0.5})


def test_everything_in_a_record_comes_back():
    assert Evidence.from_json(record().to_json()) == record()
    back = Evidence.from_plain(json.loads(record().to_json()))
    assert back.questions[0].tests[0].outcome is Outcome.NOT_JUDGED and back.cells[0].status is CellStatus.LEFT_OUT
    assert back.questions[0].bonus == 0.5 and back.questions[0].max_bonus == 2.0


@pytest.mark.parametrize("form", [FORMAT - 1, FORMAT + 1, str(FORMAT), None])
def test_a_record_of_another_format_is_refused(form):
    with pytest.raises(EvidenceError, match="grade the submission again"):
        Evidence.from_plain({**record().to_plain(), "format": form})


def test_a_record_with_more_or_less_or_something_else_is_refused():
    plain = json.loads(record().to_json())
    tests = plain["questions"][0]["tests"]
    wrong = [
        {**plain, "more": 1},
        {name: value for name, value in plain.items() if name != "cells"},
        {**plain, "questions": [{**plain["questions"][0], "tests": [{**tests[0], "outcome": "perhaps"}]}]},
        {**plain, "cells": [{**plain["cells"][0], "status": "perhaps"}]},
    ]
    for one in wrong:
        with pytest.raises(EvidenceError):
            Evidence.from_plain(one)


class Session:
    def __init__(self, doubtful):
        self.doubtful = doubtful

    def evidence(self):
        return self


@pytest.mark.parametrize(("doubts", "tries"), [([False], 1), ([True, False], 2), ([True] * 3, 3)])
def test_what_is_in_doubt_is_judged_again_three_times_at_most_and_the_last_counts(monkeypatch, doubts, tries):
    made, judged = [], []

    def begin(*arguments):
        made.append(Session(doubts[len(made)]))
        made[-1].arguments = arguments
        return made[-1]

    monkeypatch.setattr(judge_run, "JudgeSession", begin)
    monkeypatch.setattr(judge_run.pytest_sessions, "judge", lambda *asked: judged.append(asked))
    found = judge_run.judge_notebook("notebook", LINEAR_MNIST, Path("files"), None, frozenset(["adam"]))
    assert found is made[-1] and judged == [(session, LINEAR_MNIST) for session in made]
    assert len(made) == tries
    *asked, budget = made[0].arguments
    assert asked == ["notebook", Path("files"), None, frozenset(["adam"]), LINEAR_MNIST]
    assert all(session.arguments[-1] is budget for session in made)  # one for all tries together


def test_a_result_counts_only_what_was_given():
    one = record().questions[0].tests[0]
    question = QuestionResult("q", "test_q", 3.0, (one, dataclasses.replace(one, points=2.0, bonus=1.0)))
    assert (question.points, question.bonus, question.max_bonus) == (2.0, 1.5, 4.0)
