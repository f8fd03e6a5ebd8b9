"""Which examples of a hidden test are tried, and which one a student is shown."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograder.judge import hypothesis_examples, hypothesis_profile
from autograder.judge.answer_checks import StudentFailed
from autograder.judge.outcome_rules import UNSTEADY


class Function:
    """Stands in for the student fixture: fails on what a condition says."""

    def __init__(self, is_wrong):
        self._is_wrong = is_wrong
        self.tried = []

    def __call__(self, value):
        self.tried.append(value)
        if self._is_wrong(value):
            raise StudentFailed(f"wrong on {value}")


def item_of(test, is_wrong, count=12):
    hypothesis_profile.apply(test, count)
    function = Function(is_wrong)
    return SimpleNamespace(
        obj=test,
        name=test.__name__,
        path=Path(__file__),
        funcargs={"student": function},
        _fixtureinfo=SimpleNamespace(argnames=["student"]),
    ), function


def a_test():
    @example(value=3)
    @example(value=50)
    @example(value=60)
    @given(value=st.integers(0, 1000))
    def test_it(student, value):
        student(value)

    return test_it


@pytest.fixture(autouse=True)
def nothing_drawn(monkeypatch):
    monkeypatch.setattr(hypothesis_examples, "_drawn", {})


def failure(item, function):
    with pytest.raises(StudentFailed) as first:
        hypothesis_examples.try_out(item)
    before = len(function.tried)
    with pytest.raises(StudentFailed) as shown:
        hypothesis_examples.make_smaller(item, first.value)
    return shown.value, function.tried[before:]


def test_chosen_examples_are_counted_and_come_after_the_drawn_ones():
    item, function = item_of(a_test(), is_wrong=lambda value: False)
    hypothesis_examples.try_out(item)
    assert len(function.tried) == 12
    assert function.tried[-3:] == [3, 50, 60]


def test_a_failure_is_shown_on_the_first_chosen_example_that_fails():
    shown, tried = failure(*item_of(a_test(), is_wrong=lambda value: value > 40))
    assert (shown.message, tried) == ("wrong on 50", [3, 50, 60, 50])  # and again: would it do the same?


def test_where_all_chosen_ones_pass_hypothesis_makes_a_drawn_one_small():
    shown, tried = failure(*item_of(a_test(), is_wrong=lambda value: value > 100))
    assert shown.message == "wrong on 101"
    assert len(tried) > 5


def test_a_failure_that_does_not_come_again_is_said_to_be_unsteady():
    item, function = item_of(a_test(), is_wrong=lambda value: len(function.tried) == 5)
    shown, _ = failure(item, function)
    assert shown.message.endswith(UNSTEADY)


def test_a_chosen_example_that_fails_once_only_is_said_to_be_unsteady():
    item, function = item_of(a_test(), is_wrong=lambda value: value == 50 and function.tried.count(50) < 3)
    shown, tried = failure(item, function)
    assert shown.message == "wrong on 50" + UNSTEADY
    assert tried == [3, 50, 60, 50]


@pytest.mark.parametrize(("limit", "shown", "tried"), [(40, "wrong on 50", [3, 50, 60, 50]), (60, None, [3, 50, 60])])
def test_what_is_not_to_be_made_smaller_is_shown_on_a_chosen_example_or_as_it_was_drawn(limit, shown, tried):
    test = a_test()
    item, function = item_of(test, is_wrong=lambda value: value > limit)
    hypothesis_profile.apply(test, 12, shrink=False)
    found, again = failure(item, function)
    drawn = next(f"wrong on {value}" for value in function.tried if value > limit)
    assert (found.message, again) == (shown or drawn, tried)
