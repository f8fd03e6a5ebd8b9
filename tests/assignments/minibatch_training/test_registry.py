"""The registry of right and wrong answers holds enough of both, in every question."""

from collections import Counter

from autograder.assignments.minibatch_training.misconceptions import RIGHT, WRONG
from tests.assignments.conftest import KNOWN

QUESTIONS = set(KNOWN["minibatch_training"].possible_points) - {"converge_fit"}


def test_there_are_enough_of_both() -> None:
    assert len(WRONG) >= 250 and len(RIGHT) >= 40
    wrong, right = (Counter(entry.question for entry in entries) for entries in (WRONG, RIGHT))
    assert set(wrong) == set(right) == QUESTIONS
    assert min(wrong.values()) >= 15 and min(right.values()) >= 3


def test_the_faults_of_known_courses_are_among_them() -> None:
    known = {(entry.question, entry.slug) for entry in WRONG}
    assert known >= {
        ("log_softmax", "input-overwritten"), ("dataloader", "len-drops-last"), ("optimizer", "zero-in-param-loop"),
        ("softmax", "no-shift"), ("softmax", "wrong-axis"), ("fit", "floor-of-batches"),
        ("sampler", "size-from-elsewhere"),
    }  # fmt: skip
