"""An assignment as the grader sees it: one folder, found by its name, and all that stands in it."""

from autograder.judge.assignment.assignment import (
    HIDDEN_TESTS,
    PACKAGED,
    Assignment,
    BrokenAssignment,
    UnknownAssignment,
)

__all__ = ["HIDDEN_TESTS", "PACKAGED", "Assignment", "BrokenAssignment", "UnknownAssignment"]
