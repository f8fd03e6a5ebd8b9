"""What the public checks say of the named wrong answers: most are found, and none is taken for a stub."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

from autograder.assignments.minibatch_training.misconceptions import WRONG
from tests.assignments.conftest import KNOWN, PRELUDE

ASSIGNMENT = KNOWN["minibatch_training"]


def test_most_wrong_answers_are_found_and_none_is_a_stub(load_selfcheck: Callable[[str], ModuleType]) -> None:
    check = load_selfcheck("minibatch_training")
    states: Counter[str] = Counter()
    named = [entry for entry in WRONG if entry.looks is None]  # the others' code is nobody's, but an example
    for entry in named:
        question = check.QUESTIONS[entry.question]
        names: dict[str, Any] = {}
        exec(PRELUDE + ASSIGNMENT.answers_before(entry.question), names)
        exec(next(entry.variants(ASSIGNMENT.canonical_answer(entry.question))), names)
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = check.judge(question, tuple(names.get(name) for name in question.names))
        states[found.state] += 1
        assert found.state in ("wrong", "passed"), f"{entry.question}/{entry.slug}: {found}"
    assert states["wrong"] >= 0.85 * len(named)
