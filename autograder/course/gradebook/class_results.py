"""What became of each student, read back from the autograded notebooks."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.course.gradebook.gradebook_snapshot import Held, HeldGrade, HeldSubmission
from autograder.course.intake.cell_restoring import METADATA_KEY
from autograder.course.intake.submission_intake import NOTHING, State
from autograder.report.class_rows import ByHand, Mark, Row, Unjudged
from autograder.report.text import capitalised
from autograder.report.trouble_line import sentences

NOT_HELD = "graded, but the gradebook doesn't know it: grade again"
NOT_GRADED = "not graded"
CANT_BE_GRADED = "can't be graded"
UNJUDGED = "graded by nbgrader without autograder: no hidden test was run, its points say nothing"

GRADED_BY_NBGRADER = "graded_by_nbgrader"  # in ``metadata["autograder"]`` of a copy that no hidden test is meant for

_NOTHING, _UNREADABLE = State.NOTHING.value, State.UNREADABLE.value
_Told = tuple[str, tuple[Unjudged, ...]]  # what was lost, what could not be judged


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


def class_rows(
    folders: Mapping[str, Path], names: Sequence[str], held: Held, faults: Mapping[str, str], assignment: str = ""
) -> list[Row]:
    """Return the rows of the class table: what the gradebook holds of each student, and what went wrong.

    ``folders``: each student's, with graded notebooks ``names`` or without; ``faults``: what kept the grader from
    judging, by student, as far as it is known; ``assignment`` is named where the gradebook doesn't know it.
    """
    facts = {student: facts_by_notebook(folder, list(names)) for student, folder in folders.items()}
    order = _order(
        (score[0] for found in facts.values() for fact in found.values() for score in fact["scores"]), names, held
    )
    rows = []
    for student, found in facts.items():
        submission = held.submissions.get(student)
        row = _row(student, order, submission, _judged_titles(held))
        if not found:
            told = _without_facts(folders[student], names, faults.get(student, ""))
        elif submission is None:
            told = _not_held(held, assignment)
        else:
            told = _told(found, names)
        unprotected = any(fact.get("sandbox") == "off" for fact in found.values())
        rows.append(dataclasses.replace(row, trouble=told[0], unjudged=told[1], unprotected=unprotected))
    return rows


def entry_rows(left_out: Mapping[str, str]) -> list[Row]:
    """Return a row for each thing among the submissions that can't be graded, by name: why."""
    return [
        Row(name, unjudged=(Unjudged("", reason, CANT_BE_GRADED),), is_entry=True) for name, reason in left_out.items()
    ]


def _judged_titles(held: Held) -> set[str]:
    """Return the notebooks with cells that the judge gives points for."""
    return {
        title
        for submission in held.submissions.values()
        for title, cells in submission.notebooks.items()
        if any(not grade.by_hand for grade in cells.values())
    }


def _told(facts: Mapping[str, Mapping[str, Any]], names: Sequence[str]) -> _Told:
    """Return what went wrong in a student's notebooks: first what was lost, then what could not be judged."""
    several = len(names) > 1
    missing = [name for name in names if name not in facts or facts[name].get("state") == _NOTHING]
    lost, unjudged = [], []
    if len(missing) == len(names):
        lost.append(f"{capitalised(NOTHING)}.")
    else:
        lost += [f"{name}: {NOTHING if name in facts else NOT_GRADED}" for name in missing]
    for name, fact in facts.items():
        if fact.get("state") == _UNREADABLE:
            unjudged.append(Unjudged(name if several else "", str(fact.get("problem", "")), is_file=True))
        elif name not in missing and fact.get("unjudged"):
            found = Unjudged(**fact["unjudged"])
            unjudged.append(found if found.what or not several else dataclasses.replace(found, what=name))
    own = next((fact["trouble"] for name, fact in facts.items() if fact["trouble"] and _is_readable(fact)), "")
    return sentences([*lost, own]), tuple(unjudged)


def _is_readable(fact: Mapping[str, Any]) -> bool:
    return fact.get("state") not in (_NOTHING, _UNREADABLE)


def _not_held(held: Held, assignment: str) -> _Told:
    """Say why a student who was graded has no points."""
    if held.worth or not assignment:
        return NOT_HELD, ()
    step = f"run `nbgrader generate_assignment {assignment} --force`, then grade again"
    return "", (Unjudged("", step, f"the gradebook doesn't know {assignment}"),)


def _order(questions: Iterable[str], names: Sequence[str], held: Held) -> list[tuple[str, str]]:
    """Return notebook and grade_id of all cells: the questions in the notebooks' order, as far as it is known."""
    place = {f"test_{question}": i for i, question in enumerate(dict.fromkeys(questions))}
    titles = [Path(name).stem for name in names]
    cells = [(title, cell) for title in titles for cell in held.worth.get(title, {})]
    return sorted(cells, key=lambda cell: (titles.index(cell[0]), place.get(cell[1], len(place))))


def _row(
    student: str,
    order: Sequence[tuple[str, str]],
    submission: HeldSubmission | None,
    titles: set[str],
) -> Row:
    """Return what the gradebook holds of a student; ``titles``: the notebooks with questions for the judge."""
    if submission is None:
        return Row(student)
    marks, by_hand = {}, []
    for title, cell in order:
        grade = submission.notebooks.get(title, {}).get(cell)
        question = cell.removeprefix("test_")
        if grade is None:
            continue
        if grade.by_hand:
            by_hand.append(grade)
        else:
            name = f"{title}/{question}" if len(titles) > 1 else question
            marks[name] = Mark(grade.points, grade.max_points)
    late = submission.late_penalty, submission.seconds_late
    return Row(student, marks, "", False, _by_hand(by_hand), *late)


def _without_facts(folder: Path, names: Sequence[str], fault: str) -> _Told:
    """Say why nothing is known of what was judged."""
    if fault:
        return "", (Unjudged("", fault),)
    if _is_stock(folder, names):
        return "", ()
    return (UNJUDGED if is_unjudged(folder, names) else NOT_GRADED), ()


def _is_stock(folder: Path, names: Sequence[str]) -> bool:
    """Whether all notebooks there are were graded by nbgrader, as was meant."""
    found = []
    for name in names:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found.append(json.loads((folder / name).read_text(encoding="utf-8"))["metadata"].get(METADATA_KEY, {}))
    return bool(found) and all(facts.get(GRADED_BY_NBGRADER) for facts in found)


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
