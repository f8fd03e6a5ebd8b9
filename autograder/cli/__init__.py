"""The command line: ``autograder COMMAND``, one module of this package each."""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import sys
from collections.abc import Sequence

from autograder.grading import quick_import  # noqa: F401 - before the others: what it is for

from autograder.cli import assignments, audit, calibrate, doctor, grade, report, simulate, store  # isort: skip
from autograder.cli.command import FORMATTER
from autograder.grading.errors import GradingError
from autograder.judge.errors import CannotJudge
from autograder.terminal import never_fail

_SENTENCE = "Judge the notebooks of a class, and look after the course. `nbgrader autograde` does the grading."
_EXAMPLE = "Where to begin: autograder doctor"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status: 0 all is well, 1 it isn't, 2 it can't be done as asked."""
    never_fail()
    parsed = _parser().parse_args(arguments)
    try:
        status = int(parsed.run(parsed))
        sys.stdout.flush()  # while it can still be heard that nobody is reading any more
        return status
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python flushes at its end
        return 1
    except KeyboardInterrupt:
        print("autograder: stopped by hand. Nothing is lost: the same command goes on from there", file=sys.stderr)
        return 130
    except (OSError, GradingError, CannotJudge) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="autograder",
        description=_SENTENCE,
        epilog=_EXAMPLE,
        formatter_class=FORMATTER,
        allow_abbrev=False,
    )
    version = f"autograder {importlib.metadata.version('autograder')}"
    parser.add_argument("--version", action="version", version=version, help="print the version and stop")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (doctor, assignments, simulate, audit, calibrate, grade, store, report):
        command.add(commands)
    return parser
