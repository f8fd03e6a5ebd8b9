"""The command line: ``autograder doctor | simulate | report``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 all is well, 1 it isn't, 2 it can't be done as asked."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except FileNotFoundError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="say what this machine can and can't isolate")
    doctor.set_defaults(run=_doctor)
    simulate = commands.add_parser("simulate", help="write the submissions of a class of 12 into a course")
    simulate.set_defaults(run=_simulate)
    report = commands.add_parser("report", help="print the class: points per question, and what went wrong")
    report.set_defaults(run=_report)
    for command in (simulate, report):
        command.add_argument("assignment", help="the assignment's name, e.g. linear_mnist")
        command.add_argument(
            "--course", type=Path, default=Path(), metavar="DIR", help="the course's folder (default: .)"
        )
    return parser


def _doctor(arguments: argparse.Namespace) -> int:
    from autograder.student.capabilities import probe

    table = Table(title="What this machine can isolate", title_justify="left", show_lines=True)
    for title in ("", "what", "in plain words", "next step"):
        table.add_column(title, overflow="fold")
    found = probe()
    for capability in found:
        sign = "[green]✓[/]" if capability.ok else "[red]✗[/]"
        table.add_row(sign, capability.name, capability.sentence, "" if capability.ok else capability.next_step)
    Console().print(table)
    return 0 if all(capability.ok for capability in found) else 1


def _simulate(arguments: argparse.Namespace) -> int:
    from autograder.grading.simulate import simulate

    folders = simulate(arguments.assignment, arguments.course)
    print(f"{len(folders)} submissions are in {arguments.course / 'submitted'}")
    return 0


def _report(arguments: argparse.Namespace) -> int:
    from autograder.course.results import class_row
    from autograder.report.summary import print_class_table

    folders = sorted((arguments.course / "autograded").glob(f"*/{arguments.assignment}"))
    if not folders:
        raise FileNotFoundError(f"nothing is graded yet in {arguments.course}: run `nbgrader autograde` there first")
    rows = [class_row(folder.parent.name, folder, [f"{arguments.assignment}.ipynb"]) for folder in folders]
    print_class_table(rows, f"{arguments.assignment}: automatic points")
    feedback = arguments.course / "feedback"
    if feedback.is_dir():
        print(f"Feedback: {feedback.resolve()}/<student>/{arguments.assignment}/{arguments.assignment}.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
