"""``autograder assignments``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.cli.command import Commands, add_command, add_course, config_of
from autograder.grading.assignment_search import own_assignments
from autograder.judge.assignment import HIDDEN_TESTS, Assignment
from autograder.report.text import points

TEXT = """\
List the assignments with hidden tests.

Those of the course's own folder, and those that come with autograder: where each is, its questions with their points,
and which optional files it has. Exit status 1: one of the course's own can't be read.
"""
EXAMPLES = """
autograder assignments
autograder assignments --course ~/courses/ml
"""
OPTIONAL = (
    *("right_answers.py", "misconceptions.py", "strategies.py", "tolerances.py", "recipes.py", "convergence.toml"),
    *("data_sets.py", "probes.py", "drivers.py", "forbidden.py", "simulated_class.py", "checks.py"),
)


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    add_course(add_command(commands, "assignments", run, TEXT, EXAMPLES))


def run(arguments: argparse.Namespace) -> int:
    """Print the list; return 1 where a folder of the course's is of no use."""
    course: Path = arguments.course
    own = own_assignments(config_of(course), course)
    table = Table("assignment", "from", "questions", "optional files", show_lines=True)
    for column in table.columns:
        column.overflow = "fold"
    broken = list(_without_tests(own))
    for one in Assignment.all(own):
        try:
            table.add_row(one.name, "autograder" if one.installed else escape(str(one.folder)), *_contents(one))
        except (OSError, SyntaxError, ValueError) as error:
            broken.append(f"{one.folder}: {error}: `autograder doctor --course {course}` says more")
    console = Console()
    console.print(table)
    for line in broken:
        console.print(f"✗ {line}", style="red", markup=False, highlight=False, soft_wrap=True)
    return 1 if broken else 0


def _contents(assignment: Assignment) -> tuple[str, str]:
    worth = assignment.possible_points
    questions = (f"{name} ({points(worth[name]) if name in worth else '?'})" for name in assignment.questions)
    there = (Path(name).stem for name in OPTIONAL if assignment.has(name))
    return escape(", ".join(questions)), ", ".join(there)


def _without_tests(own: Path) -> Iterator[str]:
    folders = sorted(path for path in own.glob("*") if any(path.glob("*.py")))
    for folder in folders:
        if not (folder / HIDDEN_TESTS).is_file():
            yield f"{folder}: there is no {HIDDEN_TESTS} in it"
