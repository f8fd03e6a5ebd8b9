"""Sums by which things are told from others: SHA-256, in hex."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def sum_of_file(path: Path) -> str:
    """Return the sum of a file's bytes, which may be many. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sum_of(value: Any) -> str:
    """Return the sum of plain data, the same in whatever order a mapping has been made."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
