"""Which names a cell defines, as far as its text shows."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

_MAGIC = re.compile(r"^([ \t]*)(?:%%?|!|\?).*$|([=]\s*)[!%][^=\n].*$", re.MULTILINE)
_BINDING = re.compile(
    r"^(?:(?:async\s+)?def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)|^(?:from\s+\S+\s+)?import\s+(?:\S+\s+as\s+)?(\w+)",
    re.MULTILINE,
)
_OTHER_USE = re.compile(r"\s*%%(?!time\b|capture\b|prun\b)")  # cell magics that do something else with the text below
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parsed(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell whose magics are left out; None where it is no Python."""
    plain = _MAGIC.sub(lambda found: f"{found[1]}pass" if found[2] is None else f"{found[2]}None", source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes and the like: they are the student's
            return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def has_another_use(source: str) -> bool:
    """Whether a cell magic does something else with the cell than to run it here: %%writefile, %%bash."""
    return _OTHER_USE.match(source) is not None


def bound_names(source: str) -> set[str]:
    """Return the names that a cell binds at its top level; those of a cell that is no Python by the start of its lines.

    What ``from … import *`` binds is not known.
    """
    if has_another_use(source):
        return set()
    tree = parsed(source)
    if tree is None:
        return {name for found in _BINDING.findall(source) for name in found if name}
    return {name for statement in tree.body for name in names_of(statement)}


def names_of(statement: ast.AST) -> Iterator[str]:
    """Yield the names that a statement binds in its own scope."""
    open_nodes = [statement]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.alias) and node.name != "*":
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, _SCOPES):
            if not isinstance(node, ast.Lambda):
                yield node.name
            continue
        elif isinstance(node, _COMPREHENSIONS):
            continue
        open_nodes.extend(ast.iter_child_nodes(node))
