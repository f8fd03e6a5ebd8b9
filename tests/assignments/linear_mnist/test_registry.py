"""The registry of right and wrong answers holds enough of both."""

from collections import Counter

from autograder.assignments.linear_mnist.misconceptions import RIGHT, WRONG
from tests.assignments.linear_mnist.conftest import POINTS


def test_there_are_enough_of_both():
    assert len(WRONG) >= 60 and len(RIGHT) >= 25
    assert set(Counter(entry.question for entry in WRONG)) == set(POINTS)
    assert min(Counter(answer.question for answer in RIGHT).values()) >= 6
