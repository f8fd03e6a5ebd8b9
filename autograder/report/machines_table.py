"""The audit on imitated machines, as a table: how many answers are judged unlike, and how."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.authoring.audit import cases, check_names
from autograder.authoring.imitated_machines import Found, differences, found_on, machines, numeric_cases
from autograder.grading.errors import GradingError
from autograder.judge.assignment import Assignment

Result = tuple[str, Found]  # a machine's name, and what was found


def audit_machines(assignment: Assignment, course: Path, only: Sequence[str] = (), workers: int = 0) -> bool:
    """Judge the registered answers as on each machine, print what differs; return whether nothing does.

    Raises GradingError, also for a name in ``only`` that is no question's and no answer's.
    """
    check_names(assignment, cases(assignment), only)
    if not numeric_cases(assignment, only):
        raise GradingError(f"of {' and '.join(only)} no numbers come back: there is nothing to compare")
    results: list[Result] = []
    for machine in machines():
        with Console(stderr=True).status(f"judging: {machine.name}"):
            results.append((machine.name, found_on(machine, assignment, course, only, workers)))
    return print_machines(results)


def print_machines(results: Sequence[Result], console: Console | None = None) -> bool:
    """Print a row for each machine, compared with the first one; return whether all are alike."""
    console = console or Console()
    table = Table(title="Judged as on other machines", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("machine", overflow="fold")
    for head in ("answers", "differ"):
        table.add_column(head, justify="right")
    (_, first), *_ = results
    lines = []
    for name, found in results:
        unlike = list(differences(first, found))
        answers = {answer for answer in {*first, *found} if first.get(answer) != found.get(answer)}
        table.add_row(escape(name), str(len(found)), f"[bold red]{len(answers)}[/]" if answers else "0")
        lines += [f"{name}: {line}" for line in unlike]
    console.print(table)
    for line in lines:
        console.print(f"[bold red]✗ {escape(line)}[/]")
    return not lines
