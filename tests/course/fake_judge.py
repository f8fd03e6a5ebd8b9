"""A judge for tests: runs the code cells in this process and asks each question's function for its own verdict.

A student's function returns "right", "wrong", or the name of a way in which a judge can go astray.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

from autograder.judge.assignment import Assignment
from autograder.judge.evidence import (
    CellResult,
    CellStatus,
    Counterexample,
    Evidence,
    Outcome,
    QuestionResult,
    TestResult,
)

FUNCTIONS = {
    "test_ce_loss": "CE_loss",
    "test_grad_func": "grad_func",
    "test_sgd_momentum": "sgd_momentum_step",
    "test_adam": "adam_step",
}


def judge(notebook: Any, assignment: Assignment, files: Path, config: Any, questions: Any = None) -> Evidence:
    names: dict[str, Any] = {}
    questions: list[QuestionResult] = []
    cells = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        if (name := cell.metadata.get("nbgrader", {}).get("grade_id")) in FUNCTIONS:
            questions += _question(name, cell.metadata.nbgrader.points, names)
            continue
        if "skip-execution" in cell.metadata.get("tags", []):
            cells.append(CellResult(index, CellStatus.SKIPPED))
            continue
        try:
            exec(cell.source, names)
        except Exception as error:
            output = {"output_type": "error", "ename": type(error).__name__, "evalue": str(error), "traceback": []}
            cells.append(CellResult(index, CellStatus.ERROR, outputs=(output,)))
        else:
            output = {"output_type": "stream", "name": "stdout", "text": "ran\n"}
            cells.append(CellResult(index, CellStatus.OK, outputs=(output,)))
    notes = tuple(f"{path.name} stands beside the notebook" for path in sorted(files.glob("torch.py")))
    missing = ("MNIST",) if (files / "no_data").exists() else ()
    off = any("'off'" in cell.source for cell in notebook.cells)
    return Evidence(assignment.name, tuple(questions), tuple(cells), "off" if off else "namespaces", notes, missing)


def _question(name: str, points: float, names: dict[str, Any]) -> list[QuestionResult]:
    question = name.removeprefix("test_")
    answer = names[FUNCTIONS[name]]() if FUNCTIONS[name] in names else "missing"
    if answer == "judge raises":
        raise RuntimeError("the hidden tests can't be imported")
    if answer == "judge exits":
        raise SystemExit(3)
    if answer == "judge dies":
        os._exit(3)
    if answer == "judge forgets":
        return []
    outcome, awarded, message, example = Outcome.FAILED, 0.0, f"{FUNCTIONS[name]} gave back {answer!r}.", None
    if answer == "right":
        outcome, awarded, message = Outcome.PASSED, points, ""
    elif answer == "half":
        tests = (
            TestResult(f"{name}_1", "The first half is right.", Outcome.PASSED, points / 2, points / 2),
            TestResult(f"{name}_2", "The second half is right.", Outcome.FAILED, 0.0, points / 2, message),
        )
        return [QuestionResult(question, name, points, tests)]
    elif answer == "nan":
        outcome, awarded = Outcome.PASSED, float("nan")
    elif answer == "too many":
        outcome, awarded = Outcome.PASSED, points + 1
    elif answer == "negative":
        outcome, awarded = Outcome.PASSED, -1.0
    elif answer == "not judged":
        outcome, message = Outcome.NOT_JUDGED, "The tests took too long. Grade again on an idle machine."
    else:
        example = Counterexample((("X", "1x1 float64: [[1]]"),), repr(answer), "'right'")
    return [
        QuestionResult(
            question, name, points, (TestResult(name, "It is right.", outcome, awarded, points, message, example),)
        )
    ]


def judge_beside_files(notebook: Any, assignment: str, files: Path, config: Any, questions: Any = None) -> Evidence:
    """Judge with the student's files where Python looks for modules, as in a sandbox."""
    loaded = set(sys.modules)
    sys.path.insert(0, str(files))
    importlib.invalidate_caches()
    try:
        return judge(notebook, assignment, files, config, questions)
    finally:
        sys.path.remove(str(files))
        for name in set(sys.modules) - loaded:
            if str(files) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
