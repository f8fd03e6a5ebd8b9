from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.judge.evidence import CellResult, CellStatus, Evidence, Outcome, QuestionResult, TestResult
from autograder.report.summary import Mark, Row, print_class_table, what_went_wrong


@pytest.fixture(autouse=True)
def no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # xdist sets it


def result(question: str, outcome: Outcome, message: str = "", note: str = "", hint: str = "") -> QuestionResult:
    test = TestResult("t", "It works.", outcome, 0.0, 1.0, message, None, "", hint)
    return QuestionResult(question, f"test_{question}", 1.0, (test,), note)


def evidence(*questions: QuestionResult, cells: tuple[CellResult, ...] = ()) -> Evidence:
    return Evidence("linear_mnist", questions, cells)


def printed(*rows: Row) -> str:
    file = io.StringIO()
    print_class_table(rows, "the class", Console(file=file))
    return file.getvalue()


def test_each_student_is_a_row() -> None:
    marks = {"ce_loss": Mark(4.0, 4.0), "adam": Mark(1 / 3, 6.0)}
    text = printed(Row("ann", marks), Row("[bold]bob", {"ce_loss": Mark(None, 4.0)}, "no\nmemory"), Row("cid"))
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines() if line.startswith("│")]
    assert lines == [
        ["ann", "4/4", "0.33/6", "4.33/10", ""],
        ["[bold]bob", "?/4", "–", "?/4", "no memory"],
        ["cid", "–", "–", "–", ""],
    ]


QUESTIONS = {name: Mark(4.0, 4.0) for name in ("ce_loss", "grad_func", "sgd_momentum", "adam")}
CLASS = [
    Row(name, QUESTIONS, "ce_loss: [b]The loss is 1, but it should be about 0. " * 4) for name in ("ann", "x" * 50)
]


@pytest.mark.parametrize("width", [80, 100, 120, 160])
def test_a_student_takes_two_lines_at_most(width: int) -> None:
    file = io.StringIO()
    print_class_table([*CLASS, Row("cid")], "", Console(file=file, width=width, force_terminal=True, color_system=None))
    lines = file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= 4 + 2 * 3 - 1
    assert "grad_func" in lines[1] and "4/4" in lines[3] and "16/16" in lines[3]
    assert sum("ce_loss: [b]The loss is 1" in line for line in lines) == 2


def test_a_pipe_is_as_wide_as_columns_says(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = printed(*CLASS)
    monkeypatch.setenv("COLUMNS", "70")
    assert max(map(len, wide.splitlines())) > 120
    assert max(map(len, printed(*CLASS).splitlines())) <= 70


def test_nothing_went_wrong() -> None:
    assert what_went_wrong(evidence(result("adam", Outcome.PASSED))) == ""


def test_what_could_not_be_judged_comes_first() -> None:
    found = evidence(result("a", Outcome.FAILED, "wrong"), result("b", Outcome.NOT_JUDGED, "no memory"))
    assert what_went_wrong(found, ["a note"]) == "b: could not be judged: no memory"


def test_the_hint_says_more_than_the_message() -> None:
    assert (
        what_went_wrong(evidence(result("a", Outcome.FAILED, "nan", hint="Subtract the max.")))
        == "a: Subtract the max."
    )


def test_the_others_are_counted() -> None:
    found = evidence(result("a", Outcome.FAILED, "x" * 500), result("b", Outcome.FAILED, "wrong"))
    line = what_went_wrong(found)
    assert line.startswith("a: xxx") and line.endswith("… (and 1 more)") and len(line) <= 140


def test_one_reason_for_all_is_said_once() -> None:
    found = evidence(result("a", Outcome.FAILED, "Nothing."), result("b", Outcome.FAILED, "Nothing."))
    assert what_went_wrong(found) == "Nothing."


def test_a_stub_is_called_one() -> None:
    assert what_went_wrong(evidence(result("a", Outcome.FAILED, "None", note="still a stub"))) == "a: still a stub"


def test_a_cell_left_out_and_a_note_are_mentioned_when_all_is_right() -> None:
    cells = (CellResult(3, CellStatus.LEFT_OUT, "it ran for more than 60 s"),)
    assert (
        what_went_wrong(evidence(result("a", Outcome.PASSED), cells=cells), ["a note"])
        == "cell 4 was left out: it ran for more than 60 s"
    )
    assert what_went_wrong(evidence(result("a", Outcome.PASSED)), ["a note"]) == "a note"


def bonus(passed: bool) -> QuestionResult:
    outcome = Outcome.PASSED if passed else Outcome.FAILED
    message, awarded = ("", 2.0) if passed else ("too slow", 0.0)
    test = TestResult("t", "It gets far.", outcome, 0.0, 0.0, message, bonus=awarded, max_bonus=2.0)
    return QuestionResult("extra", "test_extra", 0.0, (test,))


@pytest.mark.parametrize("passed", [True, False])
def test_a_bonus_is_no_trouble_earned_or_not(passed: bool) -> None:
    right = result("a", Outcome.PASSED)
    assert what_went_wrong(evidence(right, bonus(passed))) == ""
    assert what_went_wrong(evidence(bonus(passed), right), ["a note"]) == "a note"
    wrong = what_went_wrong(evidence(bonus(passed), result("b", Outcome.FAILED, "wrong")))
    assert wrong == "b: wrong"


def test_a_bonus_that_could_not_be_judged_is_trouble() -> None:
    test = TestResult("t", "It gets far.", Outcome.NOT_JUDGED, 0.0, 0.0, "no GPU", max_bonus=2.0)
    extra = QuestionResult("extra", "test_extra", 0.0, (test,))
    assert "no GPU" in what_went_wrong(evidence(result("a", Outcome.PASSED), extra))


def test_points_are_summed_up_with_the_bonus_and_never_where_one_is_missing() -> None:
    marks = {"a": Mark(3.0, 4.0), "extra": Mark(2.0, 0.0)}
    text = printed(Row("ann", marks), Row("bob", marks | {"extra": Mark(0.0, 0.0)}), Row("cid", {"a": Mark(0.0, 4.0)}))
    rows = {cells[1].strip(): cells for line in text.splitlines() if (cells := line.split("│"))[0] == ""}
    assert "+2" in text and "5/4" in text
    assert "3/4" in text and "+0" in text and "0/4" in text
    assert rows
