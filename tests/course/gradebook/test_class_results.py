"""Rows of the class table: what the gradebook holds, whatever lies in the graded copies."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from course import ASSIGNMENT, NOTEBOOK, Course

from autograder.cli import main
from autograder.course.gradebook.class_results import UNJUDGED, class_rows, is_finished
from autograder.course.gradebook.gradebook_snapshot import Held, HeldGrade, HeldSubmission
from autograder.grading.progress import Progress
from autograder.report.class_rows import ByHand, Mark, Row, Unjudged

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12
DUE = datetime(2026, 11, 2, 10)
PLUGIN = """
from nbgrader.plugins import BasePlugin

class OnePointOff(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.0
"""


def graded_copy(folder: Path, name: str, questions: list[str], trouble: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    facts = {"scores": [[question, 1.0, 4.0] for question in questions], "trouble": trouble, "fault": ""}
    (folder / name).write_text(json.dumps({"metadata": {"autograder": facts}}))
    return folder


def grade(auto: float | None, most: float = 4.0, manual: float | None = None, by_hand: bool = False) -> HeldGrade:
    return HeldGrade(auto, manual, None, auto is None and manual is None, most, by_hand)


def test_two_notebooks_make_one_row(tmp_path: Path) -> None:
    graded_copy(tmp_path, "one.ipynb", ["b", "a"])
    graded_copy(tmp_path, "two.ipynb", ["a"], "a: wrong")
    cells = {
        "one": {"test_a": grade(1.0), "test_b": grade(1.0, manual=3.0), "text": grade(None, 6.0, by_hand=True)},
        "two": {"test_a": grade(None), "text": grade(0.0, 6.0, manual=5.0, by_hand=True)},
    }
    submission = HeldSubmission(cells, {"one": 0.5, "two": None}, DUE + timedelta(hours=2), DUE, 24.0)
    worth = {title: {name: one.max_points for name, one in held.items()} for title, held in cells.items()}
    (row,) = class_rows({"ada": tmp_path}, ["one.ipynb", "two.ipynb"], Held(worth, {"ada": submission}), {})
    marks = {"one/b": Mark(3.0, 4.0), "one/a": Mark(1.0, 4.0), "two/a": Mark(None, 4.0)}
    assert row == Row("ada", marks, "a: wrong", False, ByHand(5.0, 12.0, waits=True), 0.5, 7200.0)
    assert list(row.marks) == list(marks)  # in the notebooks' order
    assert (row.total, row.max_points) == (None, 24.0)


def test_a_copy_without_a_grade_says_so(tmp_path: Path) -> None:
    graded_copy(tmp_path / "ada", NOTEBOOK, ["a"])
    folders = {name: tmp_path / name for name in ("ada", "bob", "cid")}
    ada, bob, cid = class_rows(folders, [NOTEBOOK], Held(), {"cid": "no memory"})
    assert (ada.marks, ada.trouble) == ({}, "graded, but the gradebook doesn't know it: grade again")
    assert (bob.trouble, cid.unjudged) == ("not graded", (Unjudged("", "no memory"),))


def test_a_gradebook_that_does_not_know_the_assignment_has_a_step_before_grading_again(tmp_path: Path) -> None:
    graded_copy(tmp_path, NOTEBOOK, ["a"])
    (row,) = class_rows({"ada": tmp_path}, [NOTEBOOK], Held(), {}, ASSIGNMENT)
    assert [unjudged.whole for unjudged in row.unjudged] == [
        "the gradebook doesn't know linear_mnist: run `nbgrader generate_assignment linear_mnist --force`, "
        "then grade again"
    ]


def test_where_nothing_of_one_notebook_was_judged_it_is_named(tmp_path: Path) -> None:
    for name, unjudged in (("one.ipynb", {}), ("two.ipynb", {"what": "", "why": "no memory"})):
        facts = {"scores": [], "trouble": "", "fault": "", "unjudged": unjudged}
        (tmp_path / name).write_text(json.dumps({"metadata": {"autograder": facts}}))
    held = Held({}, {"ada": HeldSubmission({}, {}, None, None, 0.0)})
    (row,) = class_rows({"ada": tmp_path}, ["one.ipynb", "two.ipynb"], held, {})
    assert [unjudged.whole for unjudged in row.unjudged] == ["two.ipynb: could not be judged: no memory"]


@pytest.mark.parametrize("state", ["unreadable", "nothing"])
def test_a_notebook_of_texts_that_is_missing_or_unreadable_is_named(tmp_path: Path, state: str) -> None:
    graded_copy(tmp_path, "code.ipynb", ["a"], "a: wrong")
    facts = {"scores": [], "trouble": "", "fault": "", "state": state, "problem": "it is cut off"}
    (tmp_path / "texts.ipynb").write_text(json.dumps({"metadata": {"autograder": facts}}))
    cells = {"code": {"test_a": grade(1.0)}, "texts": {"text": grade(None, 6.0, by_hand=True)}}
    worth = {"code": {"test_a": 4.0}, "texts": {"text": 6.0}}
    submission = HeldSubmission(cells, {}, None, None, 10.0)
    (row,) = class_rows({"ada": tmp_path}, ["code.ipynb", "texts.ipynb"], Held(worth, {"ada": submission}), {})
    assert list(row.marks) == ["a"]  # one notebook alone has questions: there is nothing to tell apart
    if state == "nothing":
        assert row.trouble == "texts.ipynb: nothing was handed in. a: wrong"
    else:
        assert row.trouble == "a: wrong" and not row.is_judged
        assert [unjudged.whole for unjudged in row.unjudged] == ["texts.ipynb: could not be judged: it is cut off"]


ONE_AND_TWO = ["one.ipynb", "two.ipynb"]


def told(folder: Path, *facts: dict[str, object] | None) -> Row:
    """The row of a student with two graded notebooks, by their metadata."""
    for name, fact in zip(ONE_AND_TWO, facts, strict=True):
        if fact is not None:
            (folder / name).write_text(json.dumps({"metadata": fact}))
    held = Held({}, {"ada": HeldSubmission({}, {}, None, None, 0.0)})
    (row,) = class_rows({"ada": folder}, ONE_AND_TWO, held, {})
    return row


FINE = {"autograder": {"scores": [], "trouble": "", "fault": ""}}
OPEN = {"autograder": {"scores": [], "trouble": "", "fault": "", "sandbox": "off"}}
STOCK = {"autograder": {"graded_by_nbgrader": True}}


def test_one_notebook_that_ran_without_a_sandbox_is_enough_to_say_so(tmp_path: Path) -> None:
    assert told(tmp_path, FINE, OPEN).unprotected
    assert not told(tmp_path, FINE, FINE).unprotected


def test_what_nbgrader_has_graded_says_nothing_unless_it_was_meant_to(tmp_path: Path) -> None:
    assert told(tmp_path, STOCK, STOCK).trouble == ""
    assert told(tmp_path, STOCK, {}).trouble == UNJUDGED
    assert told(tmp_path, {"autograder": {}}, STOCK).trouble == "not graded"


def test_a_notebook_that_was_not_graded_is_named(tmp_path: Path) -> None:
    assert told(tmp_path, FINE, None).trouble == "two.ipynb: not graded"


def test_text_without_a_mark_waits_for_a_human(tmp_path: Path) -> None:
    graded_copy(tmp_path, NOTEBOOK, [])
    for manual, waits in ((None, True), (2.0, False)):
        held = HeldGrade(None, manual, None, False, 4.0, by_hand=True)  # though nbgrader doesn't say that it waits
        title = Path(NOTEBOOK).stem
        submission = HeldSubmission({title: {"text": held}}, {}, None, None, 4.0)
        (row,) = class_rows({"ada": tmp_path}, [NOTEBOOK], Held({title: {"text": 4.0}}, {"ada": submission}), {})
        assert row.by_hand is not None and row.by_hand.waits is waits


def test_a_student_is_done_with_when_each_notebook_was_graded_without_a_fault() -> None:
    fine, faulty = {"fault": ""}, {"fault": "no memory"}
    assert is_finished(ONE_AND_TWO, dict.fromkeys(ONE_AND_TWO, fine))
    assert not is_finished(ONE_AND_TWO, {"one.ipynb": fine})
    assert not is_finished(ONE_AND_TWO, {"one.ipynb": fine, "two.ipynb": faulty})


def test_the_table_shows_what_a_human_changed_and_who_was_late(
    course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    (course.root / "penalty.py").write_text(PLUGIN)
    course.hand_in("ann")
    (course.folder("ann") / "timestamp.txt").write_text("2026-11-02 12:00:00 UTC")
    with course.gradebook() as gradebook:
        gradebook.find_assignment(ASSIGNMENT).duedate = DUE
        gradebook.db.commit()
    assert course.autograde(AssignLatePenalties={"plugin_class": "penalty.OnePointOff"}) == 0
    said = capsys.readouterr().out
    assert ["ann", "4/4", "6/6", "4/4", "6/6", "?/6", "-1", "19+?/26"] in [line.split() for line in said.splitlines()]
    assert "1 student: 1 all right, 0 lost points, 0 could not be judged, 1 late, 1 still to be marked by hand." in said
    assert "ann: linear_mnist.ipynb: Late submission penalty: 1.0" in course.log
    with course.gradebook() as gradebook:
        gradebook.find_grade("derivation", "linear_mnist", ASSIGNMENT, "ann").manual_score = 2.5
        for name in ("test_adam", "batch_size"):
            gradebook.find_grade(name, "linear_mnist", ASSIGNMENT, "ann").manual_score = 0.5
        for cell in gradebook.find_submission_notebook("linear_mnist", ASSIGNMENT, "ann").grades:
            cell.needs_manual_grade = False
        gradebook.db.commit()
    assert main(["report", ASSIGNMENT, "--course", str(course.root)]) == 0
    said = capsys.readouterr().out
    assert ["ann", "4/4", "6/6", "4/4", "0.5/6", "3/6", "-1", "16.5/26"] in [line.split() for line in said.splitlines()]


def test_the_table_is_found_where_the_course_keeps_its_folders(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    config = course.root / "nbgrader_config.py"
    config.write_text(
        config.read_text() + 'c.CourseDirectory.directory_structure = "{nbgrader_step}/{assignment_id}/{student_id}"\n'
    )
    folder = course.root / "submitted" / ASSIGNMENT / "ann"
    folder.mkdir(parents=True)
    (folder / NOTEBOOK).write_text(json.dumps(course.right()))
    assert course.autograde() == 0
    assert course.feedback() == 0
    capsys.readouterr()
    assert main(["report", ASSIGNMENT, "--course", str(course.root)]) == 0
    said = capsys.readouterr().out
    assert "20+?/26" in said
    assert f"Feedback: {course.root}/feedback/{ASSIGNMENT}/<student>/{NOTEBOOK[:-6]}.html" in said


def test_a_tampered_notebook_is_one_line_in_the_log(course: Course) -> None:
    notebook = course.right()
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"] and cell["metadata"]["nbgrader"]["grade"]:
            cell["metadata"]["nbgrader"].update(points=100, locked=False, schema_version=3)
            cell["metadata"]["tags"] = ["skip-execution"]
    notebook["metadata"]["kernelspec"]["name"] = "mine"
    course.hand_in("ann", notebook)
    assert course.autograde() == 0
    assert len(course.notes("ann").splitlines()) > 2
    (line,) = course.log
    more = len(course.notes("ann").splitlines()) - 1
    assert line.startswith("ann: linear_mnist.ipynb: The") and f"({more} more notes: see the graded notebook)" in line


def test_progress_counts_what_there_is_to_judge(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(Progress, "__call__", lambda progress, done: seen.append((progress.total, len(seen) + 1)))
    for student in ("ann", "bob"):
        course.hand_in(student)
    course.folder("nothing")
    (course.folder("unreadable") / NOTEBOOK).write_text("x")
    assert course.autograde() == 0
    assert seen[-1] == (2, 2)
