"""All GPU measurements in one command: seconds per training run for three models, with 1, 8 and 32 students at a time.

    python benchmarks/training_gpu.py [--device cuda:0] [--students 1 8 32] [--epochs 5]

Each student is a process that trains on images which lie on the device, as autograder's runner does it; beside that, in
the same run, the notebooks' own way: torchvision's DataLoader with ToTensor per image, one process. The floor is what
the device needs for one epoch at least: number of kernel launches × time of an empty launch, or bytes ÷ bandwidth,
both measured here. ``--device cpu --students 1 --epochs 1`` tries the script out where there is no GPU. Needs MNIST.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

import torch
import torch.multiprocessing as multiprocessing
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset
from torchvision import datasets, transforms

from autograder.judge.settings import data_folder
from autograder.judge.training.training_data import MNIST, training_data

BATCHES = {"linear": 64, "MLP 784-1200-1200-1200-10": 128, "convnet with batch norm": 64}
LAUNCHES = 2000  # for timing one
BUFFER = 64 << 20  # floats, for timing the memory


def model(name: str) -> nn.Module:
    """Return a fresh model for images (N, 784)."""
    if name == "linear":
        return nn.Linear(784, 10, bias=False)
    if name.startswith("MLP"):
        sizes = (784, 1200, 1200, 1200)
        hidden = [layer for pair in itertools.pairwise(sizes) for layer in (nn.Linear(*pair), nn.ReLU())]
        return nn.Sequential(*hidden, nn.Linear(1200, 10))
    convolutions = [nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)]
    convolutions += [nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(nn.Unflatten(1, (1, 28, 28)), *convolutions, nn.Flatten(), nn.Linear(32 * 49, 10))


def resident(name: str, device: str, images: Tensor, labels: Tensor, epochs: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield mini-batches of images that lie on the device."""
    for _ in range(epochs):
        batches = list(zip(images.split(BATCHES[name]), labels.split(BATCHES[name]), strict=True))
        for number in torch.randperm(len(batches)).tolist():
            yield batches[number]


def loader(name: str, device: str, epochs: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield mini-batches as course notebooks do."""
    images = datasets.MNIST(data_folder(), train=True, transform=transforms.ToTensor())
    batches = DataLoader(Subset(images, training_data().rows.tolist()), batch_size=BATCHES[name], shuffle=True)
    for _ in range(epochs):
        for X, y in batches:
            yield X.flatten(1).to(device), y.to(device)


def train(name: str, device: str, batches: Iterator[tuple[Tensor, Tensor]]) -> float:
    """Train with SGD; return the seconds."""
    net = model(name).to(device)
    optimiser = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    start = time.perf_counter()
    for X, y in batches:
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(X), y).backward()
        optimiser.step()
    _wait(device)
    return time.perf_counter() - start


def student(name: str, device: str, epochs: int, barrier: Any, seconds: Any) -> None:
    """Train in a process of its own, when all are ready; puts the seconds into a queue."""
    torch.set_num_threads(1)
    data = training_data()
    images, labels = (tensor.to(device) for tensor in data.training)
    train(name, device, resident(name, device, images[:1024], labels[:1024], 1))  # warms up
    barrier.wait()
    seconds.put(train(name, device, resident(name, device, images, labels, epochs)))


def together(name: str, device: str, epochs: int, count: int) -> float:
    """Return the seconds of the slowest of ``count`` students."""
    context = multiprocessing.get_context("spawn")
    barrier, seconds = context.Barrier(count), context.Queue()
    processes = [
        context.Process(target=student, args=(name, device, epochs, barrier, seconds), daemon=True)
        for _ in range(count)
    ]
    for process in processes:
        process.start()
    slowest = max(seconds.get(timeout=600) for _ in processes)
    for process in processes:
        process.join()
    return slowest


def floor(name: str, device: str, steps: int) -> tuple[float, float]:
    """Return the least seconds of ``steps`` steps by launches, and by bytes of weights and images that move."""
    from torch.profiler import ProfilerActivity, profile

    one = torch.zeros(1, device=device)
    X, y = torch.rand(BATCHES[name], 784, device=device), torch.zeros(BATCHES[name], dtype=torch.int64, device=device)
    train(name, device, iter([(X, y)] * 3))
    on_gpu = device != "cpu"
    with profile(activities=[ProfilerActivity.CUDA if on_gpu else ProfilerActivity.CPU]) as profiler:
        train(name, device, iter([(X, y)] * 10))
    launches = sum(event.count for event in profiler.key_averages()) / 10
    _wait(device)
    start = time.perf_counter()
    for _ in range(LAUNCHES):
        one.add_(1)
    _wait(device)
    launch = (time.perf_counter() - start) / LAUNCHES
    source = torch.zeros(BUFFER if on_gpu else BUFFER // 16, device=device)
    target = source.clone()
    _wait(device)
    start = time.perf_counter()
    target.copy_(source)
    _wait(device)
    bandwidth = 2 * source.numel() * 4 / (time.perf_counter() - start)
    weights = sum(p.numel() for p in model(name).parameters())
    moved = 4 * (6 * weights + BATCHES[name] * 784 * 3)  # forward, backward, and a step that reads and writes w and m
    return steps * launches * launch, steps * moved / bandwidth


def _wait(device: str) -> None:
    if device != "cpu":
        torch.cuda.synchronize(device)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--students", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--epochs", type=int, default=5)
    asked = parser.parse_args()
    data = training_data()
    if data.name != MNIST:
        sys.exit("MNIST is not at hand: set AUTOGRADER_DATA")
    if asked.device != "cpu" and not torch.cuda.is_available():
        sys.exit("there is no GPU: try the script with --device cpu --students 1 --epochs 1")
    torch.set_num_threads(1)
    name_of = "CPU, one thread" if asked.device == "cpu" else torch.cuda.get_device_name(asked.device)
    print(f"{name_of}, torch {torch.__version__}, {asked.epochs} epochs, seconds of the slowest student\n")
    print("| model | DataLoader | " + " | ".join(f"{n} at a time" for n in asked.students) + " | launches | bytes |")
    print("|---" * (4 + len(asked.students)) + "|")
    for name, size in BATCHES.items():
        steps = -(-len(data.rows) // size) * asked.epochs
        old = train(name, asked.device, loader(name, asked.device, asked.epochs))
        new = [together(name, asked.device, asked.epochs, count) for count in asked.students]
        cells = [f"{value:.2f}" for value in (old, *new, *floor(name, asked.device, steps))]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
