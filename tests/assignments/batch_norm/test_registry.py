"""The registry of right and wrong answers holds enough of both, and each hint's claim is true of its own answer."""

import types
from collections import Counter
from typing import Any

import pytest
import torch

from autograder.judge.assignment import Assignment
from tests.assignments.conftest import PRELUDE

BATCH_NORM = Assignment.find("batch_norm")
RIGHT, WRONG = BATCH_NORM.registry.right, BATCH_NORM.registry.wrong
CLAIMS = BATCH_NORM.module("claims").CLAIMS
LEAST = {"standardise": 10, "batch_norm": 10, "batch_norm_grad": 10, "batch_norm_layer": 10, "conv_net": 10}


def loaded(code: str) -> Any:
    names: dict[str, Any] = {}
    exec(PRELUDE + code, names)
    return types.SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})


def test_there_are_enough_of_both() -> None:
    assert len(WRONG) >= 90 and len(RIGHT) >= 30
    wrong = Counter(entry.question for entry in WRONG)
    assert all(wrong[question] >= least for question, least in {**LEAST, "evaluate": 10, "error_ratio": 5}.items())
    assert min(Counter(answer.question for answer in RIGHT).values()) >= 3


def test_each_has_a_claim() -> None:
    assert set(CLAIMS) == {(entry.question, entry.slug) for entry in WRONG}


@pytest.mark.parametrize("entry", WRONG, ids=lambda entry: f"{entry.question}-{entry.slug}")
def test_a_claim_is_true_of_its_own_answers_and_of_no_right_one(entry: Any) -> None:
    claim = CLAIMS[entry.question, entry.slug]
    with torch.no_grad():
        own = [claim(loaded(code)) for code in entry.variants(BATCH_NORM.canonical_answer(entry.question))]
        others = [claim(loaded(answer.code)) for answer in RIGHT if answer.question == entry.question]
    assert all(own) and not any(others)
