"""What may be spent on the pieces of one notebook: what a student made can be dear to read, and there may be much."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from autograder.grading.limited_process import LIMITED, TooDearError

PIECE, NOTEBOOK = 2.0, 10.0  # seconds of processor time
LONGEST_TEXT, TEXT = 50_000, 500_000  # characters shown as they are: of one text, and of all together
CUT = "\n… (cut off here)\n"
Result = TypeVar("Result")


class Allowance:
    """Processor time and room for the pieces of one notebook. What comes first is served first."""

    def __init__(self) -> None:
        self._seconds = NOTEBOOK
        self._room = TEXT

    def made(self, function: Callable[..., Result], *arguments: object) -> Result | None:
        """Return what a function makes of a piece; None where that is too dear, or fails: that is the piece's fault."""
        if self._seconds <= 0:
            return None
        try:
            result, seconds = LIMITED.call(function, *arguments, seconds=min(PIECE, self._seconds))
        except TooDearError as error:
            self._seconds -= error.seconds
            return None
        self._seconds -= seconds
        return result  # type: ignore[no-any-return]

    def text(self, text: str) -> str:
        """Return as much of a text as there is room for."""
        most = min(LONGEST_TEXT, max(self._room, 0))
        self._room -= min(len(text), most)
        return text if len(text) <= most else text[:most] + CUT
