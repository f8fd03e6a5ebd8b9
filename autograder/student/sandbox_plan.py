"""What the zygote is told of a sandbox that it is to start a kernel in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from autograder.student.resource_limits import Limits


@dataclass(frozen=True)
class SandboxPlan:
    """One sandbox. Its descriptors: the report socket; a lock, if it has a user; a memory group; the kernel's own."""

    limits: Limits
    user: int = 0  # its user and group, by their number in the zygote's user namespace; 0: the zygote's own
    grouped: bool = False  # whether there is a memory group to join
    gpu: bool = False

    def to_plain(self) -> dict[str, Any]:
        """Return the plan as plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> SandboxPlan:
        """Return the plan behind plain data."""
        return cls(**{**plain, "limits": Limits(**plain["limits"])})
