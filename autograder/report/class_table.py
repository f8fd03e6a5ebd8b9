"""The class as a table that fits: shorter heads, then fewer columns where there is no room; numbers are never cut."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from rich.box import Box
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from autograder.report.class_rows import ByHand, Mark, Row, Unjudged
from autograder.report.table_reasons import said, told_below
from autograder.report.terminal_width import LEAST_NAME, names, wrapped
from autograder.report.text import points
from autograder.report.trouble_line import LONGEST, sentences

_LEAST_ROOM = 30  # columns for it beside the points
_NAMES = (40, 24, LEAST_NAME)  # columns for names
_BOX = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")  # a rule under the heads
LINES = 2  # of what went wrong beside the points
_NO_END = 1000  # lines
_BOUNDLESS = 100_000  # columns


class Heads(Enum):
    """How questions are named above their columns."""

    FULL = "by their names"
    FOLDED = "by their names, a word a line"
    NUMBERED = "by numbers, which a legend explains"
    NONE = "not at all: they have no columns"


@dataclass(frozen=True)
class Layout:
    """A way to lay the table out."""

    heads: Heads
    of: bool = True  # whether points are said with the most there are, "3/4"
    gap: int = 2  # columns between two of the table's
    extras: bool = True  # whether there are columns for what humans mark and for lateness
    name: int = LEAST_NAME  # columns for a name
    room: int = 0  # columns for what went wrong beside the points; 0: it stands below


_SPACIOUS = (Layout(Heads.FULL), Layout(Heads.FOLDED), Layout(Heads.NUMBERED))
_BARE = (Layout(Heads.NUMBERED, of=False),)
_NARROW = (
    Layout(Heads.NUMBERED, of=False, gap=1),
    Layout(Heads.NUMBERED, of=False, gap=1, extras=False),
    Layout(Heads.NONE),
    Layout(Heads.NONE, extras=False),
)


def fitting(rows: Sequence[Row], console: Console) -> tuple[Layout, Table]:
    """Return the table with as much in it as fits the console: what went wrong beside, if there is room, or below."""
    for layout in _layouts(rows, console.width):
        left = console.width - width_of(_table(rows, layout), console)
        if left >= (layout.room + layout.gap if layout.room else 0):
            break
    if layout.room:
        layout = dataclasses.replace(layout, room=left - layout.gap)
    return layout, _table(rows, layout, trouble=bool(layout.room))


def _layouts(rows: Sequence[Row], width: int) -> Iterator[Layout]:
    """Yield layouts, the fullest first; ``room`` is how much they need at least."""
    sizes = [size for size in _NAMES if size <= width / 3] or [LEAST_NAME]
    spacious = [dataclasses.replace(layout, name=name) for name in sizes for layout in _SPACIOUS]
    longest = max((len(sentences([row.trouble, *(one.whole for one in row.unjudged)])) for row in rows), default=0)
    if longest:  # two lines hold it, with some room for words that don't fit the first
        room = max(_LEAST_ROOM, min(longest, LONGEST) // 2 + 8)
        yield from (dataclasses.replace(layout, room=room) for layout in spacious)
    yield from spacious
    yield from (dataclasses.replace(layout, name=name) for name in sizes for layout in _BARE)
    yield from _NARROW


def width_of(table: Table, console: Console) -> int:
    """Return how many columns a table needs for nothing in it to be cut."""
    return Measurement.get(console, console.options.update_width(_BOUNDLESS), table).maximum


def questions_of(rows: Sequence[Row]) -> dict[str, float]:
    """Return all questions of a class, with the most points there are for each."""
    return {name: mark.max_points for row in rows for name, mark in row.marks.items()}


def _table(rows: Sequence[Row], layout: Layout, trouble: bool = False) -> Table:
    questions = [] if layout.heads is Heads.NONE else list(questions_of(rows))
    by_hand = layout.extras and any(row.by_hand for row in rows)
    late = layout.extras and any(row.penalty or row.seconds_late for row in rows)
    table = Table(box=_BOX, show_edge=False, pad_edge=False, padding=(0, layout.gap - 1, 0, 0))
    heads = [_head(question, number, layout.heads) for number, question in enumerate(questions, start=1)]
    heads += ["by hand" if layout.heads is Heads.FULL else "by\nhand"] * by_hand + ["late"] * late + ["total"]
    lines = max(head.count("\n") for head in heads)
    table.add_column("\n" * lines + "student", no_wrap=True)
    for head in heads:
        table.add_column("\n" * (lines - head.count("\n")) + escape(head), justify="right", no_wrap=True)
    if trouble:
        table.add_column("\n" * lines + "what went wrong", no_wrap=True)
    called = names([row.student for row in rows], layout.name)
    below = told_below(rows, layout.room, LINES) if trouble else {}
    for row in rows:
        cells = [_mark(row.marks.get(question), layout.of) for question in questions]
        cells += [_by_hand(row.by_hand, layout.of)] * by_hand + [_late(row)] * late + [_total(row, layout.of)]
        cells += [escape(_trouble(row, below, layout.room))] * trouble
        table.add_row(escape(called[row.student]), *cells)
    return table


def _trouble(row: Row, below: Collection[Unjudged], room: int) -> str:
    """Return what went wrong, in two lines, unless there is a step to take that needs more."""
    return wrapped(said(row, below, room, LINES), room, _NO_END if row.unjudged else LINES)


def _head(question: str, number: int, heads: Heads) -> str:
    if heads is Heads.NUMBERED:
        return str(number)
    return question.replace("_", "_\n") if heads is Heads.FOLDED else question


def mark_in_words(mark: Mark) -> str:
    """Return the points for a question without colours: "3/4", "?/4", "+1" for extra points."""
    if mark.points is None:
        return f"?{_of(mark.max_points, mark.max_points > 0)}"
    return f"{points(mark.points)}/{points(mark.max_points)}" if mark.max_points else f"+{points(mark.points)}"


def _mark(mark: Mark | None, of: bool) -> str:
    if mark is None:
        return "–"
    rest = _of(mark.max_points, of and mark.max_points > 0)
    if mark.points is None:
        return f"[yellow]?[/]{rest}"
    if mark.max_points == 0:
        return f"[green]+{points(mark.points)}[/]" if mark.points else "+0"
    colour = "green" if mark.is_full else "red" if mark.points == 0 else "default"
    return f"[{colour}]{points(mark.points)}[/]{rest}"


def _by_hand(marked: ByHand | None, of: bool) -> str:
    if marked is None:
        return "–"
    given = points(marked.points) if marked.points or not marked.waits else ""
    waiting = f"[yellow]{'+?' if given else '?'}[/]" if marked.waits else ""
    return f"{given}{waiting}{_of(marked.max_points, of)}"


def _late(row: Row) -> str:
    if row.penalty:
        return f"[red]-{points(row.penalty)}[/]"
    return duration(row.seconds_late) if row.seconds_late else ""


def duration(seconds: float) -> str:
    """Return a time in its largest unit: "3 d", "2 h", "5 min", "40 s"."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"


def _total(row: Row, of: bool) -> str:
    if not row.marks:
        return "–"
    if row.total is None:
        return f"[yellow]?[/]{_of(row.max_points, of)}"
    waits = "[yellow]+?[/]" if row.by_hand and row.by_hand.waits else ""
    return f"[bold]{points(row.total)}[/]{waits}{_of(row.max_points, of)}"


def _of(most: float, said: bool) -> str:
    return f"/{points(most)}" if said else ""
