"""The given code cells: what was handed out, and the student may edit, counts where the student's version fails."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable

from nbformat.notebooknode import NotebookNode

from autograder.course.notebooks.cell_roles import Role, role, same_text, tags
from autograder.course.notebooks.typed_nbformat import node
from autograder.judge.defined_names import bound_names, names_of, parsed
from autograder.judge.notebook import SKIP_TAG

_KEY = "autograder"  # in a cell's metadata: for the judge
_REMARK = "# This was handed out, and no cell above or in its place defines it:\n"


def is_run_as_given(mine: NotebookNode) -> bool:
    """Whether a cell of the release is given code that is run when grading."""
    return role(mine) is Role.GIVEN and mine.cell_type == "code" and SKIP_TAG not in tags(mine)


def is_emptied(mine: NotebookNode, theirs: NotebookNode) -> bool:
    """Whether nothing but blanks and comments is left of a given cell: as good as deleted."""
    tree = parsed(theirs.source)
    return is_run_as_given(mine) and theirs.cell_type == "code" and tree is not None and not tree.body


def with_what_was_handed_out(mine: NotebookNode, theirs: NotebookNode) -> NotebookNode:
    """Return a given cell as the student left it; where that can't be run, the judge runs what was handed out."""
    cell = copy.deepcopy(theirs)
    cell.metadata = copy.deepcopy(mine.metadata)
    if is_run_as_given(mine) and cell.cell_type == "code" and not same_text(mine.source, theirs.source):
        cell.metadata[_KEY] = node({"handed_out": mine.source})
    return cell


def put_back(mine: NotebookNode, others: Iterable[NotebookNode]) -> NotebookNode | None:
    """Return a deleted given cell with what none of the ``others`` defines, or None if there is no such thing."""
    tree = parsed(mine.source)
    if tree is None:
        return None
    code = [cell.source for cell in others if cell.cell_type == "code"]
    defined = {name for source in code if parsed(source) is not None for name in bound_names(source)}
    kept = [text for statement in tree.body if (text := _without(statement, defined, mine.source))]
    if not kept:
        return None
    cell = copy.deepcopy(mine)
    cell.source = _REMARK + "\n".join(kept)
    cell.outputs, cell.execution_count = [], None
    return cell


def _without(statement: ast.stmt, defined: set[str], source: str) -> str:
    """Return a statement without what is defined already; "" where nothing is left, or it can't be taken apart."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        left = [alias for alias in statement.names if not set(names_of(alias)) & defined]
        statement.names = left
        return ast.unparse(statement) if left else ""
    names = set(names_of(statement))
    if not names or names & defined:
        return ""
    first = min([statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", []))])
    return "\n".join(source.splitlines()[first - 1 : statement.end_lineno])
