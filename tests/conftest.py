"""What all tests have in common."""

from pathlib import Path

import pytest

from autograder.judge.training.training_data import data_folder


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "gpu: needs a GPU; deselected where there is none")
    config.addinivalue_line("markers", "mnist: needs MNIST (AUTOGRADER_DATA); deselected where it is not at hand")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that need what this machine hasn't got."""
    there = {"gpu": Path("/dev/nvidiactl").exists(), "mnist": (data_folder() / "MNIST" / "raw").is_dir()}
    missing = [item for item in items if any(not there[name] and item.get_closest_marker(name) for name in there)]
    items[:] = [item for item in items if item not in missing]
    if missing:
        config.hook.pytest_deselected(items=missing)
