"""Finds what the package knows about an assignment: its hidden tests, and the answers to try them on."""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import autograder.assignments
from autograder.judge.errors import CannotJudge
from autograder.judge.suggestions import there_are

HIDDEN_TESTS = "test_hidden.py"
TRAINING_TESTS = "test_training.py"  # those that train, where there are any


def assignments() -> list[str]:
    """Return the names of the assignments with hidden tests."""
    return sorted(path.parent.name for path in _folder().glob(f"*/{HIDDEN_TESTS}"))


def hidden_tests(assignment: str) -> Path:
    """Return the path of an assignment's hidden tests; raise CannotJudge when there are none."""
    path = _folder() / assignment / HIDDEN_TESTS
    if not assignment.isidentifier() or not path.is_file():
        known = there_are(assignments(), assignment)
        raise CannotJudge(f"there are no hidden tests for {assignment}. {known} Those of a new one stand in {path}")
    return path


def _folder() -> Path:
    return Path(autograder.assignments.__path__[0])


def all_hidden_tests(assignment: str) -> list[Path]:
    """Return the paths of all files with hidden tests of an assignment; raise CannotJudge when there are none."""
    first = hidden_tests(assignment)
    return [path for path in (first, first.with_name(TRAINING_TESTS)) if path.is_file()]


def questions(assignment: str) -> list[str]:
    """Return the questions that an assignment's hidden tests belong to, without running any of that code."""
    sources = [path.read_text(encoding="utf-8") for path in all_hidden_tests(assignment)]
    return list(dict.fromkeys(question for source in sources for question, _ in tests_in(source)))


def tests_in(source: str) -> Iterable[tuple[str, range]]:
    """Yield the question of each hidden test and the numbers of its lines, decorators included."""
    for node in _functions(source):
        for mark in _marks(node, "question"):
            first = min(decorator.lineno for decorator in node.decorator_list)
            yield str(ast.literal_eval(mark.args[0])), range(first, (node.end_lineno or node.lineno) + 1)


def possible_points(assignment: str) -> dict[str, float]:
    """Return what the hidden tests of each question are worth, without running any of that code.

    A question whose tests don't say it in plain numbers is left out.
    """
    found: dict[str, float] = {}
    unclear = set()
    for node in (
        node for path in all_hidden_tests(assignment) for node in _functions(path.read_text(encoding="utf-8"))
    ):
        for mark in _marks(node, "question"):
            question = str(ast.literal_eval(mark.args[0]))
            points = [ast.literal_eval(one.args[0]) for one in _marks(node, "points") if _is_number(one)]
            if len(points) != 1 or any(_marks(node, "parametrize")):
                unclear.add(question)
            found[question] = found.get(question, 0.0) + sum(points)
    return {question: points for question, points in found.items() if question not in unclear}


def _functions(source: str) -> Iterable[ast.FunctionDef]:
    return (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))


def _marks(node: ast.FunctionDef, name: str) -> Iterable[ast.Call]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == f"pytest.mark.{name}":
            yield mark


def _is_number(mark: ast.Call) -> bool:
    return bool(mark.args) and isinstance(mark.args[0], ast.Constant) and isinstance(mark.args[0].value, int | float)


def misconceptions(assignment: str) -> ModuleType:
    """Return an assignment's module of right and wrong answers.

    ``RIGHT``, ``WRONG``, and ``OPTIONAL`` where there are answers that only training tries.
    """
    hidden_tests(assignment)
    return importlib.import_module(f"autograder.assignments.{assignment}.misconceptions")


def canonical_answer(assignment: str, question: str) -> str:
    """Return the code of a question's canonical answer: the first right one."""
    return str(next(answer.code for answer in misconceptions(assignment).RIGHT if answer.question == question))


def tolerance(assignment: str) -> Any:
    """Return an assignment's ``tolerances.of_call`` (see ``likeness.Tolerance``); None where it has none."""
    hidden_tests(assignment)
    name = f"autograder.assignments.{assignment}.tolerances"
    return getattr(importlib.import_module(name), "of_call", None) if importlib.util.find_spec(name) else None


def inputs(assignment: str, question: str) -> Any:
    """Return a Hypothesis strategy for a question's inputs, of all kinds: (function, arguments)."""
    hidden_tests(assignment)
    return importlib.import_module(f"autograder.assignments.{assignment}.strategies").inputs(question)


def datasets(assignment: str) -> dict[str, tuple[str, ...]]:
    """Return the data sets that an assignment's given cells read: torchvision's names, and the files of each."""
    hidden_tests(assignment)
    module = importlib.import_module(f"autograder.assignments.{assignment}")
    return dict(module.DATASETS)
