"""What a student changed of what was handed out, in one plain sentence each."""

from __future__ import annotations

from typing import NamedTuple

from nbformat.notebooknode import NotebookNode

from autograder.course.intake.cell_matching import Match
from autograder.course.intake.cell_origins import is_from_another_version, is_kept
from autograder.course.notebooks.cell_roles import Role, grade_id, is_blank, marks, role, same_text, tags
from autograder.report.text import listed, one_line, quoted

SCHEMA_VERSION = 3  # of nbgrader's cell metadata
_ACTING_TAGS = {"skip-execution", "raises-exception"}  # tags that change what running a notebook does
ANEW = "handed out anew after this copy was fetched; what is handed out now counts."
_FLAGS = ("grade", "locked", "solution", "task")
_LOCKED = (Role.TEST, Role.LOCKED, Role.TASK)


class ReleaseNote(str):
    """A sentence on what the instructor has changed: no student's doing, and the same for many."""

    __slots__ = ()


class _Note(NamedTuple):
    """What is to be said of a cell, and how it is said of several; the first @ is their names'."""

    cell: str
    one: str
    many: str
    kind: type[str] = str  # of the sentence that is made of it


def differences(release: NotebookNode, submission: NotebookNode, match: Match) -> list[str]:
    """Return notes on all that the student changed and restoring undoes, in notebook order."""
    notes: list[_Note] = []
    for r, cell in enumerate(release.cells):
        if role(cell) is Role.GIVEN:
            continue
        name = grade_id(cell)
        if r in match.served and r not in match.elsewhere:
            rest = "missing; the answer was found in another cell and counts."
            notes.append(_Note(name, f"The answer cell @ is {rest}", f"The answer cells @ are {rest}"))
        elif r in match.pairs:
            notes += _cell_notes(name, cell, submission.cells[match.pairs[r]])
        elif r not in match.served:
            notes.append(_missing_note(name, role(cell)))
        if r in match.duplicates:
            rest = f"{len(match.duplicates[r]) + 1} times; one of them counts, the others are ordinary cells."
            notes.append(_Note(name, f"The cell @ was there {rest}", f"The cells @ were each there {rest}"))
        if r in match.elsewhere:
            rest = "no answer; the answer was found in another cell and counts."
            notes.append(_Note(name, f"The cell @ holds {rest}", f"The cells @ each hold {rest}"))
    whole = _kernel_notes(release, submission) + _metadata_notes(release, submission, match)
    return whole + _grouped(notes) + _tag_notes(release, submission, match)


def _grouped(notes: list[_Note]) -> list[str]:
    """Return one sentence for all cells of which the same is to be said, in the order of the first ones."""
    cells: dict[tuple[str, str, type[str]], list[str]] = {}
    for note in notes:
        cells.setdefault((note.one, note.many, note.kind), []).append(note.cell)
    return [
        kind((one if len(names) == 1 else many).replace("@", listed(names, len(names)), 1))
        for (one, many, kind), names in cells.items()
    ]


def _kernel_notes(release: NotebookNode, submission: NotebookNode) -> list[str]:
    wanted = release.metadata.get("kernelspec", {}).get("name", "python3")
    named = submission.metadata.get("kernelspec", {}).get("name", wanted)
    return [] if named == wanted else [f"The notebook asks for the kernel {quoted(named)}; it was run with {wanted}."]


def _metadata_notes(release: NotebookNode, submission: NotebookNode, match: Match) -> list[str]:
    """Report missing and foreign metadata once for all cells: an editor that strips it strips all of it."""
    pairs = [
        (cell, submission.cells[match.pairs[r]])
        for r, cell in enumerate(release.cells)
        if r in match.pairs and r not in match.elsewhere and role(cell) is not Role.GIVEN
    ]
    notes = []
    bare = [grade_id(cell) for cell, theirs in pairs if not marks(theirs)]
    if bare:
        notes.append(f"nbgrader's metadata was missing ({listed(bare)}); the cells were recognised all the same.")
    versions: dict[str, list[str]] = {}
    for cell, theirs in pairs:
        if marks(theirs) and (version := marks(theirs).get("schema_version", 0)) != SCHEMA_VERSION:
            versions.setdefault(one_line(version, 20), []).append(grade_id(cell))
    for number, names in versions.items():
        notes.append(f"nbgrader's metadata was of version {number} ({listed(names)}); what was handed out counts.")
    return notes


