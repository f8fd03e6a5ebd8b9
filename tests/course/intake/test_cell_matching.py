"""Which cell is which, where more than one could be meant: the choice that costs nobody an answer."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.course.intake.cell_matching import Match, answer_of, match_cells
from autograder.course.intake.cell_origins import is_as_handed_out, is_from_another_version, is_kept

STUB = "def f():\n    return None"
DONE = "def f():\n    return 1"
ANSWER, CHECK = {"solution": True}, {"grade": True, "locked": True, "points": 1.0}
TEXT = {"solution": True, "grade": True, "points": 1.0}


def cell(source: str, name: str = "", kind: str = "code", **flags: Any) -> Any:
    """A cell as nbgrader hands it out, or one of a student's own: without a name."""
    marks = {"grade_id": name, "grade": False, "solution": False, "locked": False, "task": False} | flags
    make = new_code_cell if kind == "code" else new_markdown_cell
    return make(source, **({"id": name} if name else {}), metadata={"nbgrader": marks} if name else {})


def text(source: str, name: str = "") -> Any:
    return cell(source, name, "markdown", **(TEXT if name else {}))


def bare(*cells: Any) -> list[Any]:
    """The same without names and ids, as some editors leave them."""
    return [(new_code_cell if one.cell_type == "code" else new_markdown_cell)(one.source) for one in cells]


F, CHECK_F = 0, 1
RELEASE = [cell(STUB, "f", **ANSWER), cell("assert f()", "test_f", **CHECK)]


def test_a_stub_that_was_pasted_again_is_no_answer() -> None:
    """The later one of two definitions counts, but what was handed out is none."""
    match = match_cells(RELEASE, [cell(DONE), *RELEASE, cell(STUB)])
    assert (match.pairs[F], match.served) == (0, {})


def test_an_answer_found_elsewhere_takes_its_stub_out() -> None:
    imported = cell("from mine import f")
    assert match_cells(RELEASE, [cell(DONE), *RELEASE]) == Match({F: 0, CHECK_F: 2}, elsewhere={F}, dropped={1})
    assert match_cells(RELEASE, [imported, *RELEASE]) == Match({CHECK_F: 2}, elsewhere={F}, served={F: 0}, dropped={1})
    assert match_cells(RELEASE, [imported, RELEASE[1]]) == Match({CHECK_F: 1}, served={F: 0})


def test_what_a_text_quotes_is_no_answer_where_its_cell_is_there() -> None:
    match = match_cells(RELEASE, [*RELEASE, text(DONE)])
    assert match == Match({F: 0, CHECK_F: 1})


def test_code_comes_before_a_text_that_quotes_it() -> None:
    assert match_cells(RELEASE, [cell(DONE), RELEASE[1], text("def f():\n    return 2")]).pairs[F] == 0


def test_of_two_cells_the_one_with_more_of_the_answer_counts() -> None:
    both = "def f():\n    return {0}\n\ndef g():\n    return {0}"
    release = [cell(both.format(None), "f", **ANSWER), RELEASE[1]]
    assert match_cells(release, [cell(both.format(1)), *release, cell("def g():\n    return 2")]).pairs[F] == 0


def test_what_was_handed_out_elsewhere_is_no_answer() -> None:
    """A given cell defines the function as well, for a comparison: that is not the student's."""
    release = [cell("def f():\n    return 'slow'"), *RELEASE]
    assert match_cells(release, release) == Match({0: 0, 1: 1, 2: 2})


def test_a_locked_cell_serves_no_answer_as_what_was_handed_out_counts_there() -> None:
    release = [cell("DATA = 1", "data", locked=True), *RELEASE]
    match = match_cells(release, [cell(f"DATA = 1\n{DONE}", "data", locked=True), *RELEASE])
    assert match == Match({0: 0, 1: 1, 2: 2})


@pytest.mark.parametrize("last", [STUB, DONE])
def test_of_two_copies_of_an_answer_the_written_one_counts(last: str) -> None:
    """Only a stub is taken out: what another copy defines may be needed."""
    first = "def helper():\n    return 1\n\ndef f():\n    return helper()"
    match = match_cells(RELEASE, [cell(first, "f", **ANSWER), cell(last, "f", **ANSWER), RELEASE[1]])
    assert (match.pairs[F], match.dropped) == ((0, {1}) if last == STUB else (1, set()))


def test_of_two_copies_of_a_text_the_written_one_counts() -> None:
    release = [text("Why?", "t")]
    assert match_cells(release, [text("Because.", "t"), text("Why?", "t")]).pairs == {0: 0}


def test_of_two_copies_the_one_of_the_right_type_counts() -> None:
    assert match_cells(RELEASE, [cell(DONE, "f", **ANSWER), RELEASE[1], text(DONE, "f")]).pairs[F] == 0


def test_of_two_copies_of_a_test_the_first_one_behind_the_answer_counts() -> None:
    match = match_cells(RELEASE, [RELEASE[1], cell(DONE, "f", **ANSWER), RELEASE[1], RELEASE[1]])
    assert (match.pairs[CHECK_F], match.duplicates[CHECK_F]) == (2, [0, 3])


