"""Whether a notebook has code compiled at its first call, which takes seconds: for a question that ran out of time."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from autograder.judge.defined_names import parsed
from autograder.judge.notebook import Notebook

_COMPILERS = {
    "torch": ("compile", "jit.script", "jit.trace", "_dynamo.optimize"),
    "numba": ("jit", "njit", "vectorize"),
}


def about_compiling(notebook: Notebook, question: str) -> str:
    """Return a sentence on what is compiled in the cells above a question's test cell, its answer's first; "" if none.

    A cell that is not Python, but for magics, says nothing.
    """
    test_cell = notebook.test_cells.get(question)
    tested = {cell.index for cell in notebook.test_cells.values()}
    above = {i: code for i, code in notebook.code.items() if test_cell is None or i < test_cell.index}
    trees = {i: tree for i, code in above.items() if i not in tested and (tree := parsed(code)) is not None}
    names = {local: full for tree in trees.values() for local, full in _imported(tree)}
    answer = notebook.answer_cells.get(question, -1)
    for index in sorted(trees, key=lambda i: (i != answer, i)):
        used = next(_compilers(trees[index], names), "")
        if used:
            where = "The cell of this question" if index == answer else f"Cell {index + 1}"
            return f"{where} uses {used}: the time that compiling takes at the first call counts, too."
    return ""


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that imports bind, each with what it stands for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield (name.asname, name.name) if name.asname else (name.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                yield name.asname or name.name, f"{node.module}.{name.name}"


def _compilers(tree: ast.Module, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the compilers that the code of a cell names."""
    for node in ast.walk(tree):
        full = _full_name(node, names)
        package, _, rest = full.partition(".")
        if rest in _COMPILERS.get(package, ()):
            yield full


def _full_name(node: ast.AST, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        owner = _full_name(node.value, names)
        return f"{owner}.{node.attr}" if owner else ""
    return ""
