"""What ends the grading of a class; each message says why and what to do next."""

from __future__ import annotations


class GradingError(Exception):
    """The class can't be graded any further. What was judged so far is kept."""


class StoreError(GradingError):
    """The evidence store can't be used."""


class PoolGoneError(GradingError):
    """There is nothing left to judge with."""
