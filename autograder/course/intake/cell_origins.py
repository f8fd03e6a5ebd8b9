"""Whether a student has changed a cell, and whether it comes from what is handed out now."""

from __future__ import annotations

import ast
import re

from nbformat.notebooknode import NotebookNode
from nbgrader.utils import compute_checksum

from autograder.course.notebooks.cell_roles import Role, is_blank, marks, role, same_text
from autograder.judge.defined_names import parsed

_CHECKSUM = re.compile(r"[0-9a-f]{32}\Z")


def is_as_handed_out(mine: NotebookNode, theirs: NotebookNode) -> bool:
    """Whether a cell of the student's is still what was handed out, now or when it was fetched; remarks don't count."""
    return (
        same_text(mine.source, theirs.source)
        or _has_its_checksum(theirs)
        or (theirs.cell_type == "code" and _same_code(mine.source, theirs.source))
    )


def is_from_another_version(mine: NotebookNode, theirs: NotebookNode) -> bool:
    """Whether a cell was handed out otherwise than it is now, so that what differs may not be the student's doing.

    nbgrader writes a sum of each cell into it when it makes the release. A student's editor leaves that as it is.
    """
    now, then = marks(mine).get("checksum"), marks(theirs).get("checksum")
    if not isinstance(now, str) or not isinstance(then, str) or now == then or not _CHECKSUM.match(then):
        return False
    written = role(mine) in (Role.ANSWER, Role.TEXT)  # the text is the student's: nothing can be checked by it
    return written or _has_its_checksum(theirs)


def is_kept(mine: NotebookNode, theirs: NotebookNode) -> bool:
    """Whether the student's text in a locked cell is kept as an ordinary cell above it: a test cell's, when it is code.

    A student who wrote the answer there has written it; code in an ordinary cell earns no points by itself.
    """
    return (
        role(mine) is Role.TEST
        and theirs.cell_type == "code"
        and not is_blank(theirs)
        and not is_as_handed_out(mine, theirs)
    )


def _has_its_checksum(cell: NotebookNode) -> bool:
    if "checksum" not in marks(cell):
        return False
    try:
        return bool(compute_checksum(cell) == marks(cell)["checksum"])
    except Exception:  # any metadata may be there, or be missing
        return False


def _same_code(one: str, other: str) -> bool:
    trees = [parsed(one), parsed(other)]
    try:
        return None not in trees and len({_without_remarks(tree) for tree in trees if tree is not None}) == 1
    except RecursionError:
        return False


def _without_remarks(tree: ast.Module) -> str:
    """Return the code as text without comments and docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return ast.dump(tree)
