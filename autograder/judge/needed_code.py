"""What a probe or a driver is made of, out of its module: nothing else of the module crosses to the student side.

A module of probes also holds right answers, which stand in for the student's where another question is judged. Code of
the student's can find all that is in its process. So a right answer may be there only where it was asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from symtable import symtable

from autograder.judge.defined_names import names_of


def needed(text: str, names: Iterable[str]) -> str:
    """Return a module's text with its imports and what ``names`` need of it; lines of anything else are empty.

    Statements that define nothing stay, too. What is looked up by a name made at run time is not known as needed.
    """
    body = ast.parse(text).body
    kept = _kept(body, names)
    lines = text.split("\n")
    stay = {number for i in kept for number in _lines(body[i])}
    gone = {number for statement in body for number in _lines(statement)} - stay
    return "\n".join("" if i in gone else line for i, line in enumerate(lines, start=1))


def defined(text: str) -> set[str]:
    """Return the names that a module's text defines; what it imports is left out."""
    return {name for statement in ast.parse(text).body if not _imports(statement) for name in names_of(statement)}


def _kept(body: list[ast.stmt], names: Iterable[str]) -> set[int]:
    places: dict[str, set[int]] = {}
    for i, statement in enumerate(body):
        for name in names_of(statement):
            places.setdefault(name, set()).add(i)
    kept = {i for i, statement in enumerate(body) if _imports(statement) or not list(names_of(statement))}
    waiting = [*names, *(name for i in kept for name in _used(body[i]))]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            new = places.get(name, set()) - kept
            kept |= new
            waiting += [used for i in new for used in _used(body[i])]
    return kept


def _imports(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _used(statement: ast.stmt) -> Iterator[str]:
    """Yield the module's names that a statement looks up, or may; parameters of its functions are none of these."""
    whole = symtable(ast.unparse(statement), "a statement", "exec")
    yield from whole.get_identifiers()
    waiting = whole.get_children()
    while waiting:
        scope = waiting.pop()
        waiting += scope.get_children()
        in_class = scope.get_type() == "class"  # where a name that is set may have been looked up before
        yield from (one.get_name() for one in scope.get_symbols() if one.is_global() or in_class)


def _lines(statement: ast.stmt) -> range:
    decorators = [one.lineno for one in getattr(statement, "decorator_list", ())]
    return range(min([statement.lineno, *decorators]), (statement.end_lineno or statement.lineno) + 1)
