"""``autograder report``."""

from __future__ import annotations

import argparse

from autograder.cli.command import Commands, add_assignment, add_command, add_course, refuse_unknown
from autograder.grading.errors import GradingError

TEXT = """\
Print the class: points per question, and what went wrong.

The table that `nbgrader autograde` has printed, once more.
"""
EXAMPLES = """
autograder report linear_mnist
autograder report linear_mnist --course ~/courses/ml
"""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "report", run, TEXT, EXAMPLES)
    add_assignment(parser)
    add_course(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the table and where the feedback lies."""
    refuse_unknown(arguments.assignment, arguments.course)
    from autograder.course.results import UNJUDGED, class_row, is_unjudged
    from autograder.report.summary import print_class_table

    graded = arguments.course / "autograded"
    if not any(graded.glob(f"*/{arguments.assignment}")):
        raise FileNotFoundError(f"nothing is graded yet in {arguments.course}: run `nbgrader autograde` there first")
    places = [*graded.glob(f"*/{arguments.assignment}")]
    places += (arguments.course / "submitted").glob(f"*/{arguments.assignment}")  # one that failed has no graded copy
    students = sorted({place.parent.name for place in places})
    names = [f"{arguments.assignment}.ipynb"]
    copies = [graded / student / arguments.assignment for student in students]
    copies = [copy for copy in copies if copy.is_dir()]
    if all(is_unjudged(copy, names) for copy in copies):
        raise GradingError(f"{graded} was {UNJUDGED}. `autograder doctor --course {arguments.course}` says what to do")
    rows = [class_row(student, graded / student / arguments.assignment, names) for student in students]
    print_class_table(rows, f"{arguments.assignment}: automatic points")
    feedback = arguments.course / "feedback"
    if feedback.is_dir():
        print(f"Feedback: {feedback.resolve()}/<student>/{arguments.assignment}/{arguments.assignment}.html")
    return 0
