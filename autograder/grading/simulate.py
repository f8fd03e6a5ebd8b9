"""A simulated class: submissions as students hand them in, right, wrong, half done and damaged."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.judge.assignment import misconceptions


@dataclass(frozen=True)
class Member:
    """A member of the simulated class: which answers they give, and what happened to their notebook."""

    student: str
    answers: tuple[str, ...]  # slugs; a question without one stays as it was handed out
    damage: Callable[[NotebookNode], None] | None = None
    truncated: bool = False  # the file ends in the middle


def _tamper(notebook: NotebookNode) -> None:
    """Raise the points, skip the tests, copy a test cell: none of it may change anything."""
    for cell in list(notebook.cells):
        mark = cell.metadata.get("nbgrader", {})
        if mark.get("grade") and cell.cell_type == "code":
            mark["points"] = 100
            cell.metadata["tags"] = ["skip-execution"]
            cell.source = "print('all is well')"
            if mark["grade_id"] == "test_ce_loss":
                duplicate = copy.deepcopy(cell)
                duplicate.id += "-copy"  # as Jupyter does: another id, the same metadata
                notebook.cells.append(duplicate)


def _hanging_cell(notebook: NotebookNode) -> None:
    """Add a cell that never ends, before the first question."""
    first = next(i for i, cell in enumerate(notebook.cells) if cell.metadata.get("nbgrader", {}).get("solution"))
    notebook.cells.insert(first, nbformat.v4.new_code_cell("import time\nwhile True:\n    time.sleep(1)"))


USUAL = ("log-softmax", "matrix", "new-tensors", "textbook")
CLASS = (
    Member("ada", USUAL),
    Member("alan", ("numpy-shifted", "loop", "in-place", "lerp")),
    Member("carl", ("log-softmax", "matrix", "new-tensors", "no-bias-correction")),
    Member("edsger", ("log-softmax", "sign", "new-tensors", "textbook"), damage=_tamper),
    Member("emmy", ("no-max-shift", "missing-mean", "in-place", "lerp")),
    Member("grace", ("ready-made", "autograd", "new-tensors", "textbook")),
    Member("hedy", ("log-softmax", "ends-the-process", "step-first", "textbook")),
    Member("john", ("tensor", "matrix", "new-tensors", "hangs")),
    Member("katherine", USUAL, truncated=True),
    Member("kurt", USUAL, damage=_hanging_cell),
    Member("rosalind", ("sum-over-batch", "changes-input")),
    Member("sofia", ("log-softmax", "matrix", "ema", "memory")),
)


def simulate(assignment: str, course: Path) -> list[Path]:
    """Write the class's submissions into ``course``/submitted and return their folders.

    Each is the released notebook with the answers pasted in, and the other released files beside it. Raises
    FileNotFoundError when the assignment hasn't been released in that course.
    """
    release = course / "release" / assignment
    notebook = release / f"{assignment}.ipynb"
    if not notebook.is_file():
        raise FileNotFoundError(f"{notebook} is missing: run `nbgrader generate_assignment {assignment}` first")
    return [_hand_in(member, assignment, notebook, course) for member in CLASS]


def _hand_in(member: Member, assignment: str, released: Path, course: Path) -> Path:
    folder = course / "submitted" / member.student / assignment
    shutil.copytree(released.parent, folder, dirs_exist_ok=True)
    node = nbformat.read(released, as_version=4)
    answer(node, assignment, member.answers)
    if member.damage:
        member.damage(node)
    text = nbformat.writes(node) + "\n"
    (folder / released.name).write_text(text[: len(text) // 2] if member.truncated else text, encoding="utf-8")
    return folder


def answer(node: NotebookNode, assignment: str, slugs: tuple[str, ...]) -> None:
    """Paste answers into a released notebook's solution cells; raises KeyError for a slug that isn't registered."""
    module = misconceptions(assignment)
    known = {known.slug: known for known in (*module.RIGHT, *module.WRONG)}
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in node.cells if "nbgrader" in cell.metadata}
    for slug in slugs:
        cells[known[slug].question].source = known[slug].code.strip()
