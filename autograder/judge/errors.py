"""What keeps the grader from judging. Light to import: no torch comes along."""

from __future__ import annotations


class CannotJudge(BaseException):
    """The grader itself is at a loss; the message says why and what to do next. Never points."""
