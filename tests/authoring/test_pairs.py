"""Pairs of misconceptions: a sample that is the same each time, and none that is one of the two alone."""

from collections import Counter

import pytest

from autograder.authoring.pairs import pairs
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")


def test_a_sample_of_each_question_is_the_same_each_time():
    found, known = pairs(LINEAR_MNIST, sample=15)
    assert Counter(case.question for case in found) == dict.fromkeys(
        ("ce_loss", "grad_func", "sgd_momentum", "adam"), 15
    )
    assert known > 1000 and pairs(LINEAR_MNIST, sample=15)[0] == found
    more, _ = pairs(LINEAR_MNIST, sample=30)
    assert set(found) < set(more)


def test_a_pair_has_both_edits_and_is_named_after_both():
    found, known = pairs(LINEAR_MNIST, sample=10_000)
    assert len(found) == known
    (one,) = [case for case in found if case.question == "adam" and case.slug == "no-root+sign"]
    assert "w + eta" in one.code and "torch.sqrt" not in one.code and one.note


@pytest.mark.parametrize("question", ["ce_loss", "grad_func", "sgd_momentum", "adam"])
def test_no_pair_is_one_of_its_halves(question):
    canonical = LINEAR_MNIST.canonical_answer(question)
    alone = {
        text: entry.slug
        for entry in LINEAR_MNIST.registry.wrong
        if entry.question == question and entry.edits
        for text in entry.variants(canonical)
    }
    found, _ = pairs(LINEAR_MNIST, sample=10_000)
    same = [case.slug for case in found if alone.get(case.code) in case.slug.split("+")]
    assert same == []