def test_cells_of_the_same_text_are_told_apart_by_their_order() -> None:
    shows = [cell("show()"), cell("show()")]
    assert match_cells([shows[0], *RELEASE, shows[1]], bare(shows[0], *RELEASE, shows[1])).pairs == {
        0: 0, 1: 1, 2: 2, 3: 3
    }  # fmt: skip


def test_answers_with_the_same_stub_are_not_taken_for_one_another() -> None:
    stub = "# YOUR CODE HERE"
    release = [
        cell(stub, "a", **ANSWER), cell("assert a", "test_a", **CHECK),
        cell(stub, "b", **ANSWER), cell("assert b", "test_b", **CHECK),
    ]  # fmt: skip
    submission = bare(cell("a = 1"), release[1], release[2], release[3])
    assert match_cells(release, submission).pairs == {0: 0, 1: 1, 2: 2, 3: 3}


@pytest.mark.parametrize(
    ("written", "is_it"),
    [("one\ntwo\nmine", True), ("one\nmine\nmore", False), ("one\ntwo\nthree\nfour\nfive\nsix\nseven", False)],
)
def test_an_edited_cell_without_marks_is_the_one_that_shares_half_of_all_lines(written: str, is_it: bool) -> None:
    match = match_cells([cell("one\ntwo\nthree", "data", locked=True)], bare(cell(written)))
    assert match.pairs == ({0: 0} if is_it else {})


def test_an_edited_cell_is_only_one_of_those_it_is_like() -> None:
    release = [cell(f"one\ntwo\n{end}", f"data_{end}", locked=True) for end in "ab"]
    assert match_cells(release, bare(cell("one\ntwo\nc"))).pairs == {0: 0}


@pytest.mark.parametrize(
    ("own", "pair"),
    [
        ([text("a remark above"), text("Why?", "t"), text("Because.")], 2),
        ([text("a remark above"), text("Why?", "t")], 1),
        ([text("Why?", "t"), text("Why?")], 0),
        ([text("Why?", "t"), cell("'Because.'")], 0),
        ([cell("yes")], 0),
        ([cell("because = 1")], None),
        ([text(" ")], None),
        ([cell("'Because.'"), text("Because.")], 1),
    ],
)
def test_a_text_is_looked_for_where_its_cell_is_unwritten_or_gone(own: list[Any], pair: int | None) -> None:
    release = [text("Why?", "t"), text("End", "")]
    match = match_cells([release[0], *RELEASE], [*own, *RELEASE])
    assert match.pairs.get(0) == pair


@pytest.mark.parametrize(("own", "pair"), [(1, 0), (2, None)])
def test_an_answer_that_is_gone_is_the_one_cell_in_its_place(own: int, pair: int | None) -> None:
    code = [cell("globals().update(f=len)"), cell("more()")]
    assert match_cells(RELEASE, [*code[:own], text("a remark"), RELEASE[1]]).pairs.get(F) == pair


def test_a_test_belongs_to_the_answer_of_its_name_not_to_the_nearest() -> None:
    release = [cell(STUB, "f", **ANSWER), cell("g = None", "g", **ANSWER)]
    release += [cell("assert f()", "test_f", **CHECK), cell("assert g", "test_other", **CHECK)]
    assert [answer_of(release, test) for test in (2, 3)] == [0, 1]
    assert answer_of(release[2:], 0) is None


DESCRIBED = 'def f():\n    """Say what it does."""\n    return None'


@pytest.mark.parametrize(
    ("mine", "theirs", "same"),
    [
        (DESCRIBED, STUB, True),
        (STUB, f"# mine\n{DESCRIBED}  # TODO", True),
        (STUB, "def f():\n    return 0", False),
        (STUB, "def f(:", False),
    ],
)
def test_remarks_and_docstrings_make_no_answer_of_a_stub(mine: str, theirs: str, same: bool) -> None:
    assert is_as_handed_out(cell(mine, "f", **ANSWER), cell(theirs, "f", **ANSWER)) is same


def test_a_remark_in_a_text_is_an_answer() -> None:
    assert not is_as_handed_out(text("x = 1", "t"), text("x = 1  # because", "t"))


@pytest.mark.parametrize(("written", "kept"), [("", False), ("assert f() # mine", False), (DONE, True)])
def test_what_a_student_wrote_into_a_test_cell_is_kept_where_it_says_anything(written: str, kept: bool) -> None:
    assert is_kept(RELEASE[CHECK_F], cell(written, "test_f", **CHECK)) is kept
    assert not is_kept(RELEASE[CHECK_F], text(written))
    assert not is_kept(cell("DATA = 1", "data", locked=True), cell(written, "data", locked=True))


def test_an_edited_locked_cell_with_a_forged_sum_is_not_taken_for_an_older_release() -> None:
    mine = cell("DATA = 1", "data", locked=True, checksum="0" * 32)
    assert not is_from_another_version(mine, cell("DATA = 2", "data", locked=True, checksum="1" * 32))
