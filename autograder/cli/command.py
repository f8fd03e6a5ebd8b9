"""What all commands have in common: a sentence, an example, an assignment, a course."""

from __future__ import annotations

import argparse
import functools
import glob
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from traitlets.config import Config

from autograder.grading.assignment_search import find_assignment, own_assignments
from autograder.grading.errors import GradingError
from autograder.judge.assignment import Assignment
from autograder.judge.suggestions import not_among

FORMATTER = functools.partial(argparse.RawDescriptionHelpFormatter, max_help_position=26)
Commands = Any  # argparse's own type for it is private


def add_command(
    commands: Commands, name: str, run: Callable[[argparse.Namespace], int], text: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command; the first sentence of ``text`` stands in the list of commands, ``examples`` are command lines."""
    first = text.strip().split("\n", 1)[0]
    paragraphs = [textwrap.fill(" ".join(part.split()), 78) for part in text.split("\n\n")]
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=first[0].lower() + first[1:].rstrip("."),
        description="\n\n".join(paragraphs),
        epilog="For example:\n" + textwrap.indent(textwrap.dedent(examples).strip(), "  "),
        formatter_class=FORMATTER,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    return parser


def add_assignment(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names the assignment."""
    parser.add_argument("assignment", help="the assignment's name, e.g. intro")


def add_course(parser: argparse.ArgumentParser, default: Path | None = Path()) -> None:
    """Add the option that names the course's folder."""
    parser.add_argument(
        "--course", type=Path, default=default, metavar="DIR", help="the course's folder (default: the current one)"
    )


def config_of(course: Path) -> Config:
    """Return the settings of a course; none where the folder is no course. Raises GradingError, see ``configured``."""
    if course.is_dir() and not (course / "nbgrader_config.py").exists():
        return Config()
    from autograder.course.open_course import configured

    found: Config = configured(course, Config()).config
    return found


def assignment_of(arguments: argparse.Namespace) -> Assignment:
    """Return the assignment that a command is about. Raises CannotJudge where it has no hidden tests."""
    return find_assignment(arguments.assignment, config_of(arguments.course), arguments.course)


def refuse_unknown(assignment: str, course: Path) -> None:
    """Raise GradingError for an assignment that neither the course nor the hidden tests know."""
    own = own_assignments(config_of(course), course)
    folders = (path for step in ("source", "release") for path in (course / step).glob("*") if path.is_dir())
    known = sorted({*(one.name for one in Assignment.all(own)), *(path.name for path in folders)})
    if assignment not in known and not any(course.glob(f"*/*/{glob.escape(assignment)}")):
        raise GradingError(not_among(known, assignment, "assignment"))
