from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from autograder.grading.class_run import Done
from autograder.judge.evidence import Outcome
from autograder.report.class_rows import ByHand, Mark, Row, Unjudged
from autograder.report.class_summary import print_class_table, print_outcome


@pytest.fixture(autouse=True)
def no_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)  # xdist sets it


def printed(*rows: Row) -> str:
    file = io.StringIO()
    print_class_table(rows, "the class", Console(file=file))
    return file.getvalue()


def test_each_student_is_a_row() -> None:
    marks = {"ce_loss": Mark(4.0, 4.0), "adam": Mark(1 / 3, 6.0)}
    text = printed(Row("ann", marks), Row("[bold]bob", {"ce_loss": Mark(None, 4.0)}, "no\nmemory"), Row("cid"))
    lines = [re.split(r"  +", line.strip()) for line in text.splitlines()]
    assert lines[1:2] + lines[3:6] == [
        ["student", "ce_loss", "adam", "total", "what went wrong"],
        ["ann", "4/4", "0.33/6", "4.33/10"],
        ["[bold]bob", "?/4", "–", "?/4", "no memory"],
        ["cid", "–", "–", "–"],
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
    assert len(lines) <= 4 + 2 * 3 + 2  # where what went wrong stands below, it has two lines of its own
    ann = next(line for line in lines if line.startswith("ann"))
    assert "grad_" in "".join(lines[:3]) and ann.count("4/4") == 4 and "16/16" in ann
    assert "".join(lines).count("ce_loss: [b]The loss is 1") >= 2


def test_a_pipe_is_as_wide_as_columns_says(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = printed(*CLASS)
    monkeypatch.setenv("COLUMNS", "70")
    assert max(map(len, wide.splitlines())) > 120
    assert max(map(len, printed(*CLASS).splitlines())) <= 70


MANY = {f"question_{i}{'_of_a_long_name' * (i % 3)}": 4.0 for i in range(12)}
NAMES = ("ada", "student_2026_0000000001", "student_2026_0000000002", "firstname.lastname@university.example.edu",
         "王小明" * 8, "x" * 80)  # fmt: skip


def a_class(questions: int) -> list[Row]:
    """Students with long names and marks with all digits there may be."""
    rows = []
    for i, name in enumerate(NAMES):
        marks = {
            question: Mark((None, 1 / 3, most, 2.25, 0.0)[(i + j) % 5], most)
            for j, (question, most) in enumerate(list(MANY.items())[:questions])
        }
        trouble = f"{next(iter(MANY))}: NameError: name 'torhc' is not defined (in the line `torhc.zeros()`)" * (i % 2)
        rows.append(Row(name, marks, trouble, by_hand=ByHand(2.5, 6.0, waits=i == 1), penalty=1.25 * (i == 2)))
    return rows


def lines_at(width: int, rows: list[Row]) -> list[str]:
    file = io.StringIO()
    print_class_table(rows, "", Console(file=file, width=width, force_terminal=True, color_system=None))
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 110, 120, 160, 200])
@pytest.mark.parametrize("questions", [3, 7, 12])
def test_no_number_and_no_name_is_cut_at_any_width(width: int, questions: int) -> None:
    rows = a_class(questions)
    lines = lines_at(width, rows)
    assert max(cell_len(line) for line in lines) <= width
    text = "\n".join(lines)
    table = lines[: next(i for i, line in enumerate(lines) if "could not be judged" in line)]
    body = table[next(i for i, line in enumerate(table) if set(line.strip()) == {"─"}) + 1 :]
    assert "…" not in re.sub(r"\S{3,}…\S{3,}", "", "\n".join(body))  # but for the middle of a name
    names = [re.split(" {1,}", line)[0] for line in body if line and not line[0].isspace()][: len(rows)]
    assert len(set(names)) == len(rows)
    for row, name in zip(rows, names, strict=True):
        assert name == row.student or cell_len(name) >= 15
        total = "?" if row.total is None else f"{row.total:.2f}".rstrip("0").rstrip(".")
        assert re.search(rf"^{re.escape(name)} .*?(?<!\S){re.escape(total)}(\+\?)?(/\S+)?(\s|$)", text, re.MULTILINE)


def test_ten_questions_fit_in_80_columns() -> None:
    marks = {question: Mark(3.5, 4.0) for question in list(MANY)[:10]}
    lines = lines_at(80, [Row("student_2026_0000000001", marks, by_hand=ByHand(0, 6, waits=True), penalty=2.0)])
    assert lines[3].split() == ["student_…0000001", *["3.5"] * 10, "?", "-2", "33+?"]
    assert "1 question_0 (4), 2 question_1_of_a_long_name (4)" in lines[4]


def test_where_questions_have_no_room_they_are_told_below() -> None:
    marks = {question: Mark(1 / 3, 4.0) for question in MANY}
    lines = lines_at(40, [Row("ada", {**marks, "easy": Mark(4.0, 4.0)}, "adam: no")])
    assert lines[2].split() == ["ada", "8/52"]
    assert lines[3].startswith("ada: question_0 0.33/4,") and "easy" not in "".join(lines[3:])
    assert lines[-1] == "ada: adam: no"


