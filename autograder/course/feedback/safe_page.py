"""Outputs as feedback and formgrader show them, whatever the graded notebook holds: students' HTML stands in frames."""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import Preprocessor
from nbformat.notebooknode import NotebookNode

from autograder.course.intake.cell_restoring import METADATA_KEY
from autograder.course.notebooks.allowance import Allowance
from autograder.course.notebooks.cell_roles import judged_cells
from autograder.course.notebooks.safe_display import allowance_of, harmless
from autograder.report.frames import framed
from autograder.report.text import without_escapes

_MOST_ESCAPES = 500  # of a terminal, in one text: nbconvert copies what is left of it at each


class SafePage(Preprocessor):
    """Shows students' HTML in frames, and no more text than a page can hold.

    Results of the judge stand in test cells, whose outputs are nobody's but the judge's: they are shown as they are.
    """

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Change the outputs of all cells but those that hold results."""
        allowance = allowance_of(resources)
        is_judged = "scores" in notebook.metadata.get(METADATA_KEY, {})
        results = {id(cell) for cell in judged_cells(notebook)} if is_judged else set()
        for cell in notebook.cells:
            if cell.cell_type == "code" and id(cell) not in results:
                cell.outputs = [_shown(output, allowance) for output in cell.outputs]
        return notebook, resources


def _shown(output: NotebookNode, allowance: Allowance) -> NotebookNode:
    shown = harmless(output, allowance)
    if shown.output_type == "stream":
        shown.text = _text(shown.text, allowance)
    elif shown.output_type == "error":
        shown.traceback = [_text("\n".join(shown.traceback), allowance)]
    else:
        for kind, content in shown.data.items():
            if kind == "text/html":
                shown.data[kind] = framed(content)
            elif not kind.startswith("image/"):
                shown.data[kind] = _text(content, allowance)
    return shown


def _text(text: str, allowance: Allowance) -> str:
    lines = allowance.text(text).split("\n")
    shown = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)  # without what was written over
    return shown if shown.count("\x1b") <= _MOST_ESCAPES else without_escapes(shown)
