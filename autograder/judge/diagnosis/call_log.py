"""What is remembered of each call of a student's function, until its question has been judged."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from autograder.judge import pytree
from autograder.judge.diagnosis.registry import Cause

KEPT = 64 << 20  # bytes kept of one hidden test: its latest calls


@dataclass(frozen=True)
class RecordedCall:
    """One call and what came of it."""

    function: str
    arguments: tuple[Any, ...]
    value: Any = None
    back: tuple[int, ...] = ()  # positions of the arguments that were asked back
    after: tuple[Any, ...] = ()  # these arguments after the call
    error: str = ""  # the type of the exception that it raised
    error_message: str = ""
    cause: Cause | None = None  # why there is no output that says anything
    probe: Callable[..., Any] | None = None  # what tried the function, or class; else it was called itself

    @property
    def said(self) -> str:
        """The exception as a traceback ends with it, "" for none."""
        return f"{self.error}: {self.error_message}" if self.error_message else self.error

    @functools.cached_property
    def given(self) -> Hashable:
        """What two calls have in common if the same was asked."""
        return self.function, self.probe, self.back, pytree.identity(self.arguments)

    def size(self) -> int:
        """Return the bytes of what it was given and what came back, about."""
        return sum(map(pytree.nbytes, (*self.arguments, self.value, *self.after)))


class CallLog:
    """The calls of one hidden test, in order; the oldest go when there are too many bytes of them."""

    def __init__(self) -> None:
        self._calls: deque[RecordedCall] = deque()
        self._bytes = 0
        self._make: Callable[[], None] | None = None

    @property
    def calls(self) -> tuple[RecordedCall, ...]:
        """What is remembered."""
        make, self._make = self._make, None
        if make is not None:
            make()
        return tuple(self._calls)

    def add(self, call: RecordedCall) -> None:
        """Remember a call."""
        self._calls.append(call)
        self._bytes += call.size()
        while self._bytes > KEPT:
            self._bytes -= self._calls.popleft().size()

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
        self._bytes, self._make = 0, None

    def add_later(self, make: Callable[[], None]) -> None:
        """Have calls added by ``make`` when they are asked for: most of the time they are not."""
        self._make = make
