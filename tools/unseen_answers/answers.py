"""The form of the answers that no registry has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unseen:
    """An answer to one question as a student or a course wrote it, and what a teacher would say of it.

    ``true`` holds the names of all registered misconceptions whose hint is true of it, word for word; none where no
    hint is. Where two mistakes came together, each has its name.
    """

    question: str
    slug: str
    note: str  # what is wrong, or how a right one goes about it
    true: frozenset[str]
    code: str  # the whole cell
    right: bool = False


def wrong(question: str, slug: str, note: str, true: set[str], code: str) -> Unseen:
    """Return a wrong answer of which the misconceptions named in ``true`` hold."""
    return Unseen(question, slug, note, frozenset(true), code)


def right(question: str, slug: str, note: str, code: str) -> Unseen:
    """Return a right answer."""
    return Unseen(question, slug, note, frozenset(), code, right=True)
