"""Where a course's assignments are looked for: in its own folder first, then among those that come with autograder."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

from autograder.grading.settings import Grading
from autograder.judge.assignment import Assignment


def own_assignments(config: Config, course: Path) -> Path:
    """Return the folder of a course's own assignments; it need not be there."""
    return course.absolute() / Grading(config=config).assignments


def find_assignment(name: str, config: Config, course: Path) -> Assignment:
    """Return an assignment of a course. Raises UnknownAssignment, BrokenAssignment."""
    return Assignment.find(name, own_assignments(config, course))
