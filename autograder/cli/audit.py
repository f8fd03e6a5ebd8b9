"""``autograder audit``."""

from __future__ import annotations

import argparse

from traitlets.config import Config

from autograder.cli.command import Commands, add_assignment, add_command, add_course, assignment_of

TEXT = """\
Try all known right and wrong answers, and ask whether the hints are true.

Prints which hidden test rejects which answer, which share of its question's points a wrong answer keeps in the mean
(less than 40 % gets a warning, as most mistakes are single ones), and how many hints are true of the answers that are
given them. Exit status 1: a wrong answer gets full marks, a right one loses points, one that knows nothing gets any, a
test rejects nothing, two wrong answers can't be told apart, a wrong answer is given a hint whose claim is false, or a
misconception has no claim, one that is false of its own answer, or one that is true of a right one.
"""
EXAMPLES = """
autograder audit intro                     all answers
autograder audit intro --only loss         those to one question
autograder audit intro --only no-max-shift --mutate
autograder audit intro --machines          with the rounding of other processors
"""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "audit", run, TEXT, EXAMPLES)
    add_assignment(parser)
    add_course(parser)
    parser.add_argument(
        "--mutate", action="store_true", help="try mutants of the usual answers as well, and pairs of misconceptions"
    )
    parser.add_argument(
        "--training",
        action="store_true",
        help="also train with each answer that is trained with, which takes much longer",
    )
    parser.add_argument(
        "--machines", action="store_true", help="instead: are they judged alike as on other processors? Takes long"
    )
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these questions or answers")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="processes (default: one per core)")


def run(arguments: argparse.Namespace) -> int:
    """Print the audit; return 1 where something is wrong with tests or answers."""
    from autograder.report.audit_matrix import audit
    from autograder.report.machines_table import audit_machines

    assignment = assignment_of(arguments)
    if arguments.machines:
        place = assignment, arguments.course
        return 0 if audit_machines(*place, arguments.only or (), arguments.workers) else 1
    config = Config(Grading={"workers": arguments.workers})
    chosen = arguments.only, arguments.mutate, arguments.training
    return 0 if audit(assignment, arguments.course, config, *chosen) else 1
