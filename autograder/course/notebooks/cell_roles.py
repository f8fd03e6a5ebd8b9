"""What a cell is for, as the release notebook says, and small questions about cells."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.judge.defined_names import has_another_use

_DEFINITION = re.compile(r"^(?:(?:async\s+)?def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)

AS_GIVEN = {"given": True}  # what a restored markdown cell has under "autograder" that is as the instructor wrote it


class Role(StrEnum):
    """What a cell of the release notebook is for."""

    TEST = "test"  # graded, locked: the place where a question's hidden tests run
    ANSWER = "answer"  # code the student writes
    TEXT = "text"  # prose the student writes, graded by a human
    TASK = "task"  # locked prose with points, graded by a human
    LOCKED = "locked"  # handed out to be read or run, not edited
    GIVEN = "given"  # handed out, no nbgrader cell: the student may edit it


def marks(cell: NotebookNode) -> dict[str, Any]:
    """Return the cell's nbgrader metadata, or an empty dict: a student may have put anything in its place."""
    found = cell.metadata.get("nbgrader")
    return found if isinstance(found, dict) else {}


def role(cell: NotebookNode) -> Role:
    """Return the role of a cell of the release notebook."""
    flags = marks(cell)
    if flags.get("task"):
        return Role.TASK
    if flags.get("solution"):
        return Role.ANSWER if cell.cell_type == "code" else Role.TEXT
    if flags.get("grade"):
        return Role.TEST
    return Role.LOCKED if flags.get("locked") else Role.GIVEN


def grade_id(cell: NotebookNode) -> str:
    """Return the cell's grade_id, or "" when it has none that is text."""
    found = marks(cell).get("grade_id")
    return found if isinstance(found, str) else ""


def tags(cell: NotebookNode) -> list[str]:
    """Return the cell's tags, as far as they are text."""
    found = cell.metadata.get("tags")
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []


def judged_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the test cells of a restored or released notebook: the code cells whose score is the judge's."""
    return [cell for cell in notebook.cells if role(cell) is Role.TEST and cell.cell_type == "code"]


def same_text(one: str, other: str) -> bool:
    """Whether two sources are equal but for white space."""
    return "".join(one.split()) == "".join(other.split())


def is_blank(cell: NotebookNode) -> bool:
    """Whether there is nothing in the cell."""
    return not cell.source.strip()


def defined_names(source: str) -> set[str]:
    """Return the names that ``source`` defines at its top level.

    By regular expression: cells hold magics and half-written code, which Python's own parser refuses as a whole.
    """
    if has_another_use(source):
        return set()
    return {name for found in _DEFINITION.findall(source) for name in found if name}
