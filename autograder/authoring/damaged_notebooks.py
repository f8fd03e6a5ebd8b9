"""What happens to notebooks on their way: tampered with, cut off, full of cells that do harm."""

from __future__ import annotations

import copy
from collections.abc import Callable

import nbformat
from nbformat import NotebookNode

Damage = Callable[[NotebookNode], None]


def tampered(notebook: NotebookNode) -> None:
    """Raise the points, skip the tests, copy a test cell: none of it may change anything."""
    for cell in list(notebook.cells):
        mark = cell.metadata.get("nbgrader", {})
        if mark.get("grade") and cell.cell_type == "code":
            mark["points"] = 100
            cell.metadata["tags"] = ["skip-execution"]
            cell.source = "print('all is well')"
            duplicate = copy.deepcopy(cell)
            duplicate.id += "-copy"  # as Jupyter does: another id, the same metadata
            notebook.cells.append(duplicate)


def tests_deleted(notebook: NotebookNode) -> None:
    """Delete all test cells."""
    notebook.cells = [cell for cell in notebook.cells if not cell.metadata.get("nbgrader", {}).get("grade")]


def metadata_lost(notebook: NotebookNode) -> None:
    """Forget what nbgrader knows of the cells, as some editors do."""
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


def hanging_cell(notebook: NotebookNode) -> None:
    """Add a cell that never ends, before the first question."""
    _insert(notebook, "import time\nwhile True:\n    time.sleep(1)")


def killing_cell(notebook: NotebookNode) -> None:
    """Add a cell that ends the kernel, before the first question."""
    _insert(notebook, "import os\nos._exit(1)")


def raising_cell(notebook: NotebookNode) -> None:
    """Add a cell that raises, before the first question."""
    _insert(notebook, "this is no Python")


def much_output(notebook: NotebookNode) -> None:
    """Add a cell with more output than anybody wants to read."""
    _insert(notebook, "for i in range(200_000):\n    print(i)")


DAMAGES: tuple[Damage, ...] = (
    tampered,
    tests_deleted,
    metadata_lost,
    hanging_cell,
    killing_cell,
    raising_cell,
    much_output,
)


def _insert(notebook: NotebookNode, source: str) -> None:
    first = next(i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("solution"))
    # An id of our own: nbformat draws one at random, and a simulated class must be the same every time.
    notebook.cells.insert(first, nbformat.v4.new_code_cell(source, id="damage"))
