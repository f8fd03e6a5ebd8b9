"""A sanitised notebook as the judge sees it: which code cells to run, and at which to judge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.judge.errors import CannotJudge

SKIP_TAG = "skip-execution"


@dataclass(frozen=True)
class TestCell:
    """A graded code cell: the place in the notebook where a question's hidden tests are run instead of the cell."""

    __test__ = False  # pytest: this is no test class

    index: int
    grade_id: str
    points: float

    @property
    def question(self) -> str:
        """The question's name: the grade_id without ``test_``."""
        return self.grade_id.removeprefix("test_")


class Notebook:
    """A sanitised notebook as the judge sees it: code cells to run, test cells to judge at."""

    @classmethod
    def read(cls, path: Path) -> Notebook:
        """Read a notebook from a file; raise CannotJudge when it isn't one."""
        try:
            return cls(nbformat.read(path, as_version=4))
        except Exception as error:  # nbformat raises many kinds for what is not a notebook
            raise CannotJudge(f"{path} is not a readable notebook ({type(error).__name__}: {error})") from error

    def __init__(self, node: NotebookNode):
        self.code = {i: str(cell.source) for i, cell in enumerate(node.cells) if cell.cell_type == "code"}
        cells = ((i, cell) for i, cell in enumerate(node.cells) if cell.cell_type == "code")
        self.skipped = {i for i, cell in cells if SKIP_TAG in cell.metadata.get("tags", [])}
        # What stood in given cells that the student has edited: run where the student's version can't be.
        self.handed_out = {
            i: str(source)
            for i in self.code
            if (source := node.cells[i].metadata.get("autograder", {}).get("handed_out")) is not None
        }
        self.unanswered = tuple(str(name) for name in node.metadata.get("autograder", {}).get("unanswered", ()))
        marks = {i: node.cells[i].metadata.get("nbgrader") or {} for i in self.code}
        own = (self.code[i] for i, mark in marks.items() if not mark or mark.get("solution"))
        self.answers = "\n".join(own)  # what the student wrote or may have changed
        self.test_cells: dict[str, TestCell] = {}
        self.answer_cells: dict[str, int] = {}  # by question: where its answer is to be written, if that is code
        for i, cell in enumerate(node.cells):
            mark = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and mark.get("solution") and not mark.get("grade"):
                self.answer_cells[str(mark.get("grade_id"))] = i
            if cell.cell_type == "code" and mark.get("grade") and not mark.get("solution"):
                test_cell = TestCell(i, str(mark["grade_id"]), float(mark["points"]))
                self.test_cells[test_cell.question] = test_cell
