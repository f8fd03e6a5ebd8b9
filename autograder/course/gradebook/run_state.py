"""What one run of `nbgrader autograde` knows, beside what nbgrader's own converter does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from sqlalchemy.exc import OperationalError

from autograder.course.intake.student_folders import StudentFolders
from autograder.grading.assignment_facts import AssignmentFacts
from autograder.grading.class_run import ClassRun, Done
from autograder.grading.evidence_key import Basis
from autograder.grading.run_observer import Watch
from autograder.judge.assignment import Assignment
from autograder.report.text import one_line


@dataclass
class Run:
    """One run over a class."""

    assignment: Assignment
    folders: StudentFolders
    release: dict[str, NotebookNode]  # by file name
    given: dict[str, Path]  # other files that were handed out, by name
    earlier: dict[str, frozenset[str]] = field(default_factory=dict)  # by name: sums of what these files were before
    students: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)  # what else was handed in: why it can't be graded
    faults: dict[str, str] = field(default_factory=dict)  # by student: what kept the grader from judging
    anew: dict[str, list[str]] = field(default_factory=dict)  # by note: students with a copy of another version
    not_taken_in: list[tuple[str, Exception]] = field(default_factory=list)  # students, and why
    unjudged: dict[str, int] = field(default_factory=dict)  # by student: notebooks of which there is no evidence yet
    handed_out: dict[str, str] = field(default_factory=dict)  # by file name: ``release.sum_of``
    handed_in: Path | None = None  # while notebooks are converted: where outputs lie that students have handed in
    facts: AssignmentFacts | None = None  # of the assignment; None: not looked up yet
    basis: Basis | None = None  # what is judged by; None: not known
    judging: ClassRun | None = None  # set while notebooks are converted
    watch: Watch = field(default_factory=Watch)  # shows how far the run is
    done: list[Done] = field(default_factory=list)  # what was judged or looked up


def explained(error: BaseException) -> str:
    """Return an exception in words, with the next step where one is known."""
    text = one_line(error, 300)
    if isinstance(error, OperationalError):
        locked = "locked" in text
        step = "wait until no other program writes to it" if locked else "back it up, run `nbgrader db upgrade`"
        return f"the gradebook can't be used ({one_line(error.orig)}): {step} and grade again"
    return f"{type(error).__name__}: {text}"


@contextmanager
def temporarily(target: Any, **values: Any) -> Iterator[None]:
    """Set attributes for the time of the context."""
    before = {name: getattr(target, name) for name in values}
    try:
        for name, value in values.items():
            setattr(target, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(target, name, value)
