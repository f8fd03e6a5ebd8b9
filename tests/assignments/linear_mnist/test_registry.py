"""The registry of right and wrong answers is complete and well formed."""

import re
from collections import Counter

import pytest

from autograder.assignments.linear_mnist.misconceptions import RIGHT, WRONG
from autograder.judge.assignment import Assignment
from tests.assignments.linear_mnist.conftest import POINTS

LINEAR_MNIST = Assignment.find("linear_mnist")


def test_there_are_enough_of_both():
    assert len(WRONG) >= 60 and len(RIGHT) >= 25
    assert set(Counter(entry.question for entry in WRONG)) == set(POINTS)
    assert min(Counter(answer.question for answer in RIGHT).values()) >= 6


def test_slugs_are_unique_in_a_question():
    names = Counter((entry.question, entry.slug) for entry in (*RIGHT, *WRONG))
    assert [name for name, count in names.items() if count > 1] == []
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", entry.slug) for entry in (*RIGHT, *WRONG))


@pytest.mark.parametrize("entry", WRONG, ids=lambda entry: f"{entry.question}-{entry.slug}")
def test_a_wrong_answer_has_words_and_code(entry):
    assert entry.sentence and entry.hint[-1] in ".?"
    canonical = LINEAR_MNIST.canonical_answer(entry.question)
    variants = list(entry.variants(canonical))
    assert len(set(variants)) == len(variants) and canonical not in variants
    for text in variants:
        compile(text, entry.slug, "exec")
    assert bool(entry.numbers) == any(re.search(r"\bK\b", new) for _, new in entry.edits)


@pytest.mark.parametrize("entry", WRONG, ids=lambda entry: f"{entry.question}-{entry.slug}")
def test_a_hint_doesnt_give_the_answer_away(entry):
    lines = [line.strip() for line in LINEAR_MNIST.canonical_answer(entry.question).splitlines()[1:]]
    assert not any(line in entry.hint for line in lines)
    assert not re.search(r"torch\.(?!optim)|\.T\b|dim=|\*\*|@", entry.hint)
