"""What a file must not hold whose text crosses to the student side: students may read it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

from autograder.judge.errors import CannotJudge

CROSSING = ("probes*.py", "drivers.py")  # of an assignment
_OURS = ("autograder", "tests", "conftest", "importlib")
_DYNAMIC = ("__import__", "import_module", "open", "eval", "exec")


def checked_text(path: Path) -> str:
    """Return the text of a file of probes or drivers. Raises CannotJudge where it holds what must not cross."""
    text = path.read_text(encoding="utf-8")
    if wrong := faults(path, text):
        raise CannotJudge(f"{wrong[0]}; mend it: its text crosses to where students can read it")
    return text


def faults(path: Path, text: str | None = None) -> list[str]:
    """Return what is wrong with a file of probes or drivers, a sentence for each fault.

    It imports libraries only, nothing of the grader's or of its own folder, where the right answers stand; it asserts
    nothing, since what is expected is the hidden tests' business; and its docstrings can be filled in.
    """
    text = path.read_text(encoding="utf-8") if text is None else text
    try:
        tree = ast.parse(text, str(path))
    except SyntaxError as error:
        return [f"{path}, line {error.lineno}: {error.msg}"]
    found = [(line, says) for node in ast.walk(tree) for line, says in _faults_of(node, path)]
    if path.match(CROSSING[0]):
        found += [fault for node in tree.body if isinstance(node, ast.FunctionDef) for fault in _docstring(node)]
    return [f"{path}, line {line}: {says}" for line, says in sorted(found)]


def _faults_of(node: ast.AST, path: Path) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Assert):
        yield node.lineno, "it asserts something: that belongs into the hidden tests"
    elif isinstance(node, ast.ImportFrom) and node.level:
        yield node.lineno, "it imports from its own folder"
    elif isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)]
        yield from ((node.lineno, f"it imports {name}, which it may not") for name in names if _is_ours(name, path))
    elif isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _DYNAMIC and not (name == "eval" and isinstance(node.func, ast.Attribute)):  # model.eval()
            yield node.lineno, f"it calls {name}, which it may not"


def _is_ours(name: str, path: Path) -> bool:
    root = name.partition(".")[0]
    beside = path.with_name(root)
    return (
        root in ("autograder", "importlib", "tests", "conftest")
        or beside.is_dir()
        or beside.with_suffix(".py").is_file()
    )


def _docstring(function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    known = {one.arg for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    text = (ast.get_docstring(function) or "").partition("\n\n")[0]
    try:
        fields = [field for _, field, _, _ in string.Formatter().parse(text) if field is not None]
    except ValueError as error:
        yield function.lineno, f"the docstring of {function.name} can't be filled in: {error}"
        return
    for field in fields:
        if field not in known:
            yield function.lineno, f"the docstring of {function.name} names {{{field}}}, which is none of its arguments"
