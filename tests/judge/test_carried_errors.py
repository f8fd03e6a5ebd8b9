"""An answer that builds on another question's one is tried with the student's own, and then with a right one."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.judge.answer_checks import Answer, Call, StudentFailed, StudentLost
from autograder.judge.carried_errors import carried
from autograder.judge.diagnosis.registry import Cause

FORBIDDEN = StudentLost("uses what it may not", None, False, Cause.NORMALISATION)
UNDEFINED = StudentLost("accuracy is not defined", None, False)
HANGS = StudentLost("didn't return", None, True, Cause.HANG)


def answer(value: Any) -> Answer:
    return Answer(Call("fit", ()), value)


def check(found: Answer) -> None:
    if isinstance(found.value, BaseException):
        raise found.value
    found.equal("right")


def tried(own: Any, right: Any, **options: Any) -> list[str]:
    asked: list[str] = []

    def ask(other: str) -> Answer:
        asked.append(other)
        return answer(own if other == "own" else right)

    carried(ask, "own", "right", check, **options)
    return asked


def test_the_own_one_is_enough_where_it_passes() -> None:
    assert tried("right", "never asked") == ["own"]


@pytest.mark.parametrize("own", ["wrong", FORBIDDEN, UNDEFINED])
def test_a_right_one_takes_the_place_of_one_that_fails(own: Any) -> None:
    assert tried(own, "right") == ["own", "right"]


def test_what_hangs_hangs_with_a_right_one_too() -> None:
    with pytest.raises(StudentLost, match="didn't return"):
        tried(HANGS, "right")


@pytest.mark.parametrize(("options", "told"), [({}, "'second'"), ({"may_do_without": True}, "'first'")])
def test_where_both_fail_one_is_told(options: dict[str, bool], told: str) -> None:
    with pytest.raises(StudentFailed) as failed:
        tried("first", "second", **options)
    assert told in str(failed.value.counterexample)


def test_help_that_is_the_answers_own_is_told() -> None:
    with pytest.raises(StudentLost, match="uses what it may not"):
        tried(FORBIDDEN, FORBIDDEN, may_do_without=True)
