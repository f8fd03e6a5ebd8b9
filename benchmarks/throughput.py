"""Seconds per submission: stock nbgrader and this project, in turns, in one run on one machine.

``python -m benchmarks.throughput [--rounds 3]``: each way grades a smaller and a larger class of the same students. The
*whole* is the larger class's time, start included, by its students; *one more* is what a further student costs, the
difference of the two times by the difference of the two sizes. Then: the parts of one submission, and the memory of a
live student process. ``--scale 1000`` grades that many instead, and prints time and memory as the class goes by.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import spread
from benchmarks.memory import Sampler
from benchmarks.parts import print_class_parts, print_parts
from benchmarks.scale import scale
from benchmarks.submissions import ASSIGNMENT, TUNED, make_courses, nbgrader, only

# Students in the two classes: of stock, of this project, of this project when all is known.
STOCK, OURS, KNOWN = (2, 5), (10, 60), (30, 150)
Way = Callable[[int], float]  # grades so many students; returns seconds


def ways(ours: Path, theirs: Path) -> dict[str, tuple[Way, tuple[int, int]]]:
    """Return all ways of grading, each with the sizes of its two classes."""

    def stock(count: int, tuned: bool = False) -> float:
        only(theirs, count)
        config = theirs / "nbgrader_config.py"
        text = config.read_text().replace(TUNED, "")
        config.write_text(text + (TUNED if tuned else ""))
        return nbgrader(theirs, "autograde", ASSIGNMENT, threads=1 if tuned else None)

    def judged(count: int, workers: int) -> float:
        only(ours, count)
        return nbgrader(ours, "autograde", ASSIGNMENT, f"--Grading.workers={workers}")

    def stored(count: int) -> float:
        if count == KNOWN[0]:
            judged(KNOWN[1], 2)
        only(ours, count, forget=False)
        return nbgrader(ours, "autograde", ASSIGNMENT)

    return {
        "stock, as it comes": (stock, STOCK),
        "stock, tuned": (lambda count: stock(count, tuned=True), STOCK),
        "this project, 1 worker": (lambda count: judged(count, 1), OURS),
        "this project, 2 workers": (lambda count: judged(count, 2), OURS),
        "this project, from the store": (stored, KNOWN),
    }


def measure(ours: Path, theirs: Path, rounds: int, console: Console) -> None:
    """Measure in turns and print the table."""
    whole: dict[str, list[float]] = {}
    more: dict[str, list[float]] = {}
    for i in range(rounds):
        for name, (way, (few, many)) in ways(ours, theirs).items():
            small, large = way(few), way(many)
            whole.setdefault(name, []).append(large / many)
            more.setdefault(name, []).append((large - small) / (many - few))
            console.print(f"[dim]round {i + 1}: {name}: {few} in {small:.1f} s, {many} in {large:.1f} s[/]")
    stock, tuned = more["stock, as it comes"], more["stock, tuned"]
    table = Table(title=f"Seconds per submission, {rounds} rounds: median (least–most)", title_justify="left")
    for column in ("", "whole", "one more", "one more: × stock", "× tuned"):
        table.add_column(column, justify="left" if not column else "right")
    for name in more:
        ratios = [[a / b for a, b in zip(base, more[name], strict=True)] for base in (stock, tuned)]
        table.add_row(name, spread(whole[name]), spread(more[name]), *(spread(ratio, 1) for ratio in ratios))
    console.print(table)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=int, default=0, metavar="N", help="grade N simulated submissions instead")
    arguments = parser.parse_args()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.scale:
            scale(Path(folder), arguments.scale, console)
            return
        ours, theirs = make_courses(Path(folder), max(*OURS, *KNOWN), max(STOCK))
        measure(ours, theirs, arguments.rounds, console)
        only(ours, OURS[1])
        with Sampler() as sampler:
            nbgrader(ours, "autograde", ASSIGNMENT, "--Grading.workers=2")
        for what, sizes in (("PSS", sampler.kernels), ("of it shared with nobody", sampler.own)):
            median, most = statistics.median(sizes) / 2**20, max(sizes) / 2**20
            console.print(f"Memory of a live student process ({what}): {median:.0f} MiB, {most:.0f} at most")
        print_parts(console)
        print_class_parts(ours, OURS[1], console)


if __name__ == "__main__":
    main()
