"""``autograder doctor``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from traitlets.config import Config

from autograder.cli.command import Commands, add_command, add_course
from autograder.grading.doctor_finding import Finding, Sign
from autograder.grading.errors import GradingError
from autograder.kernels.capabilities import Capability

TEXT = """\
Say what this machine can isolate and use, and whether a course is plugged in.

Exit status 1: something that grading needs is missing on this machine, or, with --course, in the course.
"""
EXAMPLES = """
autograder doctor                                 this machine, and the course in this folder
autograder doctor --course ~/courses/ml
"""
_SIGNS = {Sign.GOOD: "[green]✓[/]", Sign.NOTE: "[yellow]![/]", Sign.FAULT: "[red]✗[/]"}


def add(commands: Commands) -> None:
    """Add the command to the parser."""
    add_course(add_command(commands, "doctor", run, TEXT, EXAMPLES), default=None)


def run(arguments: argparse.Namespace) -> int:
    """Print what is found; return 1 where something is missing."""
    from autograder.kernels.capabilities import probe

    console = Console()
    found = probe()
    isolation = [Finding(one.name, _sign(one), one.sentence, "" if one.ok else one.next_step) for one in found]
    console.print(_table("What this machine can isolate", isolation))
    config, data_sets, course = _course(arguments.course)
    from autograder.grading.machine_check import machine

    console.print(_table("What judging uses here", machine(config, data_sets)))
    console.print(_table(f"The course in {(arguments.course or Path()).resolve()}", course))
    faulty = any(one.sign is Sign.FAULT for one in course) and arguments.course is not None
    return 1 if faulty or not all(one.ok or not one.needed for one in found) else 0


def _sign(found: Capability) -> Sign:
    if found.ok:
        return Sign.GOOD
    return Sign.FAULT if found.needed else Sign.NOTE


def _course(folder: Path | None) -> tuple[Config, dict[str, tuple[str, ...]], list[Finding]]:
    """Return a course's configuration, the data sets it needs, and what there is to say of it.

    None: the current folder, if it is a course. Without one the data sets are those of autograder's own assignments.
    """
    if folder is None and not any(Path(name).exists() for name in ("nbgrader_config.py", "source", "release")):
        step = "name the course's folder: autograder doctor --course DIR"
        return Config(), _packaged(), [Finding("course", Sign.NOTE, "there is none in this folder", step)]
    from autograder.course.course_check import checkup, data_sets
    from autograder.course.open_course import configured

    place = folder or Path()
    try:
        converter = configured(place, Config())
    except GradingError as error:
        sentence, _, step = str(error).rpartition(": ")
        return Config(), _packaged(), [Finding("course", Sign.FAULT, sentence, step)]
    return converter.config, data_sets(converter), list(checkup(converter, place))


def _packaged() -> dict[str, tuple[str, ...]]:
    from autograder.judge.assignment import Assignment

    return {name: files for one in Assignment.all() for name, files in one.data_sets.items()}


def _table(title: str, findings: Iterable[Finding]) -> Table:
    table = Table(title=escape(title), title_justify="left", show_lines=True)
    for column in ("", "what", "in plain words", "next step"):
        table.add_column(column, overflow="fold")
    for one in findings:
        table.add_row(_SIGNS[one.sign], escape(one.what), escape(one.sentence), escape(one.next_step))
    return table
