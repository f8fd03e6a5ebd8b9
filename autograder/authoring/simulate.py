"""A simulated class: submissions as students hand them in, right, wrong, half done and damaged."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring import simulation_marks
from autograder.authoring.simulated_students import Member, usual_class
from autograder.authoring.simulation_marks import Places
from autograder.grading.errors import GradingError
from autograder.grading.temporary_folder import scratch_folder
from autograder.judge.assignment import Assignment
from autograder.judge.assignment.faults import check
from autograder.judge.notebook import Notebook

UNFINISHED = "simulating-"  # a run's folder in the course's state
NO_ANSWERS = "no answers are known of {}: put some into {}, as a tuple RIGHT of RightAnswer (see CONTRIBUTING)"
_ANY_TEXT = ("I think so because of what the plots above show.", "See above.", "I am not sure, but I would say yes.")


def simulate(
    assignment: Assignment, course: Path, members: Sequence[Member] | None = None, places: Places | None = None
) -> list[Path]:
    """Write the class's submissions into a course and return their folders; ``places``: where its settings say.

    ``members``: None: the usual ones.

    Each is the released notebook with the answers pasted in, and the other released files beside it. Simulated
    submissions of an earlier time are replaced. Raises FileNotFoundError when the assignment hasn't been released in
    that course, NotSimulatedError where there is anything that isn't simulated; nothing is written then.
    """
    if not assignment.registry.right:
        raise GradingError(NO_ANSWERS.format(assignment.name, assignment.folder / "right_answers.py"))
    members = usual_class(assignment) if members is None else members
    places = places or Places.usual(course)
    released = _notebook(places.release(assignment.name), assignment.name)
    check(assignment, points_of(nbformat.read(released, as_version=4)))
    simulation_marks.check(places)
    root = places.root
    state = root / ".autograder"
    with scratch_folder(state, UNFINISHED) as made:
        folders = {member.student: _hand_in(member, assignment, released, made / member.student) for member in members}
        before, sums = simulation_marks.read(root, assignment.name), {}
        for student, folder in folders.items():
            sums[student] = simulation_marks.sum_of(folder)
        # Both are known until the end: whenever this is killed, what is there is known as simulated.
        both = {student: [*before.get(student, []), total] for student, total in sums.items()}
        simulation_marks.write(root, assignment.name, before | both)
        for student, folder in folders.items():
            _put_in_place(folder, places.submission(student, assignment.name))
        simulation_marks.write(root, assignment.name, before | {student: [total] for student, total in sums.items()})
    return [places.submission(member.student, assignment.name) for member in members]


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


def points_of(node: NotebookNode) -> dict[str, float]:
    """Return what the test cells of a released notebook are worth, by question."""
    return {question: cell.points for question, cell in Notebook(node).test_cells.items()}


def _hand_in(member: Member, assignment: Assignment, released: Path, folder: Path) -> Path:
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


def answer(node: NotebookNode, assignment: Assignment, answers: Sequence[str]) -> None:
    """Paste answers ("question/slug") into a released notebook's solution cells; KeyError if one isn't registered."""
    code = {}
    registry = assignment.registry
    for known in (*registry.right, *registry.optional):
        code[f"{known.question}/{known.slug}"] = known.code
    for entry in registry.wrong:
        canonical = "" if entry.code else assignment.canonical_answer(entry.question)
        code[f"{entry.question}/{entry.slug}"] = next(iter(entry.variants(canonical)))
    for name in answers:
        paste(node, name.partition("/")[0], code[name])


def write_texts(node: NotebookNode, assignment: Assignment, member: Member) -> None:
    """Write something into the cells that a human marks; who left questions open has not come that far."""
    questions = {known.question for known in assignment.registry.right}
    answered = {name.partition("/")[0] for name in member.answers}
    for cell in node.cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "markdown" and marks.get("solution") and questions <= answered:
            name = marks["grade_id"]
            texts = assignment.registry.texts.get(name, _ANY_TEXT)
            cell.source = random.Random(f"{member.student} {name}").choice(texts)


def paste(node: NotebookNode, question: str, code: str) -> None:
    """Put code into a question's solution cell."""
    cell = next(cell for cell in node.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == question)
    cell.source = code.strip()
