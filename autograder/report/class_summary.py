"""The class at a glance: a student a row, points per question, what went wrong in one line."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence

from rich.console import Console

from autograder.grading.class_run import Done
from autograder.judge.evidence import Outcome
from autograder.report.class_rows import Row, Unjudged
from autograder.report.class_table import LINES, Heads, Layout, fitting, mark_in_words, questions_of, width_of
from autograder.report.sandbox_warning import FOR_INSTRUCTORS
from autograder.report.table_reasons import said, said_below, told_below
from autograder.report.terminal_width import LEAST_NAME, flowing, names, wrapped
from autograder.report.text import points, shortened
from autograder.report.trouble_line import LONGEST

IN_GRADEBOOK = "points in the gradebook"
_INDENT = "  "
_MANY = 4  # students with the same trouble, from which on it is told once
_UNLIMITED = 160  # columns where nobody says how many there are


def print_class_table(rows: Sequence[Row], title: str = "", console: Console | None = None) -> None:
    """Print the table; what went wrong stands below where there is no room beside the points.

    Numbers are never cut, whatever the width. Where the output is no terminal and COLUMNS is not set, there is room.
    """
    console = console or Console()
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console = Console(file=console.file, width=_UNLIMITED)
    layout, table = fitting(rows, console)
    if title:
        _say(title, console, "italic")
    console.print(table, width=max(console.width, width_of(table, console)), crop=False)
    called = names([row.student for row in rows], layout.name)
    below = [*_legend(rows, layout, console.width)]
    below += _points_lost(rows, called, console.width) if layout.heads is Heads.NONE else ()
    below += _below(rows, called, layout.room, console.width)
    for text in below:
        console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True)
    if any(row.unprotected for row in rows):
        _say(FOR_INSTRUCTORS, console, "bold red")


def _legend(rows: Sequence[Row], layout: Layout, width: int) -> list[str]:
    """Return what the heads and signs stand for, as far as they are not plain."""
    found = []
    if layout.heads is Heads.NUMBERED:
        worth = [f" ({points(most)})" if most else " (extra)" for most in questions_of(rows).values()]
        named = (f"{number} {name}" for number, name in enumerate(questions_of(rows), start=1))
        items = [name + most for name, most in zip(named, worth, strict=True)]
        if not layout.of:
            items.append(f"total ({points(max(row.max_points for row in rows))})")
        found.append(flowing(items, width))
    if any(row.marks and row.total is None for row in rows):
        found.append("?: could not be judged")
    if any(row.by_hand and row.by_hand.waits for row in rows):
        found.append("? by hand, +?: still to be marked")
    return found


def _below(rows: Sequence[Row], called: Mapping[str, str], room: int, width: int) -> Iterator[str]:
    """Yield what went wrong as far as it is not beside the points, and whole what many share or what is long."""
    apart = told_below(rows, room, LINES) if room else told_below(rows, _beside_names(width), _lines(width))
    if not room:
        yield from _troubles(rows, called, apart, width)
    for text in said_below(apart, called):
        yield wrapped(text, width, len(text), _INDENT)


def _troubles(rows: Sequence[Row], called: Mapping[str, str], apart: Collection[Unjudged], width: int) -> Iterator[str]:
    """Yield what went wrong, student by student; once where it is the same for many."""
    troubles = {row.student: said(row, apart, _beside_names(width), _lines(width)) for row in rows}
    shared: dict[str, list[str]] = {}
    for row in rows:
        shared.setdefault(troubles[row.student], []).append(called[row.student])
    told = {""}
    for row in rows:
        trouble = troubles[row.student]
        if trouble in told or _is_only(row, apart):
            continue
        same, who = shared[trouble], called[row.student]
        if len(same) >= _MANY:
            told.add(trouble)
            who = f"{', '.join(same[:2])} and {len(same) - 2} more"
        text = f"{who}: {trouble}"
        yield wrapped(text, width, len(text) if row.unjudged else _lines(width), _INDENT)


def _is_only(row: Row, apart: Collection[Unjudged]) -> bool:
    """Whether all there is to say of a student is said apart."""
    return bool(row.unjudged) and not row.trouble and all(unjudged in apart for unjudged in row.unjudged)


def _beside_names(width: int) -> int:
    return max(width - LEAST_NAME, LEAST_NAME)


def _lines(width: int) -> int:
    return -(-LONGEST // width) + 1


def _points_lost(rows: Sequence[Row], called: Mapping[str, str], width: int) -> Iterator[str]:
    """Yield the questions without full marks, student by student."""
    for row in rows:
        lost = [f"{name} {mark_in_words(mark)}" for name, mark in row.marks.items() if not mark.is_full]
        if lost:
            yield wrapped(f"{called[row.student]}: {', '.join(lost)}", width, len(lost) + 100, _INDENT)


def print_outcome(rows: Sequence[Row], done: Sequence[Done], console: Console | None = None) -> None:
    """Print how the class as a whole did, by what the rows say; what was judged in this run, and what took longest."""
    console = console or Console()
    students = [row for row in rows if not row.is_entry]
    right, lost = sum(row.is_all_right for row in students), sum(row.has_lost_points for row in students)
    unjudged = sum(not row.is_judged for row in students)
    both = any(row.has_lost_points and not row.is_judged for row in students)
    parts = [f"{right} all right", f"{lost} lost points"]
    parts += [f"{unjudged} {'with something that ' if both else ''}could not be judged"]
    late = sum(bool(row.penalty or row.seconds_late) for row in students)
    waiting = sum(bool(row.by_hand and row.by_hand.waits) for row in students)
    parts += [f"{late} late"] * bool(late) + [f"{waiting} still to be marked by hand"] * bool(waiting)
    entries = len(rows) - len(students)
    apart = f"; {entries} {'entry' if entries == 1 else 'entries'} can't be graded" if entries else ""
    _say(f"{_students(len(students))}: {', '.join(parts)}{apart}.", console)
    rerun = sum(one.rerun for one in done)
    start = f"{len(done)} notebooks in this run" if _several(done) else "In this run"
    _say(f"{start}: {rerun} judged, {len(done) - rerun} known already.", console)
    _print_slowest(done, console)


def print_judging(done: Sequence[Done], console: Console | None = None) -> None:
    """Print how many notebooks were judged and how many known, what came out, and which five took longest."""
    console = console or Console()
    rerun = sum(one.rerun for one in done)
    counts = {outcome: sum(one.outcome is outcome for one in done) for outcome in Outcome}
    start = f"{len(done)} notebooks: " if _several(done) else ""
    _say(
        f"{start}{rerun} judged, {len(done) - rerun} known already: "
        f"{counts[Outcome.PASSED]} all right, {counts[Outcome.FAILED]} lost points, "
        f"{counts[Outcome.NOT_JUDGED]} could not be judged.",
        console,
    )
    _print_slowest(done, console)


def _print_slowest(done: Sequence[Done], console: Console) -> None:
    judged = sorted((one for one in done if one.rerun), key=lambda one: -one.seconds)[:5]
    titled = _several(done)
    if judged:
        slowest = (
            f"{shortened(one.student, 40)}{f' ({shortened(one.title, 40)})' * titled} {one.seconds:.1f} s"
            for one in judged
        )
        _say(f"The slowest: {', '.join(slowest)}.", console)


def _several(done: Sequence[Done]) -> bool:
    """Whether the assignment has several notebooks."""
    return len({one.title for one in done}) > 1


def _students(number: int) -> str:
    return f"{number} {'student' if number == 1 else 'students'}"


def _say(text: str, console: Console, style: str = "") -> None:
    """Print a text as it is; where the output has a width, broken at spaces alone."""
    if console.is_terminal or os.environ.get("COLUMNS", "").isdigit():
        text = wrapped(text, console.width, len(text))
    console.print(text, style=style, markup=False, emoji=False, highlight=not style, soft_wrap=True)