def test_extra_points_are_told_from_others() -> None:
    marks = {"adam": Mark(4.0, 4.0), "extra": Mark(None, 0.0), "more": Mark(0.5, 0.0), "none": Mark(0.0, 0.0)}
    assert lines_at(80, [Row("ada", marks)])[2].split() == ["ada", "4/4", "?", "+0.5", "+0", "?/4"]


def test_what_many_have_in_common_is_told_once() -> None:
    trouble = "converge_adam: could not be judged: " + "no GPU " * 18
    lines = lines_at(
        60, [Row(name, {"adam": Mark(None, 4.0)}, trouble) for name in "abcde"] + [Row("f", {}, "no file")]
    )
    below = [line for line in lines if ": " in line and not line.startswith("?")]
    assert below == ["a, b and 3 more: converge_adam: could not be judged: no GPU", "f: no file"]


def test_what_humans_mark_and_lateness_have_columns() -> None:
    marks = {"adam": Mark(4.0, 4.0)}
    rows = [
        Row("a", marks, by_hand=ByHand(0, 6, waits=True)),
        Row("b", marks, by_hand=ByHand(2.5, 6, waits=True), penalty=1.5, seconds_late=7200.0),
        Row("c", marks, by_hand=ByHand(5, 6), seconds_late=7200.0),
        Row("d", marks, by_hand=ByHand(0, 6), penalty=9.0),
    ]
    lines = [line.split() for line in lines_at(80, rows)]
    assert lines[0] == ["student", "adam", "by", "hand", "late", "total"]
    assert lines[2:6] == [
        ["a", "4/4", "?/6", "4+?/10"],
        ["b", "4/4", "2.5+?/6", "-1.5", "5+?/10"],
        ["c", "4/4", "5/6", "2", "h", "9/10"],
        ["d", "4/4", "0/6", "-9", "0/10"],
    ]


def test_the_last_lines_count_what_the_rows_say() -> None:
    file = io.StringIO()
    good, bad = {"adam": Mark(4.0, 4.0), "extra": Mark(0.0, 0.0)}, {"adam": Mark(None, 4.0)}
    rows = [
        Row("a", good), Row("b", good, by_hand=ByHand(0, 6, True)), Row("c", {"adam": Mark(3.0, 4.0)}, penalty=1.0),
        Row("d", bad), Row("e"),
    ]  # fmt: skip
    print_outcome(rows, [Done("a", "n", Outcome.FAILED, True, "", 2.0)], Console(file=file, width=40))
    assert file.getvalue().splitlines() == [
        "5 students: 2 all right, 1 lost points, 2 could not be judged, 1 late, 1 still to be marked by hand.",
        "In this run: 1 judged, 0 known already.",
        "The slowest: a 2.0 s.",
    ]


LEFT = Unjudged("converge_adam and 2 more", "left to another machine: run `autograder grade linear_mnist` there")
LOST = "ce_loss: " + "The loss is 1, but it should be about 0. " * 4


@pytest.mark.parametrize("width", [40, 44, 80, 110, 160])
@pytest.mark.parametrize("trouble", ["adam: adam_step gave back None", LOST])
@pytest.mark.parametrize("students", [1, 2, 5])
def test_lost_points_and_the_step_for_the_rest_are_both_told(width: int, trouble: str, students: int) -> None:
    marks = {"ce_loss": Mark(0.0, 4.0), "converge_adam": Mark(None, 4.0)}
    cut_off = Unjudged("steps.ipynb", "it ends in the middle. It has to be handed in again", is_file=True)
    rows = [Row(f"student_{i}", marks, trouble, unjudged=(LEFT, cut_off)[: 1 + (i == 0)]) for i in range(students)]
    lines = lines_at(width, rows)
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    if students == 1:  # beside the points, lines of columns are mixed with others
        assert "another machine" in text and "handed in again" in text
    else:
        assert text.count(LEFT.why) == 1
    assert trouble[:12] in text and "…" not in text.replace("… Not", "").replace("… converge", "")


def test_a_student_may_have_lost_points_and_wait_for_a_verdict() -> None:
    both = {"adam": Mark(0.0, 4.0), "converge_adam": Mark(None, 4.0)}
    rows = [Row("a", both), Row("b", {"adam": Mark(None, 4.0)}), Row("c.zip", is_entry=True)]
    assert outcome(rows, [])[0] == (
        "2 students: 0 all right, 1 lost points, 2 with something that could not be judged; 1 entry can't be graded."
    )


def test_notebooks_are_called_notebooks_where_a_student_has_several() -> None:
    done = [Done("ada", title, Outcome.PASSED, title == "loss", "", 0.5) for title in ("loss", "steps")]
    assert outcome([], done)[1:] == [
        "2 notebooks in this run: 1 judged, 1 known already.",
        "The slowest: ada (loss) 0.5 s.",
    ]


def test_the_last_lines_break_at_spaces() -> None:
    file = io.StringIO()
    print_outcome([Row("a")] * 3, [], Console(file=file, width=44, force_terminal=True, color_system=None))
    assert file.getvalue().splitlines()[:2] == ["3 students: 0 all right, 0 lost points, 3", "could not be judged."]


def outcome(rows: list[Row], done: list[Done]) -> list[str]:
    file = io.StringIO()
    print_outcome(rows, done, Console(file=file, width=40))
    return file.getvalue().splitlines()
