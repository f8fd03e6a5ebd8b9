"""``autograder grade``."""

from __future__ import annotations

import argparse

from traitlets.config import Config

from autograder.cli.command import Commands, add_assignment, add_command, add_course, assignment_of
from autograder.grading import fork_server
from autograder.judge.evidence import Outcome

TEXT = """\
Judge the submissions and leave the gradebook alone.

What is found is kept in the course's evidence store; `nbgrader autograde` uses it there and writes the grades. Exit
status 1: something could not be judged.
"""
EXAMPLES = """
autograder grade intro                     all students
autograder grade intro --student ada --explain
autograder grade intro --only loss         one question
autograder grade intro --only convergence --device cuda:0
autograder grade intro --diff              what changed since the last time
"""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "grade", run, TEXT, EXAMPLES)
    add_assignment(parser)
    add_course(parser)
    parser.add_argument("--student", default="*", metavar="NAME", help="only this student, or this pattern")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: c.Grading.workers)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="judge on the workers of this Dask scheduler")
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="QUESTION",
        help="judge these questions alone; convergence: all that are judged by training",
    )
    parser.add_argument("--device", metavar="auto|cpu|cuda:N", help="train on it (default: c.Training.device)")
    parser.add_argument("--explain", action="store_true", help="say of each submission why it was judged, or why not")
    parser.add_argument(
        "--diff", action="store_true", help="judge nothing; print what changed between each student's last two gradings"
    )


def run(arguments: argparse.Namespace) -> int:
    """Judge, and print how it went; return 1 where something could not be judged."""
    if not (arguments.diff or arguments.scheduler):
        fork_server.start()  # it imports beside what is imported here
    from autograder.grading.question_names import checked

    checked(arguments.only or (), assignment_of(arguments))  # before all that takes time
    from nbgrader.converters import NbGraderException

    from autograder.course.open_course import open_course, store_of
    from autograder.grading.score_changes import changes
    from autograder.report.class_summary import print_judging
    from autograder.report.grading_history import print_changes, print_explanations

    course = open_course(arguments.assignment, arguments.course, _settings(arguments))
    if arguments.diff:
        print_changes(list(changes(store_of(course))))
        return 0
    try:
        done = course.judge_only()
    except NbGraderException:
        return 1  # the log has said why
    if arguments.explain:
        print_explanations(done)
    print_judging(done)
    found = course.course_run
    return 1 if found.faults or found.left_out or any(one.outcome is Outcome.NOT_JUDGED for one in done) else 0


def _settings(arguments: argparse.Namespace) -> Config:
    chosen = {name: getattr(arguments, name) for name in ("workers", "scheduler", "only")}
    config = Config(Grading={name: value for name, value in chosen.items() if value is not None})
    if arguments.device is not None:
        config.Training.device = arguments.device
    config.CourseDirectory.student_id = arguments.student
    return config
