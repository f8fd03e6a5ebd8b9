"""One class in which each student's submission has another fault: run once, and each gets what is due."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from course import ASSIGNMENT, NOTEBOOK, Course
from fake_judge import judge
from faults import ALL, FAULTS, THROUGH_NBGRADER, UNJUDGED, Fault

from autograder.course.gradebook.verdicts import verdicts
from autograder.course.intake.file_copies import FileLimits
from autograder.course.intake.submission_intake import IntakeLimits, State, take_in
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12
WHOLE = [fault for fault in FAULTS if fault.name in THROUGH_NBGRADER]
NEIGHBOURS = ("a", "m", "~z")  # right, before, between and after the faulty ones


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], Course]) -> Course:
    course = new_course()
    for student in NEIGHBOURS:
        course.hand_in(student)
    for fault in WHOLE:
        fault.hand_in(course, fault.name)
    course.before = course.submitted_hashes()
    course.status = course.autograde()
    return course


@pytest.mark.parametrize("fault", WHOLE, ids=lambda fault: fault.name)
def test_each_fault_gets_what_is_due_and_a_clear_line(graded: Course, fault: Fault) -> None:
    assert graded.scores(fault.name) == fault.due
    waiting = {name: graded.grade(fault.name, name)[2] for name in ALL}
    assert waiting == {name: score is None for name, score in fault.due.items()}
    assert fault.said in graded.notes(fault.name)
    if fault.said:
        lines = [line for line in graded.log if line.startswith(f"{fault.name}: ")]
        assert fault.said in "\n".join(lines)


def test_a_note_of_the_judges_is_logged_once_and_is_no_trouble_where_all_is_right(graded: Course) -> None:
    assert sum("torch.py stands beside" in line for line in graded.log) == 1
    assert "torch.py stands beside" in graded.notes("shadowing_module")
    assert graded.graded("shadowing_module").metadata.autograder.trouble == ""


def test_missing_data_is_told_to_the_student_but_is_no_trouble_of_theirs(course: Course) -> None:
    course.hand_in("ann")
    (course.folder("ann") / "no_data").touch()
    assert course.autograde() == 0
    assert "MNIST was not at hand" in course.notes("ann") + course.graded("ann").cells[0].source
    assert course.graded("ann").metadata.autograder.trouble == ""
    assert not any("MNIST" in line for line in course.log)


@pytest.mark.parametrize("student", NEIGHBOURS)
def test_neighbours_have_what_they_earned(graded: Course, student: str) -> None:
    assert graded.scores(student) == ALL
    assert not graded.notes(student)


def test_submissions_are_untouched(graded: Course) -> None:
    assert graded.submitted_hashes() == graded.before


def test_students_faults_are_no_failure_of_the_grader(graded: Course) -> None:
    assert graded.status == 0


def test_nothing_is_left_in_the_staging_folder(graded: Course) -> None:
    assert [path.name for path in (graded.root / ".autograder").iterdir()] == ["evidence"]


def test_an_unreadable_submission_waits_for_a_human_with_its_text_too(graded: Course) -> None:
    assert graded.grade("truncated", "derivation") == (None, None, True)
    assert graded.grade("empty_folder", "derivation") == (0.0, None, False)  # here nothing is there to be read
    with graded.gradebook() as gradebook:
        where = "derivation", ASSIGNMENT, ASSIGNMENT
        said = [gradebook.find_comment(*where, student).auto_comment for student in ("truncated", "text_deleted")]
    assert said == ["The submission could not be read.", "No response."]


def test_a_deleted_text_is_no_response(graded: Course) -> None:
    assert graded.grade("text_deleted", "derivation") == (0.0, None, False)
    assert graded.grade("text_deleted", "batch_size") == (None, None, True)


def test_stripped_text_keeps_its_place(graded: Course) -> None:
    cells = graded.graded("all_metadata_stripped").cells
    found = {cell.metadata.nbgrader.grade_id: cell.source for cell in cells if "nbgrader" in cell.metadata}
    assert (found["derivation"], found["batch_size"]) == ("my derivation", "my batch_size")


def test_the_training_cell_keeps_its_tag(graded: Course) -> None:
    for student in ("all_metadata_stripped", "training_cell_edited"):
        tagged = [cell for cell in graded.graded(student).cells if "skip-execution" in cell.metadata.get("tags", [])]
        assert ["trained" in cell.source for cell in tagged] == [True]


def test_no_other_tag_survives(graded: Course) -> None:
    for student in ("skip_execution_on_test_cell", "notes_forged"):
        tagged = [cell for cell in graded.graded(student).cells if cell.metadata.get("tags")]
        assert ["trained" in cell.source for cell in tagged] == [True]


def test_links_lead_nowhere(graded: Course) -> None:
    folder = graded.root / "autograded" / "links_to_secrets"
    assert sorted(path.name for path in folder.rglob("*")) == ["linear_mnist", "linear_mnist.ipynb", "selfcheck.py"]


@pytest.mark.parametrize("student", ["a", "truncated"])
def test_feedback_is_made_whatever_was_handed_in(graded: Course, student: str) -> None:
    assert graded.feedback(f"--student={student}") == 0
    page = graded.root / "feedback" / student / "linear_mnist" / "linear_mnist.html"
    text = page.read_text(encoding="utf-8")
    assert "test_ce_loss" in text
    assert ("is not a readable notebook: it is cut off" in text) == (student == "truncated")
    assert f"linear_mnist (Score: {'not graded yet' if student == 'truncated' else '20.0'} / 26.0)" in text
    assert text.count(">Test cell</a> (Score: not graded yet / ") == (4 if student == "truncated" else 0)
    assert text.count(">Written response</a> (Score: not graded yet / 3.0)") == 2  # by a person
    assert "The gradient</h2>" in text
    assert not re.search(r"¶|\b(In|Out)(&nbsp;| )?\[", text)  # no cell has a number


@pytest.mark.parametrize("fault", [f for f in FAULTS if f not in WHOLE], ids=lambda fault: fault.name)
def test_the_intake_alone_tells_the_rarer_faults_apart(course: Course, tmp_path: Path, fault: Fault) -> None:
    fault.hand_in(course, "b")
    before = course.submitted_hashes()
    limits = IntakeLimits(FileLimits(), notebook_size=2**20)
    lines = take_in(course.folder("b"), tmp_path / "staged", {NOTEBOOK: course.release}, limits)
    assert course.submitted_hashes() == before
    assert fault.said in "\n".join(lines)
    notebook = nbformat.read(tmp_path / "staged" / NOTEBOOK, as_version=4)
    if fault.due == UNJUDGED:
        assert notebook.metadata.autograder.state == State.UNREADABLE
    elif notebook.metadata.autograder.state == State.READABLE:
        found = verdicts(notebook, judge(notebook, LINEAR_MNIST, tmp_path, None))
        assert {name: verdict.score for name, verdict in found.items()} == fault.due
    else:
        assert not any(fault.due.values())
