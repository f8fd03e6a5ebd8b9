"""What was handed out beside the notebook counts as it was handed out, whatever a student's folder has in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from course import ASSIGNMENT, NOTEBOOK, Course
from nbgrader.apps import GenerateAssignmentApp

from autograder.course.intake.reported_changes import ANEW
from autograder.report.text import gist

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12
HELPER = '"""Given."""\n\nvalue = "right"\n\n\ndef helped():\n    return value\n\n\nother = 1\nmore = 2\n'
ANSWER = "import helper\n\ndef adam_step():\n    return helper.helped()"
COPY = "The file “{}” is a copy of helper.py; what was handed out as helper.py counts."
IN_THE_PLACE = "Left out, since it would stand in the place of files that were handed out:"
Fault = Callable[[Path], None]


def edited(folder: Path) -> None:
    (folder / "helper.py").write_text(HELPER.replace('"right"', '"wrong"'))


def with_other_line_ends(folder: Path) -> None:
    (folder / "helper.py").write_bytes(b"\xef\xbb\xbf" + HELPER.replace("\n", "\r\n").encode() + b"\r\n")


def missing(folder: Path) -> None:
    (folder / "helper.py").unlink()


def all_missing(folder: Path) -> None:
    (folder / "helper.py").unlink()
    (folder / "selfcheck.py").unlink()


def renamed(folder: Path) -> None:
    (folder / "helper.py").rename(folder / "mine.py")


def renamed_and_edited(folder: Path) -> None:
    edited(folder)
    renamed(folder)


def downloaded_twice(folder: Path) -> None:
    (folder / "helper (1).py").write_text("# something else")


def a_package(folder: Path) -> None:
    (folder / "helper").mkdir()
    (folder / "helper" / "__init__.py").write_text("def helped():\n    return 'wrong'")
    (folder / "helper" / "rest.py").write_text("")


def a_compiled_module(folder: Path) -> None:
    (folder / "helper.abi3.so").write_bytes(b"\x7fELF")


def a_folder_in_its_place(folder: Path) -> None:
    missing(folder)
    (folder / "helper.py").mkdir()
    (folder / "helper.py" / "x.txt").write_text("x")


def own_files(folder: Path) -> None:
    (folder / "helper").mkdir()
    (folder / "helper" / "notes.txt").write_text("no package")
    (folder / "helper_2.py").write_text("mine = 1")
    (folder / "helpers.py").write_text("mine = 1")


INERT = "Not beside the graded notebook, where opening it could run them: {}, and lie{} where the work was handed in."
ONE, SEVERAL = INERT.format("{}. It counts in grading", "s"), INERT.format("{}. They count in grading", "")
FAULTS: list[tuple[Fault, str, list[str]]] = [  # what is said, and which files of the student's own are there
    (edited, "The file helper.py is not as it was handed out; what was handed out counts.", []),
    (with_other_line_ends, "", []),
    (missing, "The file helper.py is missing; it was put in as it was handed out.", []),
    (all_missing, "", []),
    (renamed, f"{COPY}\n{ONE}".replace("{}", "mine.py"), []),
    (renamed_and_edited, f"{COPY}\n{ONE}".replace("{}", "mine.py"), []),
    (downloaded_twice, f"{COPY}\n{ONE}".replace("{}", "helper (1).py"), []),
    (a_package, f"{IN_THE_PLACE} helper.", []),
    (a_compiled_module, f"{IN_THE_PLACE} helper.abi3.so.", []),
    (a_folder_in_its_place, f"{IN_THE_PLACE} helper.py.", []),
    (own_files, SEVERAL.format("helper_2.py, helpers.py"), ["helper/notes.txt"]),
]


def answered(course: Course) -> dict[str, Any]:
    """A right submission, but for one answer that is the helper's."""
    notebook = course.right()
    next(cell for cell in notebook["cells"] if cell["id"] == "adam")["source"] = ANSWER
    return notebook


def hand_in(course: Course, student: str, fault: Fault) -> None:
    folder = course.hand_in(student, answered(course)).parent
    (folder / "helper.py").write_text(HELPER)
    (folder / "selfcheck.py").write_text("handed_out = True\n")
    fault(folder)


