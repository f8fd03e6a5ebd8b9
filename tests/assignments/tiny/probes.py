"""What the hidden tests try out beside a class of the student's."""

from __future__ import annotations

from itertools import islice
from typing import Any


def twice(Chunks: Any, items: list[int], size: int) -> dict[str, Any]:
    """Chunks of {size} out of {items:len item}, gone through twice."""
    chunks = Chunks(items, size)
    return {"length": len(chunks), "first": list(islice(chunks, 50)), "again": list(islice(chunks, 50))}
