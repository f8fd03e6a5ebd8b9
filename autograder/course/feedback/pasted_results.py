"""Evidence into cells: outputs that people can read and a score that nbgrader reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from nbformat.notebooknode import NotebookNode

from autograder.course.gradebook.verdicts import Verdict
from autograder.course.intake.handed_in_outputs import ByCell
from autograder.course.intake.notebook_repair import new_id
from autograder.course.notebooks.allowance import Allowance
from autograder.course.notebooks.cell_roles import grade_id, judged_cells, marks
from autograder.course.notebooks.safe_display import OURS, harmless
from autograder.course.notebooks.typed_nbformat import markdown_cell, output, valid_outputs
from autograder.judge.evidence import CellResult, CellStatus, Evidence
from autograder.report.render_results import notes_html, question_html, question_text, score_html

COULD_NOT_JUDGE = "CouldNotJudge"


def paste(
    notebook: NotebookNode,
    evidence: Evidence,
    found: Mapping[str, Verdict],
    notes: list[str],
    handed_in: ByCell = MappingProxyType({}),
) -> None:
    """Write the evidence into ``notebook``, in place: cell outputs, the results of the questions, the notes on top.

    Cells that the grader did not run to their end also show what was ``handed_in`` with them.
    """
    allowance = Allowance()
    tests = {grade_id(cell): cell for cell in judged_cells(notebook)}
    for result in evidence.cells:
        cell = notebook.cells[result.index]  # an index out of range is the judge's fault and must be heard of
        if cell.cell_type == "code":
            cell.outputs = _cell_outputs(result, allowance)
    ran = {result.index for result in evidence.cells if result.status is CellStatus.OK}
    for index, outputs in handed_in.items():
        cell = notebook.cells[index]
        if index not in ran and cell.cell_type == "code" and not marks(cell).get("grade"):
            cell.outputs = [*cell.outputs, *outputs]
    for name, cell in tests.items():  # last: whatever was recorded for a test cell, this is what counts
        cell.outputs = _question_outputs(found[name], evidence.sandbox)
    if notes or evidence.sandbox == "off":
        free = new_id("autograder-notes", {cell.id for cell in notebook.cells})
        top = markdown_cell(notes_html(notes, evidence.sandbox), free, OURS)
        notebook.cells.insert(0, top)


def _question_outputs(verdict: Verdict, sandbox: str) -> list[NotebookNode]:
    """Return the results for people, then the one output that decides what nbgrader makes of the cell.

    Without a score that is an error: nbgrader itself can make no points of it, whatever else should go wrong.
    """
    question = verdict.question
    readable = {"text/plain": question_text(question, sandbox), "text/html": question_html(question, sandbox)}
    shown = output("display_data", data=readable, metadata={})
    if verdict.score is None:
        reason = verdict.next_step or "No reason was given: look at the log and grade again."
        line = f"{COULD_NOT_JUDGE}: {reason}"
        return [shown, output("error", ename=COULD_NOT_JUDGE, evalue=reason, traceback=[line])]
    score = {"text/plain": repr(verdict.score), "text/html": score_html(question, verdict.score)}
    return [shown, output("execute_result", data=score, metadata={}, execution_count=None)]


def _cell_outputs(result: CellResult, allowance: Allowance) -> list[NotebookNode]:
    outputs = [harmless(valid, allowance) for valid in valid_outputs(result.outputs)]
    if result.status in (CellStatus.LEFT_OUT, CellStatus.NOT_RUN):
        line = f"This cell was {result.status.value}: {result.reason}"
        outputs.append(output("stream", name="stderr", text=line + "\n"))
    return outputs
