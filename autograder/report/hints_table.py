"""Which hints are true of the answers that are given them, as a table with a line for each question."""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.authoring.audit import Verdict
from autograder.authoring.true_hints import claim_faults, given_hints, untrue
from autograder.judge.assignment import Assignment


def print_hints(
    verdicts: Sequence[Verdict], assignment: Assignment, only: Sequence[str] = (), console: Console | None = None
) -> bool:
    """Print how many hints are true and which aren't, and which claims are of no use; return whether all is well.

    ``only``: the questions or answers whose claims are looked at; none: all.
    """
    console = console or Console()
    given = given_hints(verdicts, assignment)
    lines = [*claim_faults(assignment, only), *untrue(given, assignment)]
    faulty = {id(one.verdict) for one in given if one.fault}
    table = Table(title="hints given to wrong answers", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("question", no_wrap=True)
    for name in ("true", "untrue", "unnamed"):
        table.add_column(name, justify="right")
    caught = [v for v in verdicts if not v.case.right and v.points < v.max_points and not v.unjudged]
    for question in dict.fromkeys(verdict.case.question for verdict in caught):
        own = [verdict for verdict in caught if verdict.case.question == question]
        bad = sum(id(verdict) in faulty for verdict in own)
        unnamed = sum(not verdict.diagnosis for verdict in own)
        table.add_row(question, str(len(own) - bad - unnamed), f"[red]{bad}[/]" if bad else "0", str(unnamed))
    for line in lines:
        console.print(f"[bold red]✗ {escape(line)}[/]")
    console.print(table)
    return not lines
