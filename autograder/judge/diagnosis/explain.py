"""Puts the diagnosis of a question beside its failed tests."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence

from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.diagnose import Diagnosis, Observed, diagnose
from autograder.judge.diagnosis.registry import Misconception
from autograder.judge.evidence import Outcome, TestResult
from autograder.judge.training.trainer import Trainer
from autograder.judge.training.trajectories import named

log = logging.getLogger(__name__)


def explained(
    tests: Sequence[TestResult], observed: Observed, assignment: Assignment, question: str
) -> list[TestResult]:
    """Return the tests' results, the failed ones with slug and hint of the misconception that explains them, if any.

    A diagnosis decides no points: where the registry is broken the results stay as they are, and the log says so.
    """

    def find(canonical: str, known: Sequence[Misconception]) -> Diagnosis | None:
        others = assignment.answers_before(question)
        return diagnose(observed, canonical, known, assignment.tolerance_of_call, others)

    return _with_name(tests, assignment, question, find)


def explained_by_training(tests: Sequence[TestResult], trainer: Trainer, assignment: Assignment) -> list[TestResult]:
    """Do the same where a question was judged by training: by the first steps of the run that decided."""

    def find(canonical: str, known: Sequence[Misconception]) -> Diagnosis | None:
        follows = trainer.follows(trainer.judged)  # then the step is right, whatever else is wrong
        return None if follows else named(trainer.judged, canonical, known)

    return _with_name(tests, assignment, trainer.recipe.answer, find)


def _with_name(
    tests: Sequence[TestResult],
    assignment: Assignment,
    question: str,
    find: Callable[[str, Sequence[Misconception]], Diagnosis | None],
) -> list[TestResult]:
    try:
        known = [entry for entry in assignment.registry.wrong if entry.question == question]
        found = find(assignment.canonical_answer(question), known) if known else None
    except Exception as error:
        log.error("no diagnosis for %s (%s: %s): run `autograder audit`", question, type(error).__name__, error)
        found = None
    if found is None:
        return list(tests)
    return [
        dataclasses.replace(test, diagnosis=found.slug, hint=found.hint) if test.outcome is Outcome.FAILED else test
        for test in tests
    ]
