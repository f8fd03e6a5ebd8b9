"""What all tests have in common."""

from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "gpu: needs a GPU; deselected where there is none")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that need what this machine hasn't got."""
    if not Path("/dev/nvidiactl").exists():
        missing = [item for item in items if item.get_closest_marker("gpu")]
        items[:] = [item for item in items if item not in missing]
        if missing:
            config.hook.pytest_deselected(items=missing)
