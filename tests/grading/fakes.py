"""A judge for tests: does what a task's first cell says, and writes down that it was asked."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import nbformat

from autograder.grading.judging_task import Task
from autograder.judge.evidence import CellResult, CellStatus, Evidence, Outcome, QuestionResult, TestResult
from autograder.judge.notebook import Notebook

JUDGE = "tests.grading.fakes.judge"
QUESTIONS = ("ce_loss", "adam")


def task(student, log, do="right", title="n", **more):
    """A task whose judging is written down in ``log``: the student's name and the questions asked for."""
    first = nbformat.v4.new_code_cell(json.dumps({"do": do, "log": str(log), **more}), id="first")
    mark = {"grade": True, "solution": False, "locked": True, "points": 2.0, "schema_version": 3}
    cells = [
        nbformat.v4.new_code_cell("", id=q, metadata={"nbgrader": {**mark, "grade_id": f"test_{q}"}}) for q in QUESTIONS
    ]
    return Task(student, "linear_mnist", nbformat.writes(nbformat.v4.new_notebook(cells=[first, *cells])), title=title)


def judge(node, assignment, files, config, questions=None):
    told = json.loads(node.cells[0].source)
    wanted = [name for name in Notebook(node).test_cells if questions is None or name in questions]
    with Path(told["log"]).open("a") as log:
        log.write(" ".join(sorted(wanted)) + "\n")
    time.sleep(told.get("seconds", 0))
    match told["do"]:
        case "die":
            os._exit(9)
        case "die once" if not Path(told["log"] + ".died").exists():
            Path(told["log"] + ".died").touch()
            os._exit(9)
        case "swell":
            bytearray(told["mebibytes"] << 20)
        case "nonsense":
            return {"points": 100}
        case "die on fault" if Path(told["log"]).with_name("fault").exists():
            os._exit(9)
        case "unjudged once" if Path(told["log"]).with_name("fault").exists():
            told["do"] = "unjudged"
    outcome = {"wrong": Outcome.FAILED, "unjudged": Outcome.NOT_JUDGED}.get(told["do"], Outcome.PASSED)
    points = 2.0 if outcome is Outcome.PASSED else 0.0
    results = []
    for name in wanted:
        if name in told.get("unjudged", ()):
            test = TestResult(f"test_{name}", "It works.", Outcome.NOT_JUDGED, 0.0, 2.0)
            results.append(QuestionResult(name, f"test_{name}", 2.0, (test,)))
            continue
        test = TestResult(f"test_{name}", "It works.", outcome, points, 2.0)
        results.append(QuestionResult(name, f"test_{name}", 2.0, (test,)))
    if told["do"] == "no bonus judged":
        extra = TestResult("test_extra", "It gets far.", Outcome.NOT_JUDGED, 0.0, 0.0, "no GPU", max_bonus=2.0)
        results.append(QuestionResult("extra", "test_extra", 0.0, (extra,)))
    cells = () if told["do"] == "break off" and questions is not None else (CellResult(0, CellStatus.OK),)
    return Evidence(assignment.name, tuple(results), cells, timings={"all": 0.5})
