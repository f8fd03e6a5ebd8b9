"""Whoever wants to know how a run over a class goes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

STARTING = "getting ready (loading libraries)"


class Watch:
    """Hears what a run is at; this one does nothing about it."""

    def begins(self, student: str) -> None:
        """Hear that a notebook of a student's is being judged."""

    def ends(self, student: str) -> None:
        """Hear that it has been."""

    def spared(self, notebooks: int) -> None:
        """Hear that some notebooks are not there to be judged after all."""

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        """Hear what is done in the context, beside judging: a clause such as "taking in ada"."""
        yield
