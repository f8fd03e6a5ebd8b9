"""A simulated class: submissions as students hand them in, right, wrong, half done and damaged."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.grading.members import TWELVE, Member
from autograder.judge.assignment import misconceptions, usual_answer


def simulate(assignment: str, course: Path, members: Sequence[Member] = TWELVE) -> list[Path]:
    """Write the class's submissions into ``course``/submitted and return their folders.

    Each is the released notebook with the answers pasted in, and the other released files beside it. Raises
    FileNotFoundError when the assignment hasn't been released in that course.
    """
    released = release(assignment, course)
    return [_hand_in(member, assignment, released, course) for member in members]


def release(assignment: str, course: Path) -> Path:
    """Return the path of a course's released notebook; raise FileNotFoundError when there is none."""
    notebook = course / "release" / assignment / f"{assignment}.ipynb"
    if not notebook.is_file():
        raise FileNotFoundError(f"{notebook} is missing: run `nbgrader generate_assignment {assignment}` first")
    return notebook


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


def answer(node: NotebookNode, assignment: str, answers: Sequence[str]) -> None:
    """Paste answers ("question/slug") into a released notebook's solution cells; KeyError if one isn't registered."""
    code = {}
    module = misconceptions(assignment)
    for known in (*module.RIGHT, *getattr(module, "OPTIONAL", ())):
        code[f"{known.question}/{known.slug}"] = known.code
    for entry in module.WRONG:
        usual = usual_answer(assignment, entry.question)
        code[f"{entry.question}/{entry.slug}"] = next(iter(entry.writings(usual)))
    for name in answers:
        paste(node, name.partition("/")[0], code[name])


def paste(node: NotebookNode, question: str, code: str) -> None:
    """Put code into a question's solution cell."""
    cell = next(cell for cell in node.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == question)
    cell.source = code.strip()
