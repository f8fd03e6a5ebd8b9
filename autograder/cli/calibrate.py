"""``autograder calibrate``."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder.cli.command import Commands, add_assignment, add_command, add_course, assignment_of
from autograder.grading.errors import GradingError

TEXT = """\
Measure what training reaches, and write convergence.toml.

Trains with the right optimisers and the nearest wrong ones, with many seeds; that takes minutes. What is asked of a
student's training follows from it.
"""
EXAMPLES = """
autograder calibrate intro                 measures all, writes into the assignment
autograder calibrate intro --device cuda   the recipes that are others on a GPU, measured there
autograder calibrate intro --data digits --seeds 3 --to trial.toml
"""


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(commands, "calibrate", run, TEXT, EXAMPLES)
    add_assignment(parser)
    add_course(parser)
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="training runs of each kind (default: 20)")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="runs side by side (default: one per core)")
    parser.add_argument(
        "--rivals", type=int, default=0, metavar="N", help="runs of each wrong answer (default: as many)"
    )
    parser.add_argument("--data", metavar="NAME", help="measure on this data set only: MNIST, digits")
    parser.add_argument("--device", default="cpu", help="where to train: cpu, cuda, cuda:1 (default: cpu)")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write there instead of into the assignment")


def run(arguments: argparse.Namespace) -> int:
    """Measure, write the file and print what it says."""
    if arguments.seeds < 3:
        raise GradingError("--seeds must be 3 or more: there is no spread otherwise")
    from autograder.report.calibration_table import calibrate

    chosen = arguments.workers, arguments.to, arguments.rivals, arguments.data, arguments.device
    calibrate(assignment_of(arguments), range(arguments.seeds), *chosen)
    return 0
