"""``autograder simulate``."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from traitlets.config import Config

from autograder.authoring.simulated_students import Draw, Member, Shares, usual_class
from autograder.authoring.simulation_marks import Places
from autograder.cli.command import Commands, add_assignment, add_command, add_course, assignment_of
from autograder.grading.errors import GradingError
from autograder.judge.assignment import Assignment

TEXT = """\
Write the submissions of a simulated class into a course.

They are made of the released notebook and of right and wrong answers, some are damaged. A course that holds anything
else than simulated submissions is left alone.
"""
EXAMPLES = """
autograder simulate intro                  a class of 12, always the same
autograder simulate intro --students 200 --seed 1 --right 0.6 --list
"""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "simulate", run, TEXT, EXAMPLES)
    add_assignment(parser)
    add_course(parser)
    parser.add_argument("--students", type=int, metavar="N", help="draw N students (default: a fixed class of 12)")
    parser.add_argument("--seed", type=int, metavar="N", help="with --students: another class for another seed")
    parser.add_argument("--list", action="store_true", help="print who hands in what")
    for kind, share in vars(Shares()).items():
        parser.add_argument(
            f"--{kind}",
            type=float,
            metavar="SHARE",
            help=f"with --students: how many are of this kind, in proportion to the other kinds (default: {share:g})",
        )


def run(arguments: argparse.Namespace) -> int:
    """Write the class and say where it is."""
    _check_options(arguments)
    assignment = assignment_of(arguments)
    members = _members(arguments, assignment)
    from autograder.authoring.simulate import simulate

    places = _places(arguments.course)
    folders = simulate(assignment, places.root, members, places)
    if arguments.list:
        table = Table("student", "kind", "answers", "damage")
        for member in members:
            table.add_row(member.student, member.kind, ", ".join(member.answers), member.harm)
        Console().print(table)
    print(f"{len(folders)} submissions are in {places.shown(arguments.assignment)}")
    return 0


def _check_options(arguments: argparse.Namespace) -> None:
    """Raise GradingError for options that mean nothing."""
    given = {kind: share for kind in vars(Shares()) if (share := getattr(arguments, kind)) is not None}
    if arguments.students is None:
        if given:
            names = " and ".join(f"--{kind}" for kind in given)
            raise GradingError(f"{names}: shares are proportions of a drawn class: add --students N")
        if arguments.seed is not None:
            raise GradingError("--seed draws another class: add --students N")
        return
    if arguments.students < 1:
        raise GradingError("--students must be 1 or more")
    shares = Shares(**given)
    numbers = vars(shares).values()
    if not all(0 <= share < math.inf for share in numbers) or not any(numbers):
        raise GradingError(
            f"the shares of a class ({', '.join(f'--{kind} {share:g}' for kind, share in vars(shares).items())}) are "
            "proportions: 2 and 1 mean twice as many of one kind. None may be below 0, and one must be above 0"
        )


def _members(arguments: argparse.Namespace, assignment: Assignment) -> Sequence[Member]:
    """Return the class that the options ask for."""
    if arguments.students is None:
        return usual_class(assignment)
    given = {kind: share for kind in vars(Shares()) if (share := getattr(arguments, kind)) is not None}
    return Draw(assignment, arguments.seed or 0, Shares(**given)).members(arguments.students)


def _places(course: Path) -> Places:
    """Return where the settings of a course have its folders."""
    from autograder.course.open_course import configured

    found = configured(course, Config()).coursedir
    return Places(
        Path(found.root),
        found.format_path(found.release_directory, ".", "{assignment_id}"),
        found.format_path(found.submitted_directory, "{student_id}", "{assignment_id}"),
    )
