"""What all tests have in common."""

import os
import shutil
import signal
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.judge.settings import data_folder

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in what a shell runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    torch.set_num_threads(1)  # spinning OpenMP threads of several workers would fight for the cores
    config.addinivalue_line("markers", "browser: needs Chromium; deselected where it is not at hand")
    config.addinivalue_line("markers", "gpu: needs a GPU; deselected where there is none")
    config.addinivalue_line("markers", "mnist: needs MNIST (AUTOGRADER_DATA); deselected where it is not at hand")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that need what this machine hasn't got."""
    there = {
        "browser": bool(BROWSER) or "AUTOGRADER_NEEDS_BROWSER" in os.environ,
        "gpu": Path("/dev/nvidiactl").exists(),
        "mnist": (data_folder() / "MNIST" / "raw").is_dir(),
    }
    missing = [item for item in items if any(not there[name] and item.get_closest_marker(name) for name in there)]
    items[:] = [item for item in items if item not in missing]
    if missing:
        config.hook.pytest_deselected(items=missing)


@pytest.fixture
def write_mnist(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes MNIST's raw files: image n says n in its first pixels, a bar says n % 10."""

    def write(training: int = 60, test: int = 10, side: int = 28) -> Path:
        raw = tmp_path / "data" / "MNIST" / "raw"
        raw.mkdir(parents=True)
        for name, count in (("train", training), ("t10k", test)):
            numbers = np.arange(count)
            images = np.zeros((count, side * side), dtype=np.uint8)
            images[:, :3] = np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=1)
            if side == 28:
                for digit in range(10):
                    images[digit::10, 28 * (5 + digit) : 28 * (6 + digit)] = 255
            header = struct.pack(">IIII", 0x803, count, side, side)
            (raw / f"{name}-images-idx3-ubyte").write_bytes(header + images.tobytes())
            labels = (numbers % 10).astype(np.uint8).tobytes()
            (raw / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">II", 0x801, count) + labels)
        return tmp_path / "data"

    return write
