"""Judges one submission; whatever goes wrong with it, the class goes on."""

from __future__ import annotations

import dataclasses
import logging
import traceback
from pathlib import Path

from nbformat import NotebookNode
from traitlets.config import Config

from autograder.grading.data_sets import missing_data
from autograder.judge import pytest_sessions
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import NOT_JUDGED, Evidence
from autograder.judge.notebook import Notebook
from autograder.judge.notebook_judging import judge_notebook
from autograder.judge.question_results import not_judged
from autograder.judge.settings import NotebookJudge
from autograder.judge.student_kernel import warm_up

log = logging.getLogger(__name__)


def ready(config: Config) -> None:
    """Start what student kernels are forked from. Raises CannotJudge, with the reason and the next step."""
    warm_up(config)


def expect(assignment: Assignment, config: Config) -> None:
    """Begin, beside whatever this process does, what all notebooks of an assignment are judged with."""
    pytest_sessions.begin(assignment, NotebookJudge(config=config).examples)


def judge_submission(
    node: NotebookNode,
    assignment: Assignment,
    student_files: Path,
    config: Config | None = None,
    questions: frozenset[str] | None = None,
) -> Evidence:
    """Judge a sanitised notebook, with the student's other files from ``student_files``; always returns evidence.

    When the grader itself fails, every question of the notebook (of ``questions``, if given) is "could not be judged",
    and the reason is in the log and, for the instructor, in the evidence.
    """
    notebook = Notebook(node)
    try:
        missing = missing_data(assignment, config)
        evidence = judge_notebook(notebook, assignment, student_files, config, questions)
        return dataclasses.replace(evidence, missing_data=missing)
    except CannotJudge as error:
        reason, details = str(error), str(error)
    except Exception as error:
        reason, details = f"{type(error).__name__}: {error}", traceback.format_exc()
    log.error("%s could not be judged: %s", student_files, reason)
    wanted = [cell for name, cell in notebook.test_cells.items() if questions is None or name in questions]
    return Evidence(assignment.name, tuple(not_judged(cell, details) for cell in wanted), cells=(), notes=(NOT_JUDGED,))
