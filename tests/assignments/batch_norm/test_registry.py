"""The registry of right and wrong answers holds enough of both."""

from collections import Counter

from autograder.judge.assignment import Assignment

BATCH_NORM = Assignment.find("batch_norm")
RIGHT, WRONG = BATCH_NORM.registry.right, BATCH_NORM.registry.wrong
CLAIMS = BATCH_NORM.module("claims").CLAIMS
LEAST = {"standardise": 10, "batch_norm": 10, "batch_norm_grad": 10, "batch_norm_layer": 10, "conv_net": 10}


def test_there_are_enough_of_both() -> None:
    assert len(WRONG) >= 90 and len(RIGHT) >= 30
    wrong = Counter(entry.question for entry in WRONG)
    assert all(wrong[question] >= least for question, least in {**LEAST, "evaluate": 10, "error_ratio": 5}.items())
    assert min(Counter(answer.question for answer in RIGHT).values()) >= 3


def test_each_has_a_claim() -> None:
    assert all(entry.claim for entry in WRONG)
    assert set(CLAIMS) == {(entry.question, entry.slug) for entry in WRONG if entry.looks is None}
