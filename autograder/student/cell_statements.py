"""Statements of a cell taken apart, so that what fails in one costs as little as it can."""

from __future__ import annotations

import ast
import builtins
import copy
from collections.abc import Container, Iterator, Sequence
from typing import Any

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)
_IMPORTS = (ast.Import, ast.ImportFrom)


def apart(nodes: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return statements with ``import a, b`` as two: a missing package takes no other along."""
    found: list[ast.stmt] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
        else:
            found.append(node)
    return found


def imports_left(node: ast.AST, names: Container[str], raised: bool) -> list[ast.stmt]:
    """Return the imports within a block that it has not come to, since a line above them failed.

    Those are the ones whose ``names`` are not bound: of a block that ``raised``, or of a ``try``, which may have hidden
    that. An import that is done twice does nothing the second time.
    """
    if isinstance(node, _IMPORTS) or not (raised or isinstance(node, ast.Try)):
        return []
    return [one for one in apart(list(_imports_in(node))) if not _is_bound(one, names)]


def plainer(node: ast.AST, names: Container[str]) -> ast.stmt | None:
    """Return a definition without annotations and without decorators that are not defined; None if there are none.

    A missing package for types or speed then costs nothing: what the function computes is the same without it.
    """
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return ast.copy_location(ast.Assign([node.target], node.value, lineno=node.lineno), node)
    if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return None
    made = copy.deepcopy(node)
    for part in ast.walk(made):
        if isinstance(part, (*_FUNCTIONS, ast.ClassDef)):
            part.decorator_list = [one for one in part.decorator_list if _root(one) in _Known(names)]
        if isinstance(part, _FUNCTIONS):
            part.returns = None
        if isinstance(part, ast.arg):
            part.annotation = None
    return made if ast.dump(made) != ast.dump(node) else None


class _Known:
    def __init__(self, names: Container[str]) -> None:
        self._names = names

    def __contains__(self, name: str) -> bool:
        return not name or name in self._names or hasattr(builtins, name)


def _root(node: ast.AST) -> str:
    """Return the name that an expression such as ``a.b(c)`` begins with, "" if it begins with none."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _imports_in(node: ast.AST) -> Iterator[ast.stmt]:
    if isinstance(node, _IMPORTS):
        yield node
    elif not isinstance(node, _SCOPES):
        # What stands in a handler was meant for a failure that there may not have been.
        parts: Sequence[Any] = [*node.body, *node.orelse, *node.finalbody] if isinstance(node, ast.Try) else []
        for child in parts or ast.iter_child_nodes(node):
            yield from _imports_in(child)


def _is_bound(statement: ast.stmt, names: Container[str]) -> bool:
    aliases = statement.names if isinstance(statement, ast.Import | ast.ImportFrom) else []
    return all((alias.asname or alias.name.partition(".")[0]) in names for alias in aliases)
