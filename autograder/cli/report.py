"""``autograder report``."""

from __future__ import annotations

import argparse

from traitlets.config import Config

from autograder.cli.command import Commands, add_assignment, add_command, add_course, refuse_unknown

TEXT = """\
Print the class: points per question, and what went wrong.

The table that `nbgrader autograde` has printed, once more.
"""
EXAMPLES = """
autograder report intro
autograder report intro --course ~/courses/ml
"""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "report", run, TEXT, EXAMPLES)
    add_assignment(parser)
    add_course(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the table and where the feedback lies."""
    refuse_unknown(arguments.assignment, arguments.course)
    from autograder.course.class_overview import feedback_pages, reported_rows
    from autograder.course.open_course import configured
    from autograder.report.class_summary import IN_GRADEBOOK, print_class_table

    course = configured(arguments.course, Config())
    course.coursedir.assignment_id = arguments.assignment
    print_class_table(reported_rows(course), f"{arguments.assignment}: {IN_GRADEBOOK}")
    if pages := feedback_pages(course):
        print(f"Feedback: {pages}")
    return 0
