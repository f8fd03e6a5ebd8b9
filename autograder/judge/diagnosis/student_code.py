"""What can be read from a student's code: the part that a function is made of, and the numbers in it."""

from __future__ import annotations

import ast
import contextlib
import operator
import re
from collections.abc import Callable, Iterable

NUMBERS = 40  # of one answer; who writes more of them writes tables
LARGEST = 1e5  # a formula may make something of that size
ORDINARY = (0.0, 1.0, 2.0)  # of axes, powers and so on; they leave a formula as it is, or say nothing of their own
_MAGIC = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)  # IPython's, which Python can't read
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def part_of(code: str, names: Iterable[str]) -> str:
    """Return the statements that functions or classes are made of, with all that these use, directly or not.

    Without comments, and without strings that stand for themselves. All of the code where it can't be read; nothing
    where it defines none of the ``names``.
    """
    tree = _read(code)
    if tree is None:
        return code
    wanted, used = set(names), set[int]()
    while more := [i for i, one in enumerate(tree.body) if i not in used and wanted & _given_names(one)]:
        used.update(more)
        wanted.update(*(_names_in(tree.body[i]) for i in more))
    return "\n".join(ast.unparse(_without_prose(tree.body[i])) for i in sorted(used))


def without_prose(code: str) -> str:
    """Return code without comments, and without strings that stand for themselves; as it is, where it can't be read."""
    tree = _read(code)
    return (
        code if tree is None else "\n".join(ast.unparse(_without_prose(one)) for one in tree.body if not _is_prose(one))
    )


def numbers_in(code: str) -> tuple[float, ...]:
    """Return the numbers that are written in code or made of some (``1 / 255``, ``10**-8``), without signs.

    Not the most ordinary ones, no large ones, and no more than some: formulas are tried with them. None where the code
    can't be read.
    """
    tree = _read(code)
    values = () if tree is None else (value for node in ast.walk(tree) if (value := _value(node)) is not None)
    found = dict.fromkeys(abs(value) for value in values if abs(value) <= LARGEST and abs(value) not in ORDINARY)
    return tuple(found)[:NUMBERS]


def _read(code: str) -> ast.Module | None:
    for text in (code, _MAGIC.sub("", code)):
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.parse(text)
    return None


def _given_names(statement: ast.stmt) -> set[str]:
    """Return the names that a statement gives something to, on the outside of functions and classes."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(one.asname or one.name).split(".")[0] for one in statement.names}
    inner = list(ast.walk(statement))
    defined = {node.name for node in inner if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return defined | {node.id for node in inner if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _names_in(statement: ast.stmt) -> set[str]:
    """Return the names that a statement takes from outside of it."""
    if isinstance(statement, ast.ClassDef):
        outside = [*statement.bases, *statement.decorator_list, *(word.value for word in statement.keywords)]
        names = {node.id for one in outside for node in ast.walk(one) if isinstance(node, ast.Name)}
        return names.union(*map(_names_in, statement.body))
    inner = list(ast.walk(statement))
    used = {node.id for node in inner if isinstance(node, ast.Name)}
    if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return used
    own = {node.arg for node in inner if isinstance(node, ast.arg)}
    own |= {node.id for node in inner if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return used - own | {name for node in inner if isinstance(node, ast.Global) for name in node.names}


def _without_prose(statement: ast.stmt) -> ast.stmt:
    for node in ast.walk(statement):
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(node, name, None)
            if isinstance(inner, list) and inner:
                setattr(node, name, [one for one in inner if not _is_prose(one)] or [ast.Pass()])
    return statement


def _is_prose(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _value(node: ast.AST) -> float | None:
    """Return the value of a number, or of what is made of numbers alone; None for anything else."""
    with contextlib.suppress(ArithmeticError, TypeError):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return float(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return None if (value := _value(node.operand)) is None else -value
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = _value(node.left), _value(node.right)
            if left is not None and right is not None:
                return float(_OPERATORS[type(node.op)](left, right))
    return None
