"""The step that judges a notebook: what it writes down of it, and whom it takes for the cause."""

from __future__ import annotations

import copy
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from course import Course
from traitlets.config import Config

from autograder.course.intake.submission_intake import State
from autograder.course.steps.judging_step import Judge
from autograder.grading.data_sets import NOT_AT_HAND
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import CellResult, CellStatus, Evidence, Outcome, QuestionResult, TestResult

WORTH = {"ce_loss": 4.0, "grad_func": 6.0, "sgd_momentum": 4.0, "adam": 6.0}


def result(name: str, outcome: Outcome = Outcome.PASSED, note: str = "", **more: Any) -> QuestionResult:
    worth = WORTH[name]
    test = TestResult(f"test_{name}", "It works.", outcome, worth * (outcome is Outcome.PASSED), worth, **more)
    return QuestionResult(name, f"test_{name}", worth, (test,), note)


def evidence(*special: QuestionResult, **more: Any) -> Evidence:
    found = {name: result(name) for name in WORTH} | {question.question: question for question in special}
    return Evidence("linear_mnist", tuple(found.values()), more.pop("cells", ()), **more)


@pytest.fixture
def judged(generated: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Any:
    """Judge a notebook to this evidence, by one and the same step; its facts, what is passed on, the log."""
    step = Judge(config=Config())
    step.log = logging.getLogger("judging")
    folders = SimpleNamespace(staged=lambda student: tmp_path)
    run = SimpleNamespace(folders=folders, given={}, basis=None, handed_out={}, handed_in=None)
    step._course_run = lambda: run

    def judge(
        found: Any, state: State = State.READABLE, notes: tuple[str, ...] = (), time_notes: tuple[str, ...] = ()
    ) -> Any:
        notebook = copy.deepcopy(Course(generated).release)
        facts = {"state": state.value, "notes": list(notes), "time_notes": list(time_notes), "problem": "it is cut off"}
        notebook.metadata["autograder"] = type(notebook)(facts)
        resources = {"nbgrader": {"student": "ann", "notebook": "linear_mnist", "assignment": "linear_mnist"}}
        answer = found if callable(found) else lambda task: found
        step._run = lambda: SimpleNamespace(evidence=answer, assignment=Assignment.find("linear_mnist"))
        caplog.clear()
        notebook, resources = step.preprocess(notebook, resources)
        return notebook.metadata["autograder"], resources["autograder"], [record.message for record in caplog.records]

    return judge


def test_one_question_without_a_verdict_is_the_graders_fault(judged: Any) -> None:
    facts, passed_on, _ = judged(evidence(result("adam", Outcome.NOT_JUDGED, message="no memory")))
    assert facts["fault"] == passed_on.fault == "adam: could not be judged: no memory"
    assert facts["unjudged"]["what"] == "adam" and facts["trouble"] == ""
    assert facts["cells"] == {"test_ce_loss": 4.0, "test_grad_func": 6.0, "test_sgd_momentum": 4.0, "test_adam": None}
    facts, passed_on, _ = judged(evidence())
    assert (facts["fault"], passed_on.fault, passed_on.trouble, facts["unjudged"]) == ("", "", "", {})


def test_lost_points_are_no_fault(judged: Any) -> None:
    facts, passed_on, _ = judged(evidence(result("adam", Outcome.FAILED, message="It is 1.")))
    assert (facts["fault"], passed_on.fault, facts["trouble"]) == ("", "", "adam: It is 1.")
    assert facts["scores"][-1] == ["adam", 0.0, 6.0]


@pytest.mark.parametrize(("state", "score"), [(State.UNREADABLE, None), (State.NOTHING, 0.0)])
def test_what_cannot_be_read_or_is_not_there_is_no_fault_of_the_graders(
    judged: Any, state: State, score: float | None
) -> None:
    facts, passed_on, _ = judged(evidence(), state)
    assert {verdict.score for verdict in passed_on.verdicts.values()} == {score}
    assert (facts["fault"], passed_on.fault, passed_on.state) == ("", "", state)


def test_a_judge_that_breaks_gives_no_points_to_anybody(judged: Any) -> None:
    def breaks(task: Any) -> Evidence:
        raise RuntimeError("the disk is full")

    facts, passed_on, log = judged(breaks)
    assert {verdict.score for verdict in passed_on.verdicts.values()} == {None}
    assert facts["fault"] == passed_on.fault == "the grader failed (RuntimeError: the disk is full)"
    assert log[0].startswith("The judge failed:\nTraceback")


def test_a_traceback_is_logged_once_however_many_meet_it(judged: Any) -> None:
    broken = evidence(result("adam", Outcome.NOT_JUDGED, message="x", details="Traceback: no such file"))
    assert judged(broken)[2] == ["test_adam could not be judged:\nTraceback: no such file"]
    assert judged(broken)[2] == []
    assert judged(evidence(result("adam", Outcome.FAILED, details="the student's own")))[2] == []


def test_of_all_notes_only_one_on_the_time_is_trouble(judged: Any) -> None:
    late = "The time of submission can't be read (“x”); the work is not treated as late."
    said, tag = "torch.py stands beside the notebook", "The tag “x” doesn't count."
    noted = evidence(notes=(said,), missing_data=("MNIST",))
    facts, _, log = judged(noted, notes=(tag, late), time_notes=(late,))
    assert facts["notes"] == [tag, late, said, NOT_AT_HAND.format("MNIST")]
    assert facts["trouble"] == late
    assert log == [f"ann: linear_mnist.ipynb: {said}"]
    assert judged(evidence(notes=(said,)), notes=(tag,))[0]["trouble"] == ""


def test_a_cell_that_was_left_out_is_told(judged: Any) -> None:
    facts, passed_on, _ = judged(evidence(cells=(CellResult(1, CellStatus.LEFT_OUT, "it hung"),)))
    assert facts["trouble"] == passed_on.trouble == "cell 2 was left out: it hung"


def test_what_the_judge_gave_is_written_down(judged: Any) -> None:
    extra = [
        TestResult(f"test_{name}", "It works.", Outcome.PASSED, WORTH[name], WORTH[name], bonus=bonus, max_bonus=2.0)
        for name, bonus in (("adam", 1.5), ("ce_loss", 0.0))
    ]
    special = [QuestionResult(test.name[5:], test.name, test.max_points, (test,)) for test in extra]
    stub = result("grad_func", Outcome.FAILED, "still as it was handed out")
    facts, _, _ = judged(evidence(*special, stub, sandbox="off"))
    assert facts["bonuses"] == {"test_adam": 1.5, "test_ce_loss": 0.0}  # none is an amount, too: it may be taken back
    assert facts["scores"] == [
        ["ce_loss", 4.0, 4.0], ["grad_func", 0.0, 6.0], ["sgd_momentum", 4.0, 4.0], ["adam", 7.5, 6.0]
    ]  # fmt: skip
    assert facts["tests"] == dict.fromkeys(["test_ce_loss", "test_sgd_momentum", "test_adam"], "passed")
    assert facts["sandbox"] == "off"
