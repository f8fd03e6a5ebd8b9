"""Judges one notebook: runs the assignment's hidden tests in a pytest session."""

from __future__ import annotations

from pathlib import Path

from traitlets.config import Config

from autograder.judge import pytest_sessions
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Evidence
from autograder.judge.judge_session import JudgeSession
from autograder.judge.notebook import Notebook
from autograder.judge.settings import NotebookJudge
from autograder.judge.submission_budget import SubmissionBudget

ATTEMPTS = 3  # at a notebook whose processes somebody else may have ended, or kept from getting on


def judge_notebook(
    notebook: Notebook,
    assignment: Assignment,
    student_files: Path,
    config: Config | None = None,
    questions: frozenset[str] | None = None,
) -> Evidence:
    """Judge one sanitised notebook, or only some ``questions`` of it, in a pytest session.

    Raises CannotJudge when there is nothing to judge with; what goes wrong with a single test is in the evidence. Where
    somebody else may have ended a student's process (the system, out of memory; an administrator), or a process did not
    get on (an overloaded machine), all is done again: code that kills itself does so again. Of time and memory there is
    as much as is set for all of that together.
    """
    budget = SubmissionBudget.of(NotebookJudge(config=config))
    for _ in range(ATTEMPTS):
        session = JudgeSession(notebook, student_files, config, questions, assignment, budget)
        pytest_sessions.judge(session, assignment)
        if not session.doubtful or budget.end is not None:
            break
    return session.evidence()
