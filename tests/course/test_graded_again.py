"""Graded, then something changes, then graded again: what depends on it is done anew, human marks stay."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from course import ASSIGNMENT, NOTEBOOK, Course, own_assignment
from faults import ALL
from nbgrader.apps import GenerateAssignmentApp

from autograder.course.gradebook import unanimous_tests
from autograder.grading import evidence_key
from autograder.grading.class_run import ClassRun

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12

TIME = datetime(2026, 11, 2, 10)
LATE = {"LateSubmissionPlugin": {"penalty_method": "zero"}}  # what is late gets no points


def answering(course: Course, name: str, body: str) -> dict[str, Any]:
    """A submission that is right but for one answer."""
    notebook = course.right()
    cell = next(cell for cell in notebook["cells"] if cell["id"] == name)
    cell["source"] = "".join(cell["source"]).partition(":")[0] + f":\n    {body}"
    return notebook


def mark(course: Course, student: str, points: float) -> None:
    """What a human does in the formgrader."""
    where = "derivation", "linear_mnist", ASSIGNMENT, student
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(*where)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment(*where).manual_comment = "Well done."
        gradebook.db.commit()


def marked(course: Course, student: str) -> tuple[float | None, str | None]:
    where = "derivation", "linear_mnist", ASSIGNMENT, student
    with course.gradebook() as gradebook:
        return gradebook.find_grade(*where).manual_score, gradebook.find_comment(*where).manual_comment


def edit(path: Path, old: str, new: str, after: str = "") -> None:
    """Change the first such text in a file, behind another one."""
    text = path.read_text()
    place = text.index(after)
    assert old in text[place:]
    path.write_text(text[:place] + text[place:].replace(old, new, 1))


def test_scores_that_the_gradebook_has_lost_are_put_back(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    students = ("a", "b", "c", "d", "e")
    for student in students:
        course.hand_in(student)
    assert course.autograde() == 0
    for student in students:
        mark(course, student, 2.5)
    with course.gradebook() as gradebook:
        gradebook.remove_submission(ASSIGNMENT, "a")
        for student, score in (("b", None), ("c", 5.5)):
            gradebook.find_grade("test_adam", "linear_mnist", ASSIGNMENT, student).auto_score = score
        for find in (gradebook.find_grade, gradebook.find_comment):
            gradebook.db.delete(find("batch_size", "linear_mnist", ASSIGNMENT, "d"))
        gradebook.db.commit()
    capsys.readouterr()
    assert course.autograde() == 0
    assert [course.scores(student) for student in students] == [ALL] * 5
    assert course.grade("d", "batch_size") == (None, None, True)
    assert [marked(course, student) for student in students] == [(None, None), *[(2.5, "Well done.")] * 4]
    assert course.log == [
        "To be graded again: 4 (a, b, c, d): the gradebook doesn't hold the scores that they were given"
    ]
    assert "0 judged, 4 known already" in capsys.readouterr().out
    assert course.autograde() == 0
    assert course.log == []


def test_an_assignment_that_was_removed_and_released_anew_is_graded_again(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde() == 0
    with course.gradebook() as gradebook:
        gradebook.remove_assignment(ASSIGNMENT)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    assert course.autograde() == 0
    assert course.scores("a") == ALL
    (course.root / "gradebook.db").unlink()
    assert course.run(GenerateAssignmentApp, "--force") == 0
    assert course.autograde() == 0
    assert course.scores("a") == ALL


@pytest.fixture
def hidden_tests(course: Course) -> Path:
    """The assignment's folder in the course's own, where it can be changed."""
    return own_assignment(course)


def test_a_changed_hidden_test_reaches_the_grades_and_human_marks_stay(
    course: Course, hidden_tests: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = tmp_path / "strict"
    body = f"import pathlib\n    return 'wrong' if pathlib.Path({str(strict)!r}).exists() else 'right'"
    course.hand_in("a", answering(course, "adam", body))
    course.hand_in("b")
    (course.folder("c") / NOTEBOOK).write_text("not a notebook")
    assert course.autograde() == 0
    assert course.scores("a") == ALL
    mark(course, "a", 2.5)
    edit(hidden_tests / "test_adam.py", '    """The new w is right after', '    """Right is the new w after')
    strict.touch()
    assert course.autograde() == 0
    assert course.scores("a") == ALL | {"test_adam": 0.0}
    assert marked(course, "a") == (2.5, "Well done.")
    assert course.log[0] == "To be graded again: 2 (a, b): the hidden tests of adam have changed"
    for name in ("misconceptions.py", "notes.pyc"):  # asked question by question; never read
        with (hidden_tests / name).open("a") as file:
            file.write("# one more line\n")
    assert course.autograde() == 0
    assert course.log == []
    versions = evidence_key._version
    monkeypatch.setattr(evidence_key, "_version", lambda name: "99" if name == "torch" else versions(name))
    strict.unlink()
    assert course.autograde() == 0
    assert course.scores("a") == ALL | {"test_adam": 0.0}
    (line,) = course.log
    assert "→ 99): 2 (a, b). These grades stand; to judge anew: nbgrader autograde linear_mnist --force" in line
    assert course.autograde("--force") == 0
    assert course.scores("a") == ALL
    assert course.autograde() == 0
    assert course.log == []


def test_a_release_with_other_cells_counts_and_one_with_other_prose_does_not(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde() == 0
    path = course.root / "release" / ASSIGNMENT / NOTEBOOK
    edit(path, "A small notebook", "A tiny notebook")
    assert course.autograde() == 0
    assert course.log == []
    edit(path, "DATA = 1", "DATA = 2")
    assert course.autograde() == 0
    assert course.log[0].startswith("To be graded again: 1 (a): the assignment has been released anew")


def test_what_systems_and_nbgrader_leave_in_a_folder_is_no_part_of_a_submission(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    course.hand_in("a")
    (course.folder("b") / ".DS_Store").write_text("x")
    assert course.autograde() == 0
    assert course.notes("b") == "Nothing was handed in."
    for place in (course.folder("a"), course.root / "source" / ASSIGNMENT):
        for name in (".DS_Store", "._linear_mnist.ipynb", "submission_secret.txt", "Thumbs.db"):
            (place / name).write_text("x")
    assert course.autograde() == 0
    assert course.log == []
    capsys.readouterr()
    assert course.autograde("--force") == 0
    assert "0 judged, 1 known already" in capsys.readouterr().out
    assert course.notes("a") == ""


def penalties(course: Course) -> list[float]:
    with course.gradebook() as gradebook:
        return [gradebook.find_submission(ASSIGNMENT, one).late_submission_penalty for one in ("a", "b", "c")]


def test_a_moved_due_date_moves_the_penalties_and_nothing_is_judged(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    for student, late in (("a", 1), ("b", 3), ("c", -1)):
        course.hand_in(student)
        (course.folder(student) / "timestamp.txt").write_text(f"{TIME + timedelta(hours=late)} UTC")

    def due(time: datetime) -> None:
        with course.gradebook() as gradebook:
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate=time)

    due(TIME)
    assert course.autograde(**LATE) == 0
    assert penalties(course) == [20.0, 20.0, 0.0]
    assert course.autograde(**LATE) == 0
    assert course.log == []  # they are what they would be today
    mark(course, "b", 2.5)
    due(TIME + timedelta(hours=2))
    capsys.readouterr()
    assert course.autograde(**LATE) == 0
    assert penalties(course) == [0.0, 22.5, 0.0]
    assert marked(course, "b") == (2.5, "Well done.")
    assert any(line.startswith("To be graded again: 2 (a, b): the due date") for line in course.log)
    assert "0 judged, 2 known already" in capsys.readouterr().out
    with course.gradebook() as gradebook:
        gradebook.grant_extension(ASSIGNMENT, "b", hours=5)
    assert course.autograde(**LATE) == 0
    assert penalties(course)[1] == 0.0
    assert course.autograde(**LATE) == 0
    assert course.log == []
    due(TIME)
    assert course.autograde() == 0  # with another rule as well: no penalties at all
    assert penalties(course)[0] == 0.0
    assert course.autograde(**LATE) == 0
    assert penalties(course)[0] == 20.0
    (course.folder("a") / "timestamp.txt").write_text(f"{TIME - timedelta(hours=1)} UTC")  # put right by hand
    assert course.autograde(**LATE) == 0
    assert penalties(course)[0] == 0.0


def test_a_hidden_test_that_rejects_the_reference_stops_the_run(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde() == 0
    course.hand_in("a", answering(course, "adam", "return 'wrong'"))
    source = course.root / "source" / ASSIGNMENT / NOTEBOOK
    right = source.read_text()
    edit(source, "'right'", "'other'", after="def adam_step")
    for _ in range(2):
        assert course.autograde("--force") == 1
        assert "The hidden test test_adam of adam rejects the reference solution (" in course.log[-1]
        assert ": adam_step gave back 'other'. Nothing was graded. Mend that (" in course.log[-1]
        assert course.scores("a") == ALL
        assert (course.root / "autograded" / "a" / ASSIGNMENT / NOTEBOOK).exists()
    source.write_text(right)
    assert course.autograde("--force") == 0
    assert course.scores("a") == ALL | {"test_adam": 0.0}


def test_a_hidden_test_that_the_stub_passes_stops_the_run(course: Course) -> None:
    course.hand_in("a", answering(course, "adam", "return 'wrong'"))
    (course.root / "submitted" / "b").mkdir()
    (course.root / "submitted" / "b" / ASSIGNMENT).write_text("a file")
    path = course.root / "release" / ASSIGNMENT / NOTEBOOK
    released = path.read_text()
    edit(path, "answer = None", "answer = 'right'", after="def adam_step")
    assert course.autograde() == 1
    assert "test_adam of adam gives 6 points for the notebook as handed out. Nothing was graded" in course.log[-1]
    assert not (course.root / "autograded").exists()
    with course.gradebook() as gradebook:
        assert gradebook.students == []
    path.write_text(released)
    assert course.autograde() == 0


def test_without_a_source_the_class_is_judged_all_the_same(course: Course) -> None:
    course.hand_in("a")
    shutil.rmtree(course.root / "source")
    assert course.autograde() == 0
    assert course.scores("a") == ALL
    (line,) = course.log
    assert line.startswith("The hidden tests are not tried on the reference solution, ")


def test_tests_that_nobody_passes_are_told_at_the_end(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unanimous_tests, "LEAST", 2)
    for student in ("a", "b", "c"):
        course.hand_in(student, answering(course, "adam", f"return 'wrong {student}'"))
    assert course.autograde() == 0
    assert course.log[-1] == (
        "Hidden tests that nobody passes: test_adam (0 of 3). Look at the tests, and at what their questions say"
    )


def _facts(student: object, **outcomes: str) -> dict[str, Any]:
    return {"submission": student, "tests": outcomes}


def test_only_a_class_of_some_size_says_anything_about_a_test() -> None:
    few = [_facts(i, t="failed", u="passed", v="passed" if i else "failed") for i in range(9)]
    for one_more in ({}, few[0], _facts("x", t="could not be judged")):
        assert unanimous_tests.unanimous([*few, one_more]) == ([], [])
    last = _facts("x", t="failed", u="passed", v="failed")
    assert unanimous_tests.unanimous([*few, last]) == (["t (0 of 10)"], ["u (10 of 10)"])


def test_what_could_not_be_read_and_was_put_right_is_graded_under_the_old_time(course: Course) -> None:
    path = course.hand_in("a")
    (course.folder("a") / "timestamp.txt").write_text("2026-11-02 10:00:00")
    first, second = path.with_name("one.ipynb"), path.with_name("two.ipynb")
    shutil.copy(path, first)
    path.rename(second)
    assert course.autograde() == 0
    assert course.scores("a") == dict.fromkeys(ALL)
    assert course.autograde() == 0
    assert course.scores("a") == dict.fromkeys(ALL)  # nothing was done about it
    second.rename(path)
    assert course.autograde() == 0
    assert course.scores("a") == ALL


def test_stopped_by_hand_it_says_so(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **more: object) -> None:
        raise KeyboardInterrupt

    course.hand_in("a")
    monkeypatch.setattr(ClassRun, "judge", stop)
    assert course.autograde() == 1
    assert course.log[-1].startswith("Stopped by hand. Nothing is lost")
    monkeypatch.undo()
    assert course.autograde() == 0
    assert course.scores("a") == ALL
