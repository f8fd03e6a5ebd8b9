"""What a hidden test and a student's functions say to each other, and what is known of it from other students.

A test's examples are the same for everybody, so what it asks next depends on the answers alone, and so does whether it
passes. Where the answers so far are, to the byte, those of a conversation that passed, what comes next is known: it is
sent as it was sent then, and nothing is computed or compared again.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
from collections.abc import Hashable
from enum import Enum

from cachetools import LRUCache

from autograder import wire
from autograder.judge.connection import Connection
from autograder.judge.stopwatch import Stopwatch
from autograder.wire import limits

ROOM = 32 << 20  # bytes of messages that are known
HEARD = limits.MAX_TREE + limits.MAX_TENSORS  # bytes of one conversation that are kept


class _Next(Enum):
    """What comes next where nothing is to be sent."""

    LISTEN = "another message of the same answers"
    PASSED = "the end: the test passed"


_Step = wire.Packed | _Next
_known: LRUCache[Hashable, _Step] = LRUCache(ROOM, getsizeof=lambda step: 500 + getattr(step, "size", 0))


class RememberedConnection(Connection):
    """The conversation of one test, by ``about``, with one student's functions: a line with a memory."""

    def __init__(self, about: Hashable, channel: socket.socket, stopwatch: Stopwatch) -> None:
        super().__init__(channel, stopwatch)
        self._about = about
        self._so_far = b""  # digest of what was heard
        self._heard: list[wire.Received] = []
        self._room = HEARD
        self._repeated = 0  # messages heard before that were given to the test
        self._steps: list[tuple[Hashable, _Step]] = []  # made here, and not known before
        self._next: _Step = _Next.LISTEN

    def is_known(self) -> bool:
        """Go as far as what comes next is known; return whether that is the end, and the test passes.

        Else, and also to learn what was said, the test itself goes through the conversation, from its beginning.
        """
        while isinstance(step := _known.get(self._place(), None), wire.Packed) or step is _Next.LISTEN:
            if isinstance(step, wire.Packed):
                super().send(step)
            self._hear()
        return step is _Next.PASSED

    def send(self, message: wire.Packed) -> None:
        """Send a message, unless that has been done."""
        if self._repeated == len(self._heard):
            self._next = message
            super().send(message)

    def listen(self) -> wire.Received:
        """Return the next message, which may have been heard before."""
        if self._repeated == len(self._heard):
            self._steps.append((self._place(), self._next))
            self._next = _Next.LISTEN
            self._hear()
        self._repeated += 1
        return self._heard[self._repeated - 1]

    def has_passed(self) -> None:
        """Remember the conversation for the next student who answers the same."""
        for place, step in (*self._steps, (self._place(), _Next.PASSED)):
            with contextlib.suppress(ValueError):  # larger than all the room there is
                _known[place] = step

    def _place(self) -> Hashable:
        return self._about, self._so_far

    def _hear(self) -> None:
        heard = super().listen()
        self._room -= heard.size
        if self._room < 0:
            raise wire.WireError(f"what came of one test is more than {HEARD} bytes")
        self._heard.append(heard)
        self._so_far = hashlib.sha256(self._so_far + heard.digest()).digest()
