"""What a hidden test says of itself, and the results that are made of it."""

from __future__ import annotations

import inspect
import platform

import hypothesis
import numpy
import pytest
import torch

from autograder.judge.evidence import NOT_JUDGED, Outcome, QuestionResult, TestResult
from autograder.judge.notebook import TestCell
from autograder.judge.outcome_rules import Finding


def not_judged(cell: TestCell, details: str, note: str = "") -> QuestionResult:
    """Return the result of a question that could not be judged at all; ``details`` is for the instructor."""
    whole = TestResult(cell.grade_id, "", Outcome.NOT_JUDGED, 0.0, cell.points, NOT_JUDGED, details=details)
    return QuestionResult(cell.question, cell.grade_id, cell.points, (whole,), note)


def question_of(item: pytest.Item) -> str:
    """Return the question that a hidden test belongs to, "" for none."""
    mark = item.get_closest_marker("question")
    return str(mark.args[0]) if mark and mark.args else ""


def points_of(item: pytest.Item) -> float:
    """Return what a hidden test is worth, less than 0 where it doesn't say."""
    mark = item.get_closest_marker("points")
    return float(mark.args[0]) if mark and mark.args else -1.0


def bonus_of(item: pytest.Item) -> float:
    """Return the points that a hidden test may give on top."""
    mark = item.get_closest_marker("bonus")
    return float(mark.args[0]) if mark and mark.args else 0.0


def result_of(item: pytest.Item, finding: Finding) -> TestResult:
    """Return what a hidden test has shown, with its points."""
    doc = inspect.getdoc(item.function) if isinstance(item, pytest.Function) else ""
    points = points_of(item)
    passed = finding.outcome is Outcome.PASSED
    sentence = " ".join((doc or "").split())
    return TestResult(
        item.name, sentence, finding.outcome, points if passed else 0.0, points, finding.message,
        finding.counterexample, details=finding.details,
        bonus=bonus_of(item) if passed else 0.0, max_bonus=bonus_of(item),
    )  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of what evidence follows from, by name."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": numpy.__version__,
        "hypothesis": hypothesis.__version__,
    }
