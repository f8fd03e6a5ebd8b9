"""``autograder store``."""

from __future__ import annotations

import argparse

from traitlets.config import Config

from autograder.cli.command import Commands, add_assignment, add_command, add_course, refuse_unknown
from autograder.grading.errors import GradingError

TEXT = """\
Clean up the evidence store.

What was found out about former versions of submissions is deleted; grades, and what they were made of, stay.
"""
EXAMPLES = """
autograder store prune intro               keeps each student's last grading
autograder store prune intro --keep 3
"""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "store", run, TEXT, EXAMPLES)
    parser.add_argument("action", choices=("prune",), help="prune: delete the records of former gradings")
    add_assignment(parser)
    add_course(parser)
    parser.add_argument("--keep", type=int, default=1, metavar="N", help="gradings to keep of a student (default: 1)")


def run(arguments: argparse.Namespace) -> int:
    """Delete old records and say how many."""
    from autograder.course.open_course import open_course, store_of

    if arguments.keep < 1:
        raise GradingError("--keep must be 1 or more: the last record is what the grades were made of")
    refuse_unknown(arguments.assignment, arguments.course)
    count, size = store_of(open_course(arguments.assignment, arguments.course, Config())).prune(arguments.keep)
    print(f"{count} files deleted, {size / 2**20:.1f} MiB freed")
    return 0
