"""What a hint says is true of the answer that it is made for, and of no right one."""

from __future__ import annotations

import contextlib
import io
from functools import cache
from types import SimpleNamespace

import pytest
import torch

from autograder.assignments.minibatch_training.claims import CLAIMS
from autograder.assignments.minibatch_training.misconceptions import RIGHT, WRONG
from autograder.judge.diagnosis.registry import Misconception
from tests.assignments.conftest import KNOWN, PRELUDE

ASSIGNMENT = KNOWN["minibatch_training"]


@cache
def loaded(question: str, code: str) -> SimpleNamespace:
    names: dict[str, object] = {}
    exec(PRELUDE + ASSIGNMENT.answers_before(question), names)
    exec(code, names)
    return SimpleNamespace(code=code, **{name: value for name, value in names.items() if not name.startswith("__")})


def test_every_hint_has_one() -> None:
    assert set(CLAIMS) == {(entry.question, entry.slug) for entry in WRONG}


@pytest.mark.parametrize("entry", WRONG, ids=lambda entry: f"{entry.question}-{entry.slug}")
def test_it_is_true_of_the_wrong_answer_alone(entry: Misconception) -> None:
    claim = CLAIMS[entry.question, entry.slug]
    variants = list(entry.variants(ASSIGNMENT.canonical_answer(entry.question)))
    with torch.no_grad(), contextlib.redirect_stdout(io.StringIO()):
        assert all(claim(loaded(entry.question, code)) for code in variants[:: max(1, len(entry.numbers))])
        right = [answer for answer in RIGHT if answer.question == entry.question]
        assert [answer.slug for answer in right if claim(loaded(entry.question, answer.code))] == []
