"""Puts the diagnosis of a question beside its failed tests."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence

from autograder.judge.assignment import misconceptions, usual_answer
from autograder.judge.diagnosis import Trial, diagnose
from autograder.judge.evidence import Outcome, TestResult

log = logging.getLogger(__name__)


def explained(tests: Sequence[TestResult], trial: Trial, assignment: str, question: str) -> list[TestResult]:
    """Return the tests' results, the failed ones with slug and hint of the misconception that explains them, if any.

    A diagnosis decides no points: where the registry is broken the results stay as they are, and the log says so.
    """
    try:
        known = [entry for entry in misconceptions(assignment).WRONG if entry.question == question]
        found = diagnose(trial, usual_answer(assignment, question), known) if known else None
    except Exception as error:
        log.error("no diagnosis for %s (%s: %s): run `autograder audit`", question, type(error).__name__, error)
        found = None
    if found is None:
        return list(tests)
    return [
        dataclasses.replace(test, diagnosis=found.slug, hint=found.hint) if test.outcome is Outcome.FAILED else test
        for test in tests
    ]
