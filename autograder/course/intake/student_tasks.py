"""From a student's files to the tasks that `grading` judges."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograder.course.intake.file_copies import regular_files
from autograder.course.intake.submission_time import TIMESTAMP
from autograder.course.notebooks.typed_nbformat import plain_text
from autograder.grading.judging_task import Task, pack
from autograder.judge.assignment import Assignment


def task_of(
    notebook: NotebookNode, student: str, assignment: Assignment, title: str, folder: Path, given: Mapping[str, Path]
) -> Task:
    """Return the task of judging a restored notebook with the other files in ``folder``.

    ``given`` are files that were handed out and stand in the place of the student's of the same name. The time of
    submission is none of the student code's business: the same work handed in again is the same work.
    """
    own, _ = regular_files(folder)
    files = {str(path): folder / path for path in own if path.suffix.lower() != ".ipynb" and str(path) != TIMESTAMP}
    packed = pack({**files, **given})
    return Task.of(assignment, student, plain_text(notebook), packed, title)
