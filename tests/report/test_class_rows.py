"""What a row says of a student: all right, points lost, or no verdict, and the sum."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.grading.class_run import Done
from autograder.judge.evidence import Outcome
from autograder.report.class_rows import ByHand, Mark, Row, Unjudged
from autograder.report.class_summary import print_class_table, print_judging, print_outcome
from autograder.report.class_table import duration, mark_in_words
from autograder.report.sandbox_warning import FOR_INSTRUCTORS
from autograder.report.table_reasons import said_below, told_below
from autograder.report.text import points

FULL, HALF, ZERO, NONE = Mark(4.0, 4.0), Mark(2.0, 4.0), Mark(0.0, 4.0), Mark(None, 4.0)
EXTRA, NO_EXTRA, UNKNOWN_EXTRA = Mark(0.5, 0.0), Mark(0.0, 0.0), Mark(None, 0.0)
FILE = (Unjudged("texts.ipynb", "it is cut off", is_file=True),)


@pytest.mark.parametrize(
    ("marks", "judged", "lost", "right", "total"),
    [
        ((FULL, FULL), True, False, True, 8.0),
        ((FULL, EXTRA), True, False, True, 4.5),
        ((FULL, NO_EXTRA), True, False, True, 4.0),
        ((FULL, HALF), True, True, False, 6.0),
        ((FULL, ZERO), True, True, False, 4.0),
        ((FULL, NONE), False, False, False, None),
        ((HALF, NONE), False, True, False, None),
        ((FULL, UNKNOWN_EXTRA), False, False, False, None),
        ((), False, False, False, None),
    ],
)
def test_a_row_is_one_of_three(
    marks: tuple[Mark, ...], judged: bool, lost: bool, right: bool, total: float | None
) -> None:
    row = Row("ada", {str(i): mark for i, mark in enumerate(marks)})
    assert (row.is_judged, row.has_lost_points, row.is_all_right, row.total) == (judged, lost, right, total)


def test_a_notebook_that_cannot_be_read_is_not_judged_whatever_the_points_are() -> None:
    row = Row("ada", {"a": FULL}, unjudged=FILE)
    assert (row.is_judged, row.is_all_right, row.total) == (False, False, 4.0)
    assert Row("ada", {"a": FULL}, unjudged=(Unjudged("a", "x"),)).is_judged  # a human has given points since


def test_a_sum_has_all_points_and_is_never_below_none() -> None:
    marked = ByHand(2.5, 6.0)
    assert [Row("ada", {"a": HALF}, by_hand=marked, penalty=off).total for off in (0.0, 1.0, 9.0)] == [4.5, 3.5, 0.0]
    assert Row("ada", {"a": HALF, "b": EXTRA}, by_hand=marked).max_points == 10.0


def test_what_is_not_judged_is_said_with_its_step_or_without() -> None:
    assert FILE[0].whole == "texts.ipynb: could not be judged: it is cut off"
    assert FILE[0].short == "Not judged: texts.ipynb (see below)"
    entry = Unjudged("", "unpack it", "can't be graded")
    assert (entry.whole, entry.short) == ("can't be graded: unpack it", "can't be graded (see below)")


@pytest.mark.parametrize(("many", "apart"), [(1, False), (2, True), (3, True)])
def test_a_reason_of_several_is_told_apart(many: int, apart: bool) -> None:
    rows = [Row(name, unjudged=FILE) for name in "abc"[:many]]
    assert (FILE[0] in told_below(rows, 1000, 2)) is apart
    assert FILE[0] in told_below(rows, 20, 1)  # there is no room


@pytest.mark.parametrize(("many", "who"), [(1, "A"), (3, "A, B, C"), (4, "A, B and 2 more")])
def test_who_has_it_is_named_or_counted(many: int, who: str) -> None:
    students = list("abcd"[:many])
    assert said_below({FILE[0]: students}, {name: name.upper() for name in students}) == [f"{who}: {FILE[0].whole}"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (59, "59 s"), (60, "1 min"), (3599, "60 min"), (3600, "1 h"), (86_399, "24 h"), (86_400, "1 d")],
)
def test_how_late_is_said_in_one_unit(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [(2.0, "2"), (10.0, "10"), (0.0, "0"), (1.5, "1.5"), (1 / 3, "0.33"), (0.25, "0.25"), (100, "100")],
)
def test_points_lose_no_digit_that_counts(number: float, said: str) -> None:
    assert points(number) == said


def test_a_mark_in_words() -> None:
    assert [mark_in_words(mark) for mark in (HALF, ZERO, NONE, EXTRA, NO_EXTRA, UNKNOWN_EXTRA)] == [
        "2/4", "0/4", "?/4", "+0.5", "+0", "?"
    ]  # fmt: skip


def printed(show: object, *arguments: object) -> str:
    file = io.StringIO()
    show(*arguments, console=Console(file=file, width=160))  # type: ignore[operator]
    return file.getvalue()


def test_one_student_without_a_sandbox_is_enough_for_a_warning() -> None:
    rows = [Row("ada", {"a": FULL}), Row("bob", {"a": FULL}, unprotected=True)]
    assert FOR_INSTRUCTORS in printed(print_class_table, rows)
    assert FOR_INSTRUCTORS not in printed(print_class_table, rows[:1])


def test_signs_are_explained_where_there_are_any() -> None:
    waits = Row("bob", {"a": FULL}, by_hand=ByHand(0.0, 6.0, waits=True))
    shown = printed(print_class_table, [Row("ada", {"a": NONE}), Row("cid", {"a": FULL}), waits])
    assert "?: could not be judged" in shown and "? by hand, +?: still to be marked" in shown
    shown = printed(print_class_table, [Row("ada", {"a": FULL}, by_hand=ByHand(1.0, 6.0))])
    assert "could not be judged" not in shown and "still to be marked" not in shown


def test_late_is_late_without_a_penalty_and_only_what_was_judged_took_time() -> None:
    done = [Done("ada", "n", Outcome.PASSED, True, "", 1.5), Done("bob", "n", Outcome.FAILED, False, "", 9.0)]
    rows = [Row("ada", {"a": FULL}, seconds_late=5.0), Row("bob", {"a": ZERO}, penalty=1.0), Row("cid", {"a": FULL})]
    said = printed(print_outcome, rows, done)
    assert "2 late" in said and "1 judged, 1 known already" in said and "The slowest: ada 1.5 s." in said


def test_each_outcome_of_judging_is_counted_by_itself() -> None:
    outcomes = [Outcome.PASSED] * 3 + [Outcome.FAILED] * 2 + [Outcome.NOT_JUDGED]
    done = [Done(str(i), "n", outcome, i < 4, "", 0.0) for i, outcome in enumerate(outcomes)]
    said = printed(print_judging, done)
    assert said.startswith("4 judged, 2 known already: 3 all right, 2 lost points, 1 could not be judged.")


def test_what_is_beside_a_shared_reason_is_told_by_name() -> None:
    rows = [Row(name, {"a": HALF}, "a: wrong", unjudged=FILE) for name in "ab"]
    file = io.StringIO()
    print_class_table(rows, "", Console(file=file, width=44, force_terminal=True, color_system=None))
    said = " ".join(file.getvalue().split())
    assert "a: a: wrong" in said and "b: a: wrong" in said and said.count("it is cut off") == 1
