"""What one submission costs, beside what a fresh stock kernel costs, in one run on one machine.

``python -m benchmarks.one_submission [ROUNDS]`` judges the reference solution with the hidden tests (warm: the zygote
is there) and, in turn, starts a stock ipykernel, imports torch and torchvision in it and shuts it down.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from jupyter_client.manager import KernelManager
from rich.console import Console
from rich.table import Table
from traitlets.config import Config

from autograder.judge.cells import Notebook
from autograder.judge.kernel import Kernel
from autograder.judge.run import judge_notebook

NOTEBOOK = Path(__file__).parents[1] / "source" / "linear_mnist" / "linear_mnist.ipynb"


def stock_kernel() -> None:
    """Start a stock kernel, import what the notebook imports, shut it down."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=120)
    client.execute_interactive("import torch, torchvision", timeout=120, output_hook=lambda message: None)
    client.stop_channels()
    manager.shutdown_kernel()


def forked_kernel() -> None:
    """The same with a sandboxed kernel forked from the warm process."""
    kernel = Kernel(NOTEBOOK.parent, Config())
    kernel.run("import torch, torchvision", 60, 1 << 20)
    kernel.close()


def submission() -> None:
    """Judge the reference solution: cells, hidden tests, evidence."""
    evidence = judge_notebook(Notebook.read(NOTEBOOK), "linear_mnist", NOTEBOOK.parent)
    assert sum(question.points for question in evidence.questions) == 20, "the reference solution lost points"


def seconds(action: Callable[[], None]) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main(rounds: int) -> None:
    """Measure in turns and print the table."""
    first = seconds(submission)
    actions = {"stock kernel, torch imported": stock_kernel, "sandboxed kernel, forked": forked_kernel}
    actions["one submission judged"] = submission
    found: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            found[name].append(seconds(action))
    table = Table(title=f"{rounds} rounds, seconds (the first submission, zygote included: {first:.1f} s)")
    for column in ("", "median", "least", "most"):
        table.add_column(column, justify="left" if not column else "right")
    for name, values in found.items():
        table.add_row(name, *(f"{value:.2f}" for value in (statistics.median(values), min(values), max(values))))
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