@pytest.fixture(scope="module")
def graded(new_course: Callable[[], Course]) -> Course:
    """A course in which each student has done something else to the helper."""
    course = new_course()
    (course.root / "source" / ASSIGNMENT / "helper.py").write_text(HELPER)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    for fault, *_ in FAULTS:
        hand_in(course, fault.__name__, fault)
    course.before = course.submitted_hashes()  # type: ignore[attr-defined]
    assert course.autograde(Grading={"judge": "fake_judge.judge_beside_files"}) == 0
    return course


@pytest.mark.parametrize(("fault", "said", "own"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_what_was_handed_out_counts_and_what_was_changed_is_told(
    graded: Course, fault: Fault, said: str, own: list[str]
) -> None:
    student = fault.__name__
    assert graded.scores(student)["test_adam"] == 6.0
    assert graded.notes(student) == said
    told = [f"{student}: {gist(said.splitlines())}"] if said else []
    assert [line for line in graded.log if line.startswith(f"{student}: ")] == told
    copied = graded.root / "autograded" / student / ASSIGNMENT
    assert (copied / "helper.py").read_text() == HELPER
    found = sorted(path.relative_to(copied).as_posix() for path in copied.rglob("*") if path.is_file())
    assert found == sorted(["helper.py", NOTEBOOK, "selfcheck.py", *own])


def test_submissions_are_untouched(graded: Course) -> None:
    assert graded.submitted_hashes() == graded.before  # type: ignore[attr-defined]


def test_a_graded_class_is_not_judged_again(graded: Course) -> None:
    times = {path: path.stat().st_mtime_ns for path in (graded.root / "autograded").rglob("*.ipynb")}
    assert graded.autograde(Grading={"judge": "fake_judge.judge_beside_files"}) == 0
    assert {path: path.stat().st_mtime_ns for path in (graded.root / "autograded").rglob("*.ipynb")} == times


def test_what_was_handed_out_before_is_the_instructors_change(course: Course) -> None:
    source = course.root / "source" / ASSIGNMENT / "helper.py"
    for version in (HELPER.replace('"right"', '"wrong"'), HELPER):
        source.write_text(version)
        assert course.run(GenerateAssignmentApp, "--force") == 0
    hand_in(course, "late", edited)
    assert course.autograde(Grading={"judge": "fake_judge.judge_beside_files"}) == 0
    assert course.scores("late")["test_adam"] == 6.0
    assert course.notes("late") == f"The file helper.py was {ANEW}"
    assert f"1 student (late): The file helper.py was {ANEW}" in course.log


def test_a_file_of_the_source_that_was_not_released_again_counts_as_released(course: Course) -> None:
    source = course.root / "source" / ASSIGNMENT / "helper.py"
    source.write_text(HELPER)
    assert course.run(GenerateAssignmentApp, "--force") == 0
    source.write_text("raise RuntimeError('not released')")
    (source.parent / "checks.py").write_text("mine = True")
    hand_in(course, "ann", lambda folder: None)
    assert course.autograde(Grading={"judge": "fake_judge.judge_beside_files"}) == 0
    assert course.scores("ann")["test_adam"] == 6.0
    assert (course.root / "autograded" / "ann" / ASSIGNMENT / "helper.py").read_text() == HELPER


def test_a_time_of_submission_is_the_students_whatever_was_handed_out(course: Course) -> None:
    for folder in ("source", "release"):
        (course.root / folder / ASSIGNMENT / "timestamp.txt").write_text("2026-01-01 10:00:00 UTC")
    course.hand_in("ann")
    (course.folder("ann") / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    assert course.autograde() == 0
    graded = course.root / "autograded" / "ann" / ASSIGNMENT
    assert (graded / "timestamp.txt").read_text().strip() == "2026-11-02 10:00:00 UTC"
    with course.gradebook() as gradebook:
        assert str(gradebook.find_submission(ASSIGNMENT, "ann").timestamp).startswith("2026-11-02 10:00:00")


def test_files_that_are_the_students_to_keep_are_no_edits(course: Course) -> None:
    (course.root / "source" / ASSIGNMENT / "table.csv").write_text("to be filled in")
    assert course.run(GenerateAssignmentApp, "--force") == 0
    course.hand_in("ann")
    (course.folder("ann") / "table.csv").write_text("filled in")
    (course.folder("ann") / "selfcheck.py").write_text("handed_out = True\n")
    assert course.autograde(Autograde={"exclude_overwriting": {ASSIGNMENT: ["table.csv"]}}) == 0
    assert course.notes("ann") == ""
    assert (course.root / "autograded" / "ann" / ASSIGNMENT / "table.csv").read_text() == "filled in"
