"""Hidden tests that everybody or nobody passes: worth a look, where a class is large enough."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.course.gradebook.class_results import graded_facts
from autograder.judge.evidence import Outcome

LEAST = 10  # different submissions that answer the question


def unanimous(facts: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """Return the hidden tests that nobody passes and those that everybody does, each with the number that tried.

    ``facts`` are those of graded copies. The same work handed in by several counts once, stubs don't count.
    """
    outcomes: dict[str, dict[str, bool]] = {}  # by test, by submission
    for fact in facts:
        for test, outcome in fact.get("tests", {}).items():
            if outcome != Outcome.NOT_JUDGED:
                outcomes.setdefault(test, {})[str(fact.get("submission"))] = outcome == Outcome.PASSED
    tried = {test: list(found.values()) for test, found in outcomes.items() if len(found) >= LEAST}
    nobody = [f"{test} (0 of {len(found)})" for test, found in tried.items() if not any(found)]
    everybody = [f"{test} ({len(found)} of {len(found)})" for test, found in tried.items() if all(found)]
    return nobody, everybody


def tell_of_unanimous_tests(graded: Iterable[Path], names: list[str], log: logging.Logger) -> None:
    """Log which hidden tests nobody and everybody passes, of the graded copies of ``names`` in these folders."""
    nobody, everybody = unanimous(fact for folder in graded for fact in graded_facts(folder, names))
    if nobody:
        text = "Hidden tests that nobody passes: %s. Look at the tests, and at what their questions say"
        log.warning(text, ", ".join(nobody))
    if everybody:
        log.info("Hidden tests that everybody passes: %s", ", ".join(everybody))
