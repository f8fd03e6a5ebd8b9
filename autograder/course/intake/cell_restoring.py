"""A submission made whole: the student's answers in the release notebook's structure.

The release notebook says which cells there are, what they are called, what they are worth and which tags they carry;
the submission says what the student wrote. Nothing else of a submission is believed.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from autograder.course.intake.cell_matching import Match, answer_of, match_cells
from autograder.course.intake.cell_origins import is_as_handed_out, is_kept
from autograder.course.intake.given_cells import is_emptied, is_run_as_given, put_back, with_what_was_handed_out
from autograder.course.intake.handed_in_outputs import carry
from autograder.course.intake.notebook_repair import new_id
from autograder.course.intake.reported_changes import differences
from autograder.course.notebooks.cell_roles import AS_GIVEN, Role, grade_id, role
from autograder.course.notebooks.typed_nbformat import node
from autograder.report.text import listed

METADATA_KEY = "autograder"
_LOOKS = ("style=", "class=")  # in HTML


@dataclass
class _Place:
    """One release cell, or one of the student's own, with what goes right above it."""

    release: int | None
    cells: list[NotebookNode]


def restore(submission: NotebookNode, release: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return a clean notebook and notes on what was put right.

    ``submission`` is a well-formed nbformat 4.5 notebook (see repair.py), ``release`` the released notebook. The result
    has each nbgrader cell of the release exactly once, with the release's metadata and tags, test cells after their
    answers; its ``metadata["autograder"]["unanswered"]`` lists the answer cells that are still as they were handed out.
    """
    match = match_cells(release.cells, submission.cells)
    notes = differences(release, submission, match)
    for r, s in list(match.pairs.items()):
        if is_emptied(release.cells[r], submission.cells[s]):
            del match.pairs[r]
    places = _student_order(release.cells, submission.cells, match)
    _put_back_missing(places, release.cells, match)
    _put_back_given(places, release.cells, match)
    notes += _move_tests_behind_answers(places, release.cells)
    _mark_as_given(places, release.cells)
    cells = [cell for place in places for cell in place.cells]
    _give_ids(cells)
    return with_metadata(cells, release, unanswered=_unanswered(release.cells, submission.cells, match)), notes


def with_metadata(cells: list[NotebookNode], release: NotebookNode, **facts: Any) -> NotebookNode:
    """Return a valid notebook of ``cells`` with the release's metadata and ``facts`` under metadata["autograder"]."""
    metadata = copy.deepcopy(release.metadata) | {METADATA_KEY: facts}
    notebook = node({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    nbformat.validate(notebook)
    carry(cells, notebook.cells)
    return notebook


def _student_order(release: list[NotebookNode], submission: list[NotebookNode], match: Match) -> list[_Place]:
    partner = {s: r for r, s in match.pairs.items()}
    places = []
    for s, cell in enumerate(submission):
        r = partner.get(s)
        if r is not None:
            above = [_plain(cell, shows=False)] if is_kept(release[r], cell) else []
            places.append(_Place(r, [*above, _restored(release[r], cell)]))
        elif s not in match.dropped:
            places.append(_Place(None, [_plain(cell)]))
        places += [
            _Place(r, [_served(release[r], r in match.elsewhere)])
            for r, other in sorted(match.served.items())
            if other == s
        ]
    return places


def _served(mine: NotebookNode, was_there: bool) -> NotebookNode:
    """Return an answer's cell without the stub, which would define the function anew: the answer stands above it."""
    cell = _handed_out(mine)
    cell.source = "# This answer stands in a cell above." if was_there else _missing(mine)
    return cell


def _missing(mine: NotebookNode) -> str:
    return f"# The answer cell {grade_id(mine)} is missing."


def _plain(cell: NotebookNode, shows: bool = True) -> NotebookNode:
    """Return an ordinary cell: the student's text without metadata."""
    plain = copy.deepcopy(cell)
    if not shows:
        plain.outputs = []
    plain.metadata = node({})
    return plain


def _restored(mine: NotebookNode, theirs: NotebookNode) -> NotebookNode:
    """Return the release's cell with the student's text, where the text is the student's."""
    if role(mine) is Role.GIVEN:
        return with_what_was_handed_out(mine, theirs)
    cell = _handed_out(mine)
    if role(mine) in (Role.ANSWER, Role.TEXT):
        cell.source = theirs.source
        if cell.cell_type == "code" and theirs.cell_type == "code":
            cell.outputs = theirs.outputs
        if cell.cell_type != "code" and "attachments" in theirs:
            cell.attachments = copy.deepcopy(theirs.attachments)
    return cell


def _handed_out(mine: NotebookNode) -> NotebookNode:
    cell = copy.deepcopy(mine)
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
    return cell


def _put_back_missing(places: list[_Place], release: list[NotebookNode], match: Match) -> None:
    """Put deleted cells back behind the student's cells of their question: right above the next cell handed out."""
    for r, cell in enumerate(release):
        if r in match.pairs or r in match.served or role(cell) is Role.GIVEN:
            continue
        back = _handed_out(cell)
        if role(cell) is Role.ANSWER:  # the stub would define its function anew, over one the student has elsewhere
            back.source = _missing(cell)
        following = (i for i, place in enumerate(places) if place.release is not None and place.release > r)
        places.insert(_nearest(places, following), _Place(r, [back]))


def _put_back_given(places: list[_Place], release: list[NotebookNode], match: Match) -> None:
    """Put back what deleted given cells defined and nothing above does, right below the cell handed out before them."""
    for r, cell in enumerate(release):
        if r in match.pairs or not is_run_as_given(cell):
            continue
        before = [i for i, place in enumerate(places) if place.release is not None and place.release < r]
        at = max(before, key=lambda i: places[i].release or 0) + 1 if before else 0
        following = (i for i, place in enumerate(places) if i >= at and place.release is not None)
        above = places[: next(following, len(places))]  # and what stands in its place
        back = put_back(cell, (other for place in above for other in place.cells))
        if back is not None:
            places.insert(at, _Place(r, [back]))


def _nearest(places: list[_Place], following: Any) -> int:
    return min(following, key=lambda i: places[i].release or 0, default=len(places))


def _move_tests_behind_answers(places: list[_Place], release: list[NotebookNode]) -> list[str]:
    """A test cell judges what is defined where it stands: move one that stands above its answer below it."""
    moved = []
    for r, cell in enumerate(release):
        answer = answer_of(release, r) if role(cell) is Role.TEST else None
        if answer is None:
            continue
        where = {place.release: i for i, place in enumerate(places)}
        if where[r] > where[answer]:
            continue
        place = places.pop(where[r])
        target = where[answer]  # the answer stands one place further up now, so this is right behind it
        while target < len(places) and places[target].release is None:
            target += 1  # behind the student's own cells too: the answer may call what they define
        places.insert(target, place)
        moved.append(grade_id(cell))
    if len(moved) > 1:
        return [f"The cells {listed(moved, len(moved))} stood above their answers; they were moved below them."]
    return [f"The cell {name} stood above its answer; it was moved below it." for name in moved]


def _give_ids(cells: list[NotebookNode]) -> None:
    """Give the release's cells their ids and the student's own cells free ones."""
    taken = {cell.id for cell in cells if grade_id(cell) and "id" in cell}
    for i, cell in enumerate(cells):
        if not grade_id(cell) or "id" not in cell:
            cell.id = new_id(cell.get("id", f"cell-{i}"), taken)


def _mark_as_given(places: list[_Place], release: list[NotebookNode]) -> None:
    """Mark the markdown cells with looks of their own that are as the instructor wrote them: they keep these."""
    for place in places:
        if place.release is None:
            continue
        mine, restored = release[place.release], place.cells[-1]
        is_text = restored.cell_type == mine.cell_type == "markdown" and role(mine) is not Role.TEXT
        if is_text and restored.source == mine.source and any(name in mine.source for name in _LOOKS):
            restored.metadata[METADATA_KEY] = node(AS_GIVEN)


def _unanswered(release: list[NotebookNode], submission: list[NotebookNode], match: Match) -> list[str]:
    """Return the answers that are as they were handed out. One that was deleted isn't: it is missing."""
    return [
        grade_id(cell)
        for r, cell in enumerate(release)
        if role(cell) in (Role.ANSWER, Role.TEXT) and _is_untouched(release, submission, match, r)
    ]


def _is_untouched(release: list[NotebookNode], submission: list[NotebookNode], match: Match, r: int) -> bool:
    if r in match.pairs:
        return is_as_handed_out(release[r], submission[match.pairs[r]])
    return r not in match.served and role(release[r]) is Role.TEXT  # a deleted text is put back as it was
