"""The class at a glance: a student a row, points per question, what went wrong in one line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.markup import escape

from autograder.grading.run import Done
from autograder.judge.evidence import Outcome
from autograder.report.fitting import flowing, names, wrapped
from autograder.report.rows import Row
from autograder.report.table import Heads, Layout, fitting, mark_in_words, questions_of, width_of
from autograder.report.trouble import LONGEST
from autograder.report.words import points, shortened

SANDBOX_OFF = "The sandbox was off (c.StudentProvisioner.sandbox): students' code could reach this whole machine."
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
        console.print(f"[italic]{escape(title)}[/]", soft_wrap=True)
    console.print(table, width=max(console.width, width_of(table, console)), crop=False)
    called = names([row.student for row in rows], layout.name)
    below = [*_legend(rows, layout, console.width)]
    below += _points_lost(rows, called, console.width) if layout.heads is Heads.NONE else ()
    below += _troubles(rows, called, console.width) if not layout.room else ()
    for text in below:
        console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True)
    if any(row.unprotected for row in rows):
        console.print(f"[bold red]{SANDBOX_OFF}[/]", soft_wrap=True)


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


def _troubles(rows: Sequence[Row], called: Mapping[str, str], width: int) -> Iterator[str]:
    """Yield what went wrong, student by student; once where it is the same for many."""
    shared: dict[str, list[str]] = {}
    for row in rows:
        shared.setdefault(row.trouble, []).append(called[row.student])
    told = {""}
    for row in rows:
        if row.trouble in told:
            continue
        same, who = shared[row.trouble], called[row.student]
        if len(same) >= _MANY:
            told.add(row.trouble)
            who = f"{', '.join(same[:2])} and {len(same) - 2} more"
        yield wrapped(f"{who}: {row.trouble}", width, -(-LONGEST // width) + 1, _INDENT)


def _points_lost(rows: Sequence[Row], called: Mapping[str, str], width: int) -> Iterator[str]:
    """Yield the questions without full marks, student by student."""
    for row in rows:
        lost = [f"{name} {mark_in_words(mark)}" for name, mark in row.marks.items() if not mark.is_full]
        if lost:
            yield wrapped(f"{called[row.student]}: {', '.join(lost)}", width, len(lost) + 100, _INDENT)


def print_outcome(rows: Sequence[Row], done: Sequence[Done], console: Console | None = None) -> None:
    """Print how the class as a whole did, by what the rows say; what was judged in this run, and what took longest."""
    console = console or Console()
    right, judged = sum(row.is_all_right for row in rows), sum(row.is_judged for row in rows)
    parts = [f"{right} all right", f"{judged - right} lost points", f"{len(rows) - judged} could not be judged"]
    late = sum(bool(row.penalty or row.seconds_late) for row in rows)
    waiting = sum(bool(row.by_hand and row.by_hand.waits) for row in rows)
    parts += [f"{late} late"] * bool(late) + [f"{waiting} still to be marked by hand"] * bool(waiting)
    console.print(f"{len(rows)} {'student' if len(rows) == 1 else 'students'}: {', '.join(parts)}.", soft_wrap=True)
    rerun = sum(one.rerun for one in done)
    console.print(f"In this run: {rerun} judged, {len(done) - rerun} known already.", soft_wrap=True)
    _print_slowest(done, console)


def print_judging(done: Sequence[Done], console: Console | None = None) -> None:
    """Print how many notebooks were judged and how many known, what came out, and which five took longest."""
    console = console or Console()
    rerun = sum(one.rerun for one in done)
    counts = {outcome: sum(one.outcome is outcome for one in done) for outcome in Outcome}
    console.print(
        f"{rerun} judged, {len(done) - rerun} known already: "
        f"{counts[Outcome.PASSED]} all right, {counts[Outcome.FAILED]} lost points, "
        f"{counts[Outcome.NOT_JUDGED]} could not be judged.",
        soft_wrap=True,
    )
    _print_slowest(done, console)


def _print_slowest(done: Sequence[Done], console: Console) -> None:
    judged = sorted((one for one in done if one.rerun), key=lambda one: -one.seconds)
    if judged:
        slowest = ", ".join(f"{escape(shortened(one.student, 40))} {one.seconds:.1f} s" for one in judged[:5])
        console.print(f"The slowest: {slowest}.", soft_wrap=True)
