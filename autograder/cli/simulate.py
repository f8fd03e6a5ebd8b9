"""``autograder simulate``."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from autograder.cli.command import Commands, add_assignment, add_command, add_course
from autograder.grading.errors import GradingError
from autograder.grading.members import TWELVE, Draw, Shares

TEXT = """\
Write the submissions of a simulated class into a course.

They are made of the released notebook and of right and wrong answers, some are damaged. A course that holds anything
else than simulated submissions is left alone.
"""
EXAMPLES = """
autograder simulate linear_mnist                  a class of 12, always the same
autograder simulate linear_mnist --students 200 --seed 1 --right 0.6 --list
"""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "simulate", run, TEXT, EXAMPLES)
    add_assignment(parser)
    add_course(parser)
    parser.add_argument("--students", type=int, metavar="N", help="draw N students (default: a fixed class of 12)")
    parser.add_argument("--seed", type=int, default=0, help="another class for another seed (default: 0)")
    parser.add_argument("--list", action="store_true", help="print who hands in what")
    for kind, share in vars(Shares()).items():
        parser.add_argument(
            f"--{kind}", type=float, default=share, metavar="SHARE", help=f"share of students (default: {share:g})"
        )


def run(arguments: argparse.Namespace) -> int:
    """Write the class and say where it is."""
    from autograder.grading.simulate import simulate

    shares = Shares(**{kind: getattr(arguments, kind) for kind in vars(Shares())})
    drawn = arguments.students is not None
    if drawn and (arguments.students < 1 or min(vars(shares).values()) < 0 or not any(vars(shares).values())):
        raise GradingError("--students must be 1 or more, no share below 0, and one of them above 0")
    members = Draw(arguments.assignment, arguments.seed, shares).members(arguments.students) if drawn else TWELVE
    folders = simulate(arguments.assignment, arguments.course, members)
    if arguments.list:
        table = Table("student", "kind", "answers", "damage")
        for member in members:
            table.add_row(member.student, member.kind, ", ".join(member.answers), member.harm)
        Console().print(table)
    print(f"{len(folders)} submissions are in {arguments.course / 'submitted'}")
    return 0
