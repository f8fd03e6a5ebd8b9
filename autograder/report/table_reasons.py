"""What went wrong with each student, in the room there is: reasons are shortened, a step to take never is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from autograder.report.class_rows import Row, Unjudged
from autograder.report.terminal_width import lines_of
from autograder.report.trouble_line import LONGEST, sentences

_SHARED = 2  # students with the same reason, from which on it is told once, below
_LEAST = 60  # letters of what was lost, which stay whatever else there is to say


def told_below(rows: Sequence[Row], room: int, lines: int) -> dict[Unjudged, list[str]]:
    """Return what is not told with each student, as there is no room or many share it, and whom it concerns."""
    found: dict[Unjudged, list[str]] = {}
    for row in rows:
        for unjudged in row.unjudged:
            found.setdefault(unjudged, []).append(row.student)
    crowded = {u for row in rows if not _fits(row, room, lines) for u in row.unjudged}
    return {u: students for u, students in found.items() if len(students) >= _SHARED or u in crowded}


def said(row: Row, below: Collection[Unjudged], room: int, lines: int) -> str:
    """Return what went wrong with a student in ``lines`` lines of ``room`` columns, or as many as the steps need."""
    tail = [unjudged.short if unjudged in below else unjudged.whole for unjudged in row.unjudged]
    whole = sentences([row.trouble[: LONGEST * 2], *tail])
    if not tail or lines_of(whole, room) <= lines:
        return whole
    least, most = min(_LEAST, len(row.trouble)), len(row.trouble)  # letters of it that there is room for
    while least < most:
        half = (least + most + 1) // 2
        if lines_of(_with(row.trouble[:half], tail), room) <= lines:
            least = half
        else:
            most = half - 1
    return _with(row.trouble[:least], tail) if least < len(row.trouble) else whole


def said_below(below: Mapping[Unjudged, Sequence[str]], called: Mapping[str, str]) -> list[str]:
    """Return a line for each reason, whole."""
    found = []
    for unjudged, students in below.items():
        names = [called[student] for student in students]
        who = ", ".join(names) if len(names) <= 3 else f"{names[0]}, {names[1]} and {len(names) - 2} more"
        found.append(f"{who}: {unjudged.whole}")
    return found


def _fits(row: Row, room: int, lines: int) -> bool:
    return lines_of(sentences([row.trouble, *(unjudged.whole for unjudged in row.unjudged)]), room) <= lines


def _with(start: str, tail: Sequence[str]) -> str:
    return sentences([f"{start.rstrip()}…" if len(start) > 8 else "", *tail])
