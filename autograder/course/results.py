"""What became of each student, read back from the autograded notebooks."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.course.held import Held, HeldGrade, HeldSubmission
from autograder.course.restore import METADATA_KEY
from autograder.report.rows import ByHand, Mark, Row

NOT_JUDGED = "could not be judged"
NOT_HELD = "graded, but the gradebook doesn't know it: grade again"
NOT_GRADED = "not graded"
UNJUDGED = "graded by nbgrader without autograder: no hidden test was run, its points say nothing"


def facts_by_notebook(folder: Path, names: list[str]) -> dict[str, dict[str, Any]]:
    """Return ``metadata["autograder"]`` of the autograded notebooks ``names`` in ``folder``, where there are any."""
    found = {}
    for name in names:
        try:
            metadata = json.loads((folder / name).read_text(encoding="utf-8"))["metadata"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not there, or half written: as good as not graded
        if isinstance(facts := metadata.get(METADATA_KEY), dict) and "scores" in facts:
            found[name] = facts
    return found


def graded_facts(folder: Path, names: list[str]) -> list[dict[str, Any]]:
    """Return the same without the notebooks' names."""
    return list(facts_by_notebook(folder, names).values())


def class_rows(folders: Mapping[str, Path], names: Sequence[str], held: Held, faults: Mapping[str, str]) -> list[Row]:
    """Return the rows of the class table: what the gradebook holds of each student, and what went wrong.

    ``folders``: each student's, with graded notebooks ``names`` or without; ``faults``: what kept the grader from
    judging, by student, as far as it is known.
    """
    facts = {student: graded_facts(folder, list(names)) for student, folder in folders.items()}
    order = _order((score[0] for found in facts.values() for fact in found for score in fact["scores"]), names, held)
    reasons = {
        student: _without_facts(folders[student], names, faults.get(student, ""))
        for student, found in facts.items()
        if not found
    }
    return [
        _row(student, order, found, held.submissions.get(student), reasons.get(student, ""))
        for student, found in facts.items()
    ]


def _order(questions: Iterable[str], names: Sequence[str], held: Held) -> list[tuple[str, str]]:
    """Return notebook and grade_id of all cells: the questions in the notebooks' order, as far as it is known."""
    place = {f"test_{question}": i for i, question in enumerate(dict.fromkeys(questions))}
    titles = [Path(name).stem for name in names]
    cells = [(title, cell) for title in titles for cell in held.worth.get(title, {})]
    return sorted(cells, key=lambda cell: (titles.index(cell[0]), place.get(cell[1], len(place))))


def _row(
    student: str,
    order: Sequence[tuple[str, str]],
    facts: Sequence[Mapping[str, Any]],
    submission: HeldSubmission | None,
    without_facts: str,
) -> Row:
    trouble = next((fact["trouble"] for fact in facts if fact["trouble"]), "")
    if not facts:
        trouble = without_facts
    unprotected = any(fact.get("sandbox") == "off" for fact in facts)
    if submission is None:
        return Row(student, trouble=NOT_HELD if facts else trouble, unprotected=unprotected)
    titles = {title for title, _ in order}
    marks, by_hand = {}, []
    for title, cell in order:
        grade = submission.notebooks.get(title, {}).get(cell)
        question = cell.removeprefix("test_")
        if grade is None:
            continue
        if grade.by_hand:
            by_hand.append(grade)
        else:
            name = question if len(titles) == 1 else f"{title}/{question}"
            marks[name] = Mark(grade.points, grade.max_points)
    late = submission.late_penalty, submission.seconds_late
    return Row(student, marks, trouble, unprotected, _by_hand(by_hand), *late)


def _without_facts(folder: Path, names: Sequence[str], fault: str) -> str:
    """Say why nothing is known of what was judged."""
    if fault:
        return f"{NOT_JUDGED}: {fault}"
    return UNJUDGED if is_unjudged(folder, names) else NOT_GRADED


def _by_hand(grades: Sequence[HeldGrade]) -> ByHand | None:
    if not grades:
        return None
    waits = any(grade.needs_manual or grade.points is None for grade in grades)
    return ByHand(sum(grade.points or 0.0 for grade in grades), sum(grade.max_points for grade in grades), waits)


def is_unjudged(folder: Path, names: Sequence[str]) -> bool:
    """Whether a notebook in ``folder`` was graded by something else: our copies bear our mark from the beginning."""
    for name in names:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if METADATA_KEY not in json.loads((folder / name).read_text(encoding="utf-8"))["metadata"]:
                return True
    return False


def is_finished(names: list[str], facts: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether all notebooks were graded without a fault of the grader's, by the facts of their graded copies."""
    return len(facts) == len(names) and not any(fact["fault"] for fact in facts.values())
