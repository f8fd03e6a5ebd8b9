"""A class is graded, something changes, and it is graded again: what changed is seen, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from course import ASSIGNMENT, NOTEBOOK, Course
from faults import ALL

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12


def answering(course: Course, answer: str, name: str = "adam", function: str = "adam_step") -> dict[str, Any]:
    notebook = course.right()
    cell = next(cell for cell in notebook["cells"] if cell["id"] == name)
    cell["source"] = f"def {function}():\n    return {answer!r}"
    return notebook


def at(course: Course, student: str, time: str) -> None:
    """Say when the student handed in."""
    (course.folder(student) / "timestamp.txt").write_text(time)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def made(course: Course, student: str) -> int:
    """When the autograded copy was made."""
    return (course.root / "autograded" / student / ASSIGNMENT / NOTEBOOK).stat().st_mtime_ns


@pytest.fixture(scope="module")
def graded_once(new_course: Callable[[], Course]) -> Path:
    """Ada has an error, Bob has none; both handed in at ten and were graded."""
    course = new_course()
    course.hand_in("ada", answering(course, "wrong"))
    course.hand_in("bob")
    for student in ("ada", "bob"):
        at(course, student, "2026-11-02 10:00:00 UTC")
    assert course.autograde() == 0
    assert course.scores("ada") == ALL | {"test_adam": 0.0}
    return course.root


@pytest.fixture
def graded(graded_once: Path, tmp_path: Path) -> Course:
    """That class, to be changed."""
    shutil.copytree(graded_once, tmp_path, dirs_exist_ok=True)
    return Course(tmp_path)


def test_who_hands_in_again_is_graded_again_and_nobody_else(graded: Course) -> None:
    before = made(graded, "bob")
    graded.hand_in("ada")
    at(graded, "ada", "2026-11-02 10:00:01 UTC")
    assert graded.autograde() == 0
    assert graded.scores("ada") == graded.scores("bob") == ALL
    assert made(graded, "bob") == before
    graded.hand_in("ada", answering(graded, "half"))  # and once more
    at(graded, "ada", "2026-11-02T12:00:03+01:00")
    assert graded.autograde() == 0
    assert graded.scores("ada") == ALL | {"test_adam": 3.0}
    with graded.gradebook() as gradebook:
        assert str(gradebook.find_submission(ASSIGNMENT, "ada").timestamp) == "2026-11-02 11:00:03"


@pytest.mark.parametrize("damage", ["words", "a folder", "bytes", "a link in a circle", "none"])
def test_a_time_that_has_become_unreadable_keeps_nobody_from_being_graded(graded: Course, damage: str) -> None:
    path = graded.folder("ada") / "timestamp.txt"
    path.unlink()
    match damage:
        case "words":
            path.write_text("yesterday evening")
        case "a folder":
            path.mkdir()
        case "bytes":
            path.write_bytes(b"\xff\xfe\x00\xd8")
        case "a link in a circle":
            path.symlink_to(path)
    graded.hand_in("cid")
    graded.hand_in("bob", answering(graded, "half"))
    at(graded, "bob", "2026-11-02 11:00:00 UTC")
    assert graded.autograde() == 0
    assert graded.scores("cid") == ALL
    assert graded.scores("bob") == ALL | {"test_adam": 3.0}
    assert graded.scores("ada") == ALL | {"test_adam": 0.0}


def test_lateness_counts_by_the_second(course: Course) -> None:
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2026-11-02 10:00:30 UTC")
    for student, time in (("early", "10:00:29"), ("late", "10:00:59")):
        course.hand_in(student)
        at(course, student, f"2026-11-02 {time} UTC")
    assert course.autograde() == 0
    with course.gradebook() as gradebook:
        seconds = {name: gradebook.find_submission(ASSIGNMENT, name).total_seconds_late for name in ("early", "late")}
    assert seconds == {"early": 0.0, "late": 29.0}


def test_a_fault_of_the_graders_is_made_good_by_the_next_run(graded: Course) -> None:
    graded.hand_in("cid", answering(graded, "not judged", "ce_loss", "CE_loss"))
    before = {student: made(graded, student) for student in ("ada", "bob")}
    assert graded.autograde() == 1
    assert graded.scores("cid") == ALL | {"test_ce_loss": None}
    assert graded.grade("cid", "test_ce_loss") == (None, None, True)
    assert graded.autograde() == 1  # nothing was mended
    assert graded.scores("cid") == ALL | {"test_ce_loss": None}
    graded.hand_in("cid")
    assert graded.autograde() == 0
    assert graded.grade("cid", "test_ce_loss") == (4.0, None, False)
    assert {student: made(graded, student) for student in before} == before


def test_a_file_that_could_not_be_read_is_handed_in_again(graded: Course) -> None:
    path = graded.folder("cid") / NOTEBOOK
    path.write_text("cut o")
    at(graded, "cid", "2026-11-02 10:00:00 UTC")
    assert graded.autograde() == 0
    assert graded.grade("cid", "test_adam") == (None, None, True)
    assert graded.grade("cid", "derivation") == (None, None, True)
    graded.hand_in("cid")
    at(graded, "cid", "2026-11-02 10:30:00 UTC")
    assert graded.autograde() == 0
    assert graded.scores("cid") == ALL
    assert graded.grade("cid", "test_adam") == (6.0, None, False)
    path.write_text("cut o")  # and broken once more: the old scores are not for this file
    at(graded, "cid", "2026-11-02 10:40:00 UTC")
    assert graded.autograde() == 0
    assert graded.scores("cid") == dict.fromkeys(ALL)


def give(course: Course, student: str, name: str, **values: float) -> None:
    """Have a human change a grade in the formgrader."""
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, student)
        for field, value in values.items():
            setattr(grade, field, value)
        grade.needs_manual_grade = False
        gradebook.db.commit()


def given(course: Course, student: str, name: str) -> tuple[Any, Any, Any]:
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, student)
        return grade.auto_score, grade.manual_score, grade.extra_credit


@pytest.mark.parametrize("again", ["handed in again", "--force"])
def test_what_a_human_gave_is_there_after_the_next_grading(graded: Course, again: str) -> None:
    give(graded, "ada", "test_adam", manual_score=2.5, extra_credit=0.5)
    give(graded, "ada", "derivation", manual_score=2.0, extra_credit=1.0)
    give(graded, "ada", "batch_size", extra_credit=0.25)
    give(graded, "ada", "test_ce_loss", extra_credit=0.75)
    with graded.gradebook() as gradebook:
        gradebook.find_comment("derivation", ASSIGNMENT, ASSIGNMENT, "ada").manual_comment = "Well derived."
        gradebook.db.commit()
    graded.hand_in("ada", answering(graded, "half"))
    at(graded, "ada", "2026-11-02 11:00:00 UTC")
    assert graded.autograde(*([] if again == "handed in again" else [again])) == 0
    assert given(graded, "ada", "test_adam") == (3.0, 2.5, 0.5)
    assert graded.grade("ada", "test_adam")[2]  # the human sees the new work; what the judge alone gave is done
    assert not graded.grade("ada", "test_ce_loss")[2]
    assert given(graded, "ada", "derivation") == (None, 2.0, 1.0)
    assert given(graded, "ada", "batch_size") == (None, None, 0.25)
    assert given(graded, "ada", "test_ce_loss") == (4.0, None, 0.75)
    with graded.gradebook() as gradebook:
        comment = gradebook.find_comment("derivation", ASSIGNMENT, ASSIGNMENT, "ada")
        assert comment.manual_comment == "Well derived."
        found = gradebook.find_submission(ASSIGNMENT, "ada")  # a text nobody has marked yet counts for nothing
        assert found.score == (4 + 0.75) + 6 + 4 + (2.5 + 0.5) + (2 + 1)


def test_a_file_beside_the_notebook_that_changed_counts(graded: Course) -> None:
    source = "import pathlib\n\ndef adam_step():\n    return pathlib.Path('answer').read_text()"
    notebook = graded.right()
    next(cell for cell in notebook["cells"] if cell["id"] == "adam")["source"] = source
    for time, answer, points in (("10:01", "half", 3.0), ("10:02", "right", 6.0)):
        graded.hand_in("cid", notebook)
        (graded.folder("cid") / "answer").write_text(answer)
        (graded.root / "answer").write_text(answer)  # the judge for tests runs code in the course's folder
        at(graded, "cid", f"2026-11-02 {time}:00 UTC")
        assert graded.autograde() == 0
        assert graded.scores("cid")["test_adam"] == points


def test_the_file_that_was_handed_in_is_replaced_by_the_next_one(graded: Course) -> None:
    helper, copied = (Path(graded.root, part, "ada", ASSIGNMENT) for part in ("submitted", "autograded"))
    (helper / "helper.csv").write_text("1")
    (helper / "old.csv").write_text("1")
    at(graded, "ada", "2026-11-02 11:00:00 UTC")
    assert graded.autograde() == 0
    assert files(copied) == ["helper.csv", NOTEBOOK, "old.csv", "selfcheck.py", "timestamp.txt"]
    (helper / "helper.csv").write_text("2")
    (helper / "old.csv").unlink()
    at(graded, "ada", "2026-11-02 12:00:00 UTC")
    assert graded.autograde() == 0
    assert (copied / "helper.csv").read_text() == "2"
    assert files(copied) == ["helper.csv", NOTEBOOK, "selfcheck.py", "timestamp.txt"]


def test_feedback_after_a_second_grading_is_the_new_one(graded: Course) -> None:
    page = graded.root / "feedback" / "ada" / ASSIGNMENT / "linear_mnist.html"
    assert graded.feedback() == 0
    assert "Score: 14.0 / 26.0" in page.read_text(encoding="utf-8")
    graded.hand_in("ada")
    at(graded, "ada", "2026-11-02 11:00:00 UTC")
    assert graded.autograde() == 0
    assert graded.feedback("--force") == 0
    assert "Score: 20.0 / 26.0" in page.read_text(encoding="utf-8")


def test_a_second_run_over_the_same_class_changes_nothing(
    graded: Course, new_course: Callable[[], Course], capsys: pytest.CaptureFixture[str]
) -> None:
    notebooks = {student: (made(graded, student), graded.graded(student)) for student in ("ada", "bob")}
    capsys.readouterr()
    assert graded.autograde() == 0
    assert "14+?/26" in capsys.readouterr().out  # the table shows those who were graded before, too
    assert {student: (made(graded, student), graded.graded(student)) for student in notebooks} == notebooks
