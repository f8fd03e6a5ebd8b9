"""Imports run one way: a room knows those before it, never one after it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograder

ROOT = Path(autograder.__file__).parent
ROOMS = (
    *("writable_text", "terminal", "handed_out", "wire", "student", "kernels", "judge", "assignments"),
    *("grading", "authoring", "report"),
    *("course.notebooks", "course.intake", "course.gradebook", "course.release", "course.feedback", "course.steps"),
    *("course", "cli"),
)
FILES = sorted(ROOT.rglob("*.py"))


def room(module: str) -> str:
    """The room a module stands in, by its name without the package's."""
    found = [name for name in ROOMS if module == name or module.startswith(f"{name}.")]
    assert found, f"{module} is in no room that this test knows"
    return max(found, key=len)


def imported(source: str) -> Iterator[str]:
    """The package's own modules that a file imports, at its head or later."""
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name}" for name in names]
        yield from (name.removeprefix("autograder.") for name in names if name.startswith("autograder."))


def upward(path: Path) -> list[str]:
    """What a file imports from rooms after its own."""
    own = ROOMS.index(room(".".join(path.relative_to(ROOT).with_suffix("").parts)))
    return [name for name in imported(path.read_text(encoding="utf-8")) if ROOMS.index(room(name)) > own]


@pytest.mark.parametrize("path", [path for path in FILES if path.parent != ROOT or path.stem != "__init__"], ids=str)
def test_no_import_runs_from_a_lower_room_to_a_higher_one(path: Path) -> None:
    assert upward(path) == []


def test_an_import_upwards_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    low = tmp_path / "student" / "low.py"
    low.parent.mkdir()
    low.write_text("from autograder import wire\n\ndef late():\n    from autograder.kernels import launch\n")
    assert upward(low) == ["kernels.launch"]
