"""Lines of an assignment's secret files, looked for in what others may read."""

from __future__ import annotations

import ast
import html
import json
from collections.abc import Iterable
from pathlib import Path

LEAST = 28  # characters: a shorter line may stand in anybody's code
_ANYBODYS = ("import ", "from ", "def ", "class ", "@", "#", '"""')  # how lines begin that tell nothing


def telling_lines(paths: Iterable[Path]) -> set[str]:
    """Return the lines of Python files that tell something: no docstrings, which students may read, no short ones."""
    found: set[str] = set()
    for path in paths:
        text = path.read_text(encoding="utf-8")
        said = _docstring_lines(ast.parse(text))
        lines = (line.strip() for number, line in enumerate(text.splitlines(), 1) if number not in said)
        found |= {line for line in lines if len(line) >= LEAST and not line.startswith(_ANYBODYS)}
    return found


def _docstring_lines(tree: ast.Module) -> set[int]:
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            said = node.body[0]
            found |= set(range(said.lineno, (said.end_lineno or said.lineno) + 1))
    return found


def leaked(lines: Iterable[str], places: Iterable[Path]) -> list[str]:
    """Return which lines stand in which files of these files and folders."""
    files = (path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("*"))))
    texts = {path: _text(path) for path in files if path.is_file() and path.suffix != ".pyc"}
    return [f"{path}: {line}" for line in sorted(lines) for path, text in texts.items() if line in text]


def _text(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".ipynb":
        return "\n".join(_strings(json.loads(text)))
    return html.unescape(text) if path.suffix == ".html" else text


def _strings(value: object) -> list[str]:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ["".join(value)]
    if isinstance(value, list | dict):
        return [text for one in (value.values() if isinstance(value, dict) else value) for text in _strings(one)]
    return [str(value)]