def _missing_note(name: str, kind: Role) -> _Note:
    if kind is Role.ANSWER:
        one = "The answer cell @ is missing, and no other cell was found that defines what it asks for."
        many = "The answer cells @ are missing, and no other cell was found that defines what they ask for."
        return _Note(name, one, many)
    return _Note(
        name,
        "The cell @ is missing; it was put in as it was handed out.",
        "The cells @ are missing; they were put in as they were handed out.",
    )


def _cell_notes(name: str, mine: NotebookNode, theirs: NotebookNode) -> list[_Note]:
    anew = is_from_another_version(mine, theirs)
    notes = [_Note(name, f"The cell @ was {ANEW}", f"The cells @ were {ANEW}", ReleaseNote)] if anew else []
    notes += [] if anew else _mark_notes(name, mine, theirs)
    if mine.cell_type != theirs.cell_type:
        one = f"The cell @ was turned into a {theirs.cell_type} cell; it was turned back."
        notes.append(_Note(name, one, f"The cells @ were turned into {theirs.cell_type} cells; they were turned back."))
    if role(mine) in _LOCKED and not anew and not same_text(mine.source, theirs.source):
        deed = "emptied" if is_blank(theirs) else "edited"
        rest = f"{deed}; what was handed out counts"
        kept = is_kept(mine, theirs)
        one = f"{rest}; your version stands above it as an ordinary cell." if kept else f"{rest}."
        many = f"{rest}; your versions stand above them as ordinary cells." if kept else f"{rest}."
        notes.append(_Note(name, f"The locked cell @ was {one}", f"The locked cells @ were {many}"))
    if acting := (_ACTING_TAGS & set(tags(theirs))) - set(tags(mine)):
        tag, rest = quoted(listed(sorted(acting))), "was not handed out; it doesn't count."
        notes.append(_Note(name, f"The tag {tag} on the cell @ {rest}", f"The tag {tag} on the cells @ {rest}"))
    return notes


def _mark_notes(name: str, mine: NotebookNode, theirs: NotebookNode) -> list[_Note]:
    notes = []
    marked, original = marks(theirs), marks(mine)
    if marked and (found := marked.get("grade_id")) != name:
        rest = f"renamed to {quoted(found)}"
        one, many = f"{rest}; it counts under its own name.", f"{rest}; they count under their own names."
        notes.append(_Note(name, f"The cell @ was {one}", f"The cells @ were {many}"))
    if "points" in original and marked and (points := marked.get("points")) != original["points"]:
        rest = f"were changed to {quoted(points)}"
        one, many = f"{rest}; it is worth {original['points']}.", f"{rest}; each is worth {original['points']}."
        notes.append(_Note(name, f"The points of the cell @ {one}", f"The points of the cells @ {many}"))
    flags = [key for key in _FLAGS if marked.get(key, original.get(key)) != original.get(key)]
    if flags:
        rest = f"marked differently ({', '.join(flags)}); what was handed out counts."
        notes.append(_Note(name, f"The cell @ was {rest}", f"The cells @ were {rest}"))
    return notes


def _tag_notes(release: NotebookNode, submission: NotebookNode, match: Match) -> list[str]:
    handed_out = {s: set(tags(release.cells[r])) for r, s in match.pairs.items()}
    named = {s for r, s in match.pairs.items() if role(release.cells[r]) is not Role.GIVEN}  # reported with their cell
    acting = [
        f"cell {s + 1}"
        for s, cell in enumerate(submission.cells)
        if s not in named and (_ACTING_TAGS & set(tags(cell))) - handed_out.get(s, set())
    ]
    return [f"Tags that were not handed out don't count ({listed(acting)})."] if acting else []
