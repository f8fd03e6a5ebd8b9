"""The class at a glance: a student a row, points per question, what went wrong in one line."""

from __future__ import annotations

import dataclasses
import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.grading.run import Done
from autograder.judge.evidence import CellStatus, Evidence, Outcome, QuestionResult, TestResult
from autograder.report.words import points, shortened

SANDBOX_OFF = "The sandbox was off (c.StudentProvisioner.sandbox): students' code could reach this whole machine."
_LONGEST = 140  # characters of what went wrong
_LEAST_ROOM = 30  # columns for it in the table


@dataclass(frozen=True)
class Mark:
    """The points for one question."""

    points: float | None  # None: could not be judged
    max_points: float


@dataclass(frozen=True)
class Row:
    """One student."""

    student: str
    marks: Mapping[str, Mark] = field(default_factory=dict)  # by question, in the notebook's order
    trouble: str = ""  # what went wrong, in one line
    unprotected: bool = False  # whether the student's code ran without a sandbox


def class_table(rows: Sequence[Row], title: str = "", trouble_width: int = 0) -> Table:
    """Return the table of the class; what went wrong has two lines of ``trouble_width``, or no column at all for 0."""
    questions = list(dict.fromkeys(name for row in rows for name in row.marks))
    table = Table(title=title or None, title_justify="left", pad_edge=False)
    table.add_column("student", no_wrap=True)
    for question in questions:
        table.add_column(escape(question), justify="right", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    if trouble_width:
        table.add_column("what went wrong", overflow="fold")
    for row in rows:
        cells = [_mark(row.marks.get(question)) for question in questions]
        lines = textwrap.wrap(shortened(row.trouble, _LONGEST), max(trouble_width, 1), max_lines=2, placeholder=" …")
        trouble = [escape("\n".join(lines))] if trouble_width else []
        table.add_row(escape(row.student), *cells, _total(row.marks), *trouble)
    return table


def print_class_table(rows: Sequence[Row], title: str = "", console: Console | None = None) -> None:
    """Print the table; each student takes two lines at most, what went wrong stands below where there is no room.

    Where the output is no terminal and COLUMNS is not set, there is all the room it needs.
    """
    console = console or Console()
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console = Console(file=console.file, width=160)
    longest_name = 40 if console.width >= 120 else 16
    rows = [dataclasses.replace(row, student=shortened(row.student, longest_name)) for row in rows]
    room = console.width - console.measure(class_table(rows, title)).maximum - len(" │ ")
    if room >= _LEAST_ROOM:
        console.print(class_table(rows, title, room))
    else:
        console.print(class_table(rows, title))
        _print_troubles(rows, console)
    if any(row.unprotected for row in rows):
        console.print(f"[bold red]{SANDBOX_OFF}[/]", soft_wrap=True)


def _print_troubles(rows: Sequence[Row], console: Console) -> None:
    for row in rows:
        if row.trouble:
            line = shortened(f"{row.student}: {row.trouble}", min(_LONGEST, console.width))
            console.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)


def print_judging(done: Sequence[Done], console: Console | None = None) -> None:
    """Print how many notebooks were judged and how many known, what came out, and which five took longest."""
    console = console or Console()
    judged = sorted((one for one in done if one.rerun), key=lambda one: -one.seconds)
    counts = {outcome: sum(one.outcome is outcome for one in done) for outcome in Outcome}
    console.print(
        f"{len(judged)} judged, {len(done) - len(judged)} known already: "
        f"{counts[Outcome.PASSED]} all right, {counts[Outcome.FAILED]} lost points, "
        f"{counts[Outcome.NOT_JUDGED]} could not be judged."
    )
    if judged:
        slowest = ", ".join(f"{escape(shortened(one.student, 40))} {one.seconds:.1f} s" for one in judged[:5])
        console.print(f"The slowest: {slowest}.", soft_wrap=True)


def what_went_wrong(evidence: Evidence, notes: Sequence[str] = ()) -> str:
    """Return the one thing most worth saying about a notebook, or "" when there is nothing to say.

    That is, in this order: what could not be judged, the first question that lost points (and how many more did), a
    cell that was left out, the first note.
    """
    unjudged = [question for question in evidence.questions if question.outcome is Outcome.NOT_JUDGED]
    failed = [q for q in evidence.questions if q.outcome is Outcome.FAILED and q.max_points]  # not for want of a bonus
    for questions in (unjudged, failed):
        if questions:
            if len({_test_reason(_worst(question)) for question in questions}) == 1 < len(questions):
                return shortened(_test_reason(_worst(questions[0])), _LONGEST)
            more = f" (and {len(questions) - 1} more)" if len(questions) > 1 else ""
            return shortened(_reason(questions[0]), _LONGEST - len(more)) + more
    lost = [cell for cell in evidence.cells if cell.status in (CellStatus.LEFT_OUT, CellStatus.NOT_RUN)]
    told = [f"cell {cell.index + 1} was {cell.status.value}: {cell.reason}" for cell in lost]
    return shortened(next((text for text in [*told, *notes, *evidence.notes] if text), ""), _LONGEST)


def _reason(question: QuestionResult) -> str:
    return f"{question.question}: {question.note or _test_reason(_worst(question))}"


def _worst(question: QuestionResult) -> TestResult:
    return next(test for test in question.tests if test.outcome is question.outcome)


def _test_reason(test: TestResult) -> str:
    if test.outcome is Outcome.NOT_JUDGED:
        return f"could not be judged: {test.message}"
    return test.hint or test.message or test.sentence


def _mark(mark: Mark | None) -> str:
    if mark is None:
        return "–"
    if mark.points is None:
        return f"[yellow]?[/]/{points(mark.max_points)}"
    if mark.max_points == 0:  # a bonus
        return f"[green]+{points(mark.points)}[/]" if mark.points else "+0"
    colour = "green" if mark.points >= mark.max_points else "red" if mark.points == 0 else "default"
    return f"[{colour}]{points(mark.points)}[/]/{points(mark.max_points)}"


def _total(marks: Mapping[str, Mark]) -> str:
    if not marks:
        return "–"
    total = points(sum(mark.max_points for mark in marks.values()))
    if any(mark.points is None for mark in marks.values()):
        return f"[yellow]?[/]/{total}"
    return f"[bold]{points(sum(mark.points or 0.0 for mark in marks.values()))}[/]/{total}"
