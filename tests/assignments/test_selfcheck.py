"""Every assignment's self-check: the reference passes, a stub is told, any right answer passes, torch is enough."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.assignments.conftest import JUDGED, KNOWN, PRELUDE, ROOT, cells, read

Load = Callable[[str], ModuleType]


def answers(assignment: str, place: str, question: Any) -> Any:
    """Return what a notebook's solution cells define for a question of the self-check, as ``judge`` takes it."""
    names: dict[str, Any] = {}
    exec(PRELUDE, names)
    for one in cells(read(assignment, place)).values():
        if one["cell_type"] == "code" and one["metadata"]["nbgrader"]["solution"]:
            exec("".join(one["source"]), names)
    return tuple(names[name] for name in question.names)


def test_reference_solution_passes_the_public_checks(assignment: str, load_selfcheck: Load) -> None:
    check = load_selfcheck(assignment)
    for question in check.QUESTIONS.values():
        found = check.judge(question, answers(assignment, "source", question))
        assert found == check.Result(question.name, "passed")


def test_stubs_run_and_are_recognised(assignment: str, load_selfcheck: Load) -> None:
    check = load_selfcheck(assignment)
    for question in check.QUESTIONS.values():
        assert check.judge(question, answers(assignment, "release", question)).state == "stub"


@pytest.mark.parametrize("assignment", JUDGED)
def test_every_right_answer_passes(assignment: str, load_selfcheck: Load) -> None:
    check, registry = load_selfcheck(assignment), KNOWN[assignment].registry
    tried = set()
    for answer in (*registry.right, *registry.optional):
        names: dict[str, Any] = {}
        exec(PRELUDE + KNOWN[assignment].answers_before(answer.question), names)
        before = dict(names)
        exec(answer.code, names)
        for question in check.QUESTIONS.values():
            if names.get(question.function) is not before.get(question.function):
                found = check.judge(question, tuple(names[name] for name in question.names))
                assert found == check.Result(question.name, "passed"), f"{answer.question}/{answer.slug}"
                tried.add(question.name)
    assert tried == set(check.QUESTIONS)


def test_needs_nothing_but_python_3_9_and_torch(assignment: str) -> None:
    code = (ROOT / "release" / assignment / "selfcheck.py").read_text(encoding="utf-8")
    tree = ast.parse(code, feature_version=(3, 9))
    imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    others = {name.split(".")[0] for name in imported} - set(sys.stdlib_module_names)
    assert others == {"torch"}
