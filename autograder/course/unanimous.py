"""Hidden tests that everybody or nobody passes: worth a look, where a class is large enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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
