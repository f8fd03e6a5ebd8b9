"""One epoch of training: the notebooks' old way, autograder's runner, and the student's own tensor operations alone.

    python benchmarks/training.py [ROUNDS]

The old way is torchvision's DataLoader with ToTensor per image, in one process. All three run the same student code
(the canonical grad_func, SGD with momentum) on the same number of mini-batches of 64, on one thread, in turn; the
table has the medians. The floor is measured before and after the runner, since a machine's speed may change in between.
Needs MNIST (AUTOGRADER_DATA).
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms
from traitlets.config import Config

from autograder.authoring.calibrate import Candidate, measured
from autograder.judge.assignment import Assignment
from autograder.judge.settings import data_folder
from autograder.judge.training.recipe import BATCH
from autograder.judge.training.training_data import MNIST, TrainingData, training_data

LINEAR_MNIST = Assignment.find("linear_mnist")

RECIPE = LINEAR_MNIST.recipes["converge_sgd_momentum"]
NAMES: dict[str, Any] = {"torch": torch}
for question in ("grad_func", "sgd_momentum"):
    exec(LINEAR_MNIST.canonical_answer(question), NAMES)


def train(batches: Iterator[tuple[Tensor, Tensor]]) -> float:
    """Train for one epoch; return the seconds."""
    w = m = torch.zeros(784, 10)
    start = time.perf_counter()
    with torch.no_grad():
        for X, ystar in batches:
            w, m = NAMES["sgd_momentum_step"](w, m, NAMES["grad_func"](X, ystar, w), 0.1, 0.9)
    return time.perf_counter() - start


def old_way(data: TrainingData) -> float:
    """DataLoader and ToTensor, as course notebooks have it."""
    images = datasets.MNIST(data_folder(), train=True, transform=transforms.ToTensor())
    loader = DataLoader(Subset(images, data.rows.tolist()), batch_size=BATCH, shuffle=True)
    return train((X.flatten(1), torch.nn.functional.one_hot(y, 10).float()) for X, y in loader)


def operations_alone(data: TrainingData) -> float:
    """The mini-batches lie ready in memory: nothing but the student's own work is left. As many epochs as a run has."""
    some = data.batches(0, BATCH)
    ready = [next(some) for _ in range(data.steps(BATCH))]
    epochs = len(RECIPE.rates(0.1, data.name))
    return train(batch for _ in range(epochs) for batch in ready) / epochs


def runner(data: TrainingData) -> float:
    """The whole way, with sandbox, messages, watching and measuring; starting the kernel doesn't count."""
    candidate = Candidate(RECIPE, "", LINEAR_MNIST.canonical_answer("sgd_momentum"), 0.1)
    (run,) = measured(LINEAR_MNIST, candidate, data, [0], Config())
    return run.seconds / run.epochs


FLOOR = "the student's operations alone"
WAYS: dict[str, Callable[[TrainingData], float]] = {
    "autograder's runner": runner,
    FLOOR: operations_alone,
    "DataLoader + ToTensor": old_way,
}


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    data = training_data()
    if data.name != MNIST:
        sys.exit("MNIST is not at hand: set AUTOGRADER_DATA")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        before = operations_alone(data)
        for name, way in WAYS.items():
            seconds[name].append(way(data))
        seconds[FLOOR][-1] = (before + seconds[FLOOR][-1]) / 2
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"| an epoch of {data.steps(BATCH)} steps, median of {rounds} | s | range |\n|---|---|---|")
    for name, values in seconds.items():
        print(f"| {name} | {medians[name]:.3f} | {min(values):.3f}–{max(values):.3f} |")
    ours, floor, old = seconds.values()
    faster = _spread([one / another for one, another in zip(old, ours, strict=True)], 1)
    slower = _spread([one / another for one, another in zip(ours, floor, strict=True)], 2)
    print(f"\nRound by round, the runner is {faster} times as fast as the old way, at {slower} times the floor.")
    fastest = min(old) / min(ours), min(ours) / min(floor)  # what a busy machine disturbs least
    print("The fastest rounds against each other: {:.1f} times as fast, at {:.2f} times the floor.".format(*fastest))


def _spread(values: list[float], digits: int) -> str:
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


if __name__ == "__main__":
    main()
