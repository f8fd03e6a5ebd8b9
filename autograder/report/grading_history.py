"""Gradings for people: why each submission was judged or not, and what changed since the last time."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.grading.class_run import Done
from autograder.grading.score_changes import Change
from autograder.judge.evidence import Outcome
from autograder.report.text import points, shortened

_COLOURS = {Outcome.PASSED: "green", Outcome.FAILED: "default", Outcome.NOT_JUDGED: "yellow"}


def print_explanations(done: Sequence[Done], console: Console | None = None) -> None:
    """Print a line for each notebook: whether it was judged in this run, and why."""
    table = Table("student", "notebook", "judged", "why", "outcome", pad_edge=False)
    for one in sorted(done, key=lambda one: (one.student, one.title)):
        judged = f"{one.seconds:.1f} s" if one.rerun else "no"
        outcome = f"[{_COLOURS[one.outcome]}]{one.outcome.value}[/]"
        table.add_row(escape(shortened(one.student, 40)), escape(one.title), judged, escape(one.why), outcome)
    (console or Console()).print(table)


def print_changes(changes: Sequence[Change], console: Console | None = None) -> None:
    """Print a line for each question of each student whose result changed between the last two gradings."""
    console = console or Console()
    if not changes:
        console.print("Nothing changed between the last two gradings of any student.")
        return
    table = Table("student", "question", "before", "after", "hidden tests with another outcome", pad_edge=False)
    for change in changes:
        tests = escape("\n".join(change.tests))
        table.add_row(escape(shortened(change.student, 40)), change.question, _mark(change.before),
                      _mark(change.after), tests)  # fmt: skip
    console.print(table)


def _mark(value: float | None) -> str:
    return "[yellow]?[/]" if value is None else points(value)
