"""What is read from hidden tests without running them: questions, points, lines."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence


def questions_in(sources: Iterable[str]) -> list[str]:
    """Return the questions that hidden tests belong to."""
    return list(dict.fromkeys(question for source in sources for question, _ in question_lines(source)))


def question_lines(source: str) -> Iterable[tuple[str, range]]:
    """Yield the question of each hidden test and the numbers of its lines, decorators included."""
    for node in _functions(source):
        for mark in _marks(node, "question"):
            first = min(decorator.lineno for decorator in node.decorator_list)
            yield str(ast.literal_eval(mark.args[0])), range(first, (node.end_lineno or node.lineno) + 1)


def points_in(sources: Sequence[str]) -> dict[str, float]:
    """Return what the hidden tests of each question are worth.

    A question whose tests don't say it in plain numbers is left out.
    """
    found: dict[str, float] = {}
    unclear = set()
    for node in (node for source in sources for node in _functions(source)):
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
