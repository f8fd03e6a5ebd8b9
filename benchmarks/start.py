"""From the command to the table: what a run takes before anything is known, and when all is.

``python -m benchmarks.start [--rounds 5]``: stock nbgrader and this project grade one submission in turns, the latter
also 12, and 30 that are all known. Each is compared with stock's one submission of the same round, so that a machine
that swings shows in the range and not in the median.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import spread
from benchmarks.submissions import ASSIGNMENT, make_courses, nbgrader, only

FEW, KNOWN = 12, 30
STOCK = "stock, one submission"
NOISY = 1.5  # the longest of stock's runs by the shortest: above it, the machine says little


def measure(ours: Path, theirs: Path, rounds: int, console: Console) -> dict[str, list[float]]:
    """Return the seconds of each way, round by round."""
    found: dict[str, list[float]] = {}
    for i in range(rounds):
        only(theirs, 1)
        found.setdefault(STOCK, []).append(nbgrader(theirs, "autograde", ASSIGNMENT))
        for count in (1, FEW):
            only(ours, count)
            found.setdefault(f"this project, {_submissions(count)}", []).append(_graded(ours))
        only(ours, KNOWN)
        _graded(ours)
        only(ours, KNOWN, forget=False)
        found.setdefault(f"this project, {KNOWN} submissions, all known", []).append(_graded(ours))
        said = ", ".join(f"{name}: {took[-1]:.1f} s" for name, took in found.items())
        console.print(f"[dim]round {i + 1}: {said}[/]")
    return found


def _graded(course: Path) -> float:
    return nbgrader(course, "autograde", ASSIGNMENT)


def _submissions(count: int) -> str:
    return "one submission" if count == 1 else f"{count} submissions"


def table(found: dict[str, list[float]]) -> Table:
    """Return seconds, and each way beside stock's one submission of the same round: median (least–most)."""
    shown = Table(title="From the command to the end", title_justify="left")
    for column in ("", "seconds", "× stock's one submission"):
        shown.add_column(column, justify="left" if not column else "right")
    for name, took in found.items():
        ratios = [ours / stock for ours, stock in zip(took, found[STOCK], strict=True)]
        shown.add_row(name, spread(took, 1), spread(ratios, 2))
    return shown


def main() -> None:
    """Measure, and say if the machine was too noisy to tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    console = Console(width=120)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = make_courses(Path(folder), KNOWN, 1)
        found = measure(ours, theirs, rounds, console)
    console.print(table(found))
    swing = max(found[STOCK]) / min(found[STOCK])
    if swing > NOISY:
        console.print(f"[yellow]Stock's own runs differ by {swing:.1f} times: this machine was too noisy to tell.[/]")


if __name__ == "__main__":
    main()
