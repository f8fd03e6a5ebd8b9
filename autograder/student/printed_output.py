"""A cell's printed output, limited before it takes the kernel's memory."""

from __future__ import annotations

from typing import Any

from ipykernel.iostream import OutStream

MOST = 8 << 20  # characters a cell may print to one stream; the judge keeps less. Sent as JSON this stays under 64 MiB
CUT_OFF = "\n… (output cut off)\n"


class LimitedStream(OutStream):
    """ipykernel's stream, which drops what a cell prints beyond a limit.

    ipykernel packs all that was printed into one message: a gigabyte of it ends in a MemoryError in its output thread,
    whose traceback then stands in the cell.
    """

    _room = MOST

    def set_parent(self, parent: dict[str, Any]) -> None:
        """Begin a new cell's output."""
        self._room = MOST
        super().set_parent(parent)  # type: ignore[no-untyped-call]

    def write(self, string: str) -> int:
        """Write as much as there is room for."""
        size = len(string)
        if size <= self._room:
            super().write(string)  # refuses what is no string
            self._room -= size
        elif self._room >= 0:
            super().write(string[: self._room] + CUT_OFF)
            self._room = -1  # from now on nothing, not even an empty line
        return size
