"""A large class: is time linear in its size, and memory flat?"""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
from rich.console import Console
from rich.table import Table

from autograder.authoring.simulate import simulate
from autograder.authoring.simulated_students import Draw
from autograder.judge.assignment import Assignment
from benchmarks.memory import Sampler
from benchmarks.submissions import ASSIGNMENT, ENDS_WELL, nbgrader, release

LINEAR_MNIST = Assignment.find("linear_mnist")

PICTURE = Path(__file__).with_name("scale.png")
ROWS = 10


def scale(folder: Path, students: int, console: Console) -> None:
    """Grade ``students`` simulated submissions; print time and memory on the way, and draw them into scale.png."""
    release(folder)
    simulate(LINEAR_MNIST, folder, Draw(LINEAR_MNIST, 0, ENDS_WELL).members(students))
    with Sampler() as sampler:
        took = nbgrader(folder, "autograde", ASSIGNMENT)
    records = [path.stat().st_mtime for path in folder.glob(f".autograder/evidence/{ASSIGNMENT}/records/*/*.json")]
    start = max(records, default=0.0) - sampler.curve[-1][0]
    console.print(f"{students} submissions graded in {took:.0f} s; {len(records)} of them different from all others")
    table = Table("judged", "seconds", "main process (MiB)", "all processes (MiB)")
    judged = sorted(record - start for record in records)
    alive = [point for point in sampler.curve if point[1]]  # the last look may come when the run has ended
    for row in range(1, ROWS + 1):
        count = len(judged) * row // ROWS
        moment = judged[count - 1]
        _, main, everything = min(alive, key=lambda point: abs(point[0] - moment))
        table.add_row(str(count), f"{moment:.0f}", f"{main / 2**20:.0f}", f"{everything / 2**20:.0f}")
    console.print(table)
    _draw(judged, sampler.curve)


def _draw(judged: list[float], curve: list[tuple[float, int, int]]) -> None:
    figure, (time, memory) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    time.plot(range(1, len(judged) + 1), judged)
    time.set(xlabel="submissions judged", ylabel="seconds")
    moments = [point[0] for point in curve]
    memory.plot(moments, [point[2] / 2**20 for point in curve], label="all processes")
    memory.plot(moments, [point[1] / 2**20 for point in curve], label="nbgrader")
    memory.set(xlabel="seconds", ylabel="MiB (PSS)", ylim=(0, None))
    memory.legend()
    figure.savefig(PICTURE, dpi=120)
