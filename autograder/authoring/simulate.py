"""A simulated class: submissions as students hand them in, right, wrong, half done and damaged."""

from __future__ import annotations

import importlib
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring import simulation_marks
from autograder.authoring.simulated_students import TWELVE, Member
from autograder.authoring.simulation_marks import Places
from autograder.grading.temporary_folder import scratch_folder
from autograder.judge.assignment import canonical_answer, misconceptions

UNFINISHED = "simulating-"  # a run's folder in the course's state
_ANY_TEXT = ("I think so because of what the plots above show.", "See above.", "I am not sure, but I would say yes.")


def simulate(
    assignment: str, course: Path, members: Sequence[Member] = TWELVE, places: Places | None = None
) -> list[Path]:
    """Write the class's submissions into a course and return their folders; ``places``: where its settings say.

    Each is the released notebook with the answers pasted in, and the other released files beside it. Simulated
    submissions of an earlier time are replaced. Raises FileNotFoundError when the assignment hasn't been released in
    that course, NotSimulatedError where there is anything that isn't simulated; nothing is written then.
    """
    misconceptions(assignment)  # a name that nobody knows is heard of first
    places = places or Places.usual(course)
    released = _notebook(places.release(assignment), assignment)
    simulation_marks.check(places)
    root = places.root
    state = root / ".autograder"
    with scratch_folder(state, UNFINISHED) as made:
        folders = {member.student: _hand_in(member, assignment, released, made / member.student) for member in members}
        before, sums = simulation_marks.read(root, assignment), {}
        for student, folder in folders.items():
            sums[student] = simulation_marks.sum_of(folder)
        # Both are known until the end: whenever this is killed, what is there is known as simulated.
        both = {student: [*before.get(student, []), total] for student, total in sums.items()}
        simulation_marks.write(root, assignment, before | both)
        for student, folder in folders.items():
            _put_in_place(folder, places.submission(student, assignment))
        simulation_marks.write(root, assignment, before | {student: [total] for student, total in sums.items()})
    return [places.submission(member.student, assignment) for member in members]


def _put_in_place(made: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():  # simulated, too: that was checked
        shutil.rmtree(target)
    shutil.move(made, target)


def release(assignment: str, course: Path) -> Path:
    """Return the path of a course's released notebook; raise FileNotFoundError when there is none."""
    return _notebook(Places.usual(course).release(assignment), assignment)


def _notebook(folder: Path, assignment: str) -> Path:
    notebook = folder / f"{assignment}.ipynb"
    if not notebook.is_file():
        raise FileNotFoundError(f"{notebook} is missing: run `nbgrader generate_assignment {assignment}` first")
    return notebook


def _hand_in(member: Member, assignment: str, released: Path, folder: Path) -> Path:
    """Write a member's submission into ``folder`` and return it."""
    shutil.copytree(released.parent, folder)
    node = nbformat.read(released, as_version=4)
    answer(node, assignment, member.answers)
    write_texts(node, assignment, member)
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
        canonical = canonical_answer(assignment, entry.question)
        code[f"{entry.question}/{entry.slug}"] = next(iter(entry.variants(canonical)))
    for name in answers:
        paste(node, name.partition("/")[0], code[name])


def write_texts(node: NotebookNode, assignment: str, member: Member) -> None:
    """Write something into the cells that a human marks; who left questions open has not come that far."""
    questions = {known.question for known in misconceptions(assignment).RIGHT}
    answered = {name.partition("/")[0] for name in member.answers}
    known = getattr(importlib.import_module(f"autograder.assignments.{assignment}.right_answers"), "TEXTS", {})
    for cell in node.cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and marks.get("solution") and questions <= answered:
            name = marks["grade_id"]
            cell.source = random.Random(f"{member.student} {name}").choice(known.get(name, _ANY_TEXT))


def paste(node: NotebookNode, question: str, code: str) -> None:
    """Put code into a question's solution cell."""
    cell = next(cell for cell in node.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == question)
    cell.source = code.strip()
