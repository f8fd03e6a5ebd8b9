"""Of two mistakes at once each hint is said only where it is true of both together."""

import pytest

from autograder.judge.diagnosis.formulas import Formula
from autograder.judge.diagnosis.pair_claims import sayable_names
from autograder.judge.diagnosis.registry import Misconception, Symptom

X = [1.0, 2.0, 4.0]


def entry(slug, claim, **settings):
    return Misconception("q", slug, "a sentence", "A hint.", claim=claim, **settings)


def adds_up_to_one(answer):
    return sum(answer.f(X)) == 1


def has_no_sign(answer):
    return min(answer.f(X)) >= 0


def breaks(answer):
    raise ValueError("there is no such thing in two at once")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([entry("one", adds_up_to_one), entry("other", has_no_sign)], ["one", "other"]),
        ([entry("one", lambda answer: not adds_up_to_one(answer)), entry("other", has_no_sign)], ["other"]),
        ([entry("one", breaks), entry("other", has_no_sign)], ["other"]),
        ([entry("one", breaks), entry("other", breaks)], []),
        ([entry("one", breaks, symptom=Symptom.CHANGED), entry("other", has_no_sign)], ["one", "other"]),
        ([entry("one", None), entry("other", has_no_sign)], ["one", "other"]),
        ([entry("one", breaks)], ["one"]),
    ],
)
def test_what_is_said_of_two_is_true_of_the_two(entries, said):
    formula = Formula(tuple(one.slug for one in entries), "def f(x):\n    return [one / sum(x) for one in x]\n")
    assert sayable_names(formula, [*entries, entry("elsewhere", has_no_sign)]) == said
