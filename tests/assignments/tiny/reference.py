"""Right answers."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor


def rms(x: Tensor) -> Tensor:
    """Return the root of the mean of the squares."""
    return (x * x).mean().sqrt()


class Chunks:
    """The items in lists of ``size``; the last one may be shorter."""

    def __init__(self, items: list[int], size: int) -> None:
        self.items, self.size = items, size

    def __len__(self) -> int:
        return -(-len(self.items) // self.size)

    def __iter__(self) -> Iterator[list[int]]:
        for start in range(0, len(self.items), self.size):
            yield self.items[start : start + self.size]
