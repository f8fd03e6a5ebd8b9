"""What stands among a probe's arguments for a class or function: it does not cross itself, its name does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Reference:
    """A class or function by its name."""

    name: str
    right: Any = None  # what takes its place on the judge's side


@dataclass(frozen=True)
class Named(Reference):
    """Another answer of the student's."""

    def __str__(self) -> str:
        return f"your {self.name}"


@dataclass(frozen=True)
class StandIn(Reference):
    """Something of the probe's own module."""

    def __str__(self) -> str:
        from_torch = str(getattr(self.right, "__module__", "")).startswith("torch.")
        if from_torch:
            return f"torch's {self.name}"
        return f"a right {self.name.removeprefix('right_').removeprefix('Right')}"
