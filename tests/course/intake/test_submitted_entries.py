"""Everything that lies in submitted/ is graded or named, whatever it is called."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from course import ASSIGNMENT, NOTEBOOK, Course
from faults import ALL
from nbgrader.apps import AutogradeApp, ExportApp
from traitlets.config import Config

from autograder.cli import main
from autograder.course.intake.submission_intake import IntakeLimits, take_in
from autograder.course.intake.submitted_entries import _Place

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12
ODD = [
    r"AD\jdoe",
    "group [3]",
    "a*b",
    "a?",
    "Ünï cødé 学生",
    "-dash",
    ".dot",
    "{x}",
    "it's",
    "ada, bob",
    "100%",
    "$HOME",
]


@pytest.fixture(scope="module")
def graded(new_course: Any) -> Course:
    course = new_course()
    for student in [*ODD, "axb"]:
        course.hand_in(student)
    course.status = course.autograde()
    return course


@pytest.mark.parametrize("student", ODD)
def test_students_of_any_name_are_graded_and_get_feedback(graded: Course, student: str) -> None:
    assert graded.status == 0, graded.log
    assert graded.scores(student) == ALL
    assert graded.feedback() == 0
    assert (graded.root / "feedback" / student / ASSIGNMENT / "linear_mnist.html").is_file()


def test_they_are_in_the_table_and_in_the_export(graded: Course, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", ASSIGNMENT, "--course", str(graded.root)]) == 0
    shown = capsys.readouterr().out
    graded.run(ExportApp)
    exported = (graded.root / "grades.csv").read_text(encoding="utf-8")
    for student in ODD:
        assert student.split()[0] in shown
        assert student in exported


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("group [3]", ["group [3]"]),
        ("a*b", ["a*b"]),
        (r"AD\jdoe", [r"AD\jdoe"]),
        ("a?b", ["a*b", "axb"]),
        ("ax[a-c]", ["axb"]),
        (".dot", [".dot"]),
    ],
)
def test_a_folder_of_exactly_that_name_comes_before_a_pattern(graded: Course, wanted: str, found: list[str]) -> None:
    paths = {path.parts[-3]: path for path in (graded.root / "autograded").glob(f"*/{ASSIGNMENT}/{NOTEBOOK}")}
    before = {student: path.stat().st_mtime_ns for student, path in paths.items()}
    assert graded.autograde("--force", f"--student={wanted}") == 0
    changed = [student for student, path in paths.items() if path.stat().st_mtime_ns != before[student]]
    assert sorted(changed) == found


def test_judging_alone_finds_them_in_the_same_way(graded: Course, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["grade", ASSIGNMENT, "--course", str(graded.root), "--explain", "--student"]
    assert main([*arguments, "group [3]"]) == 0
    assert "group [3]" in capsys.readouterr().out
    assert main([*arguments, "nobody"]) == 1


def test_feedback_for_one_of_them(graded: Course) -> None:
    shutil.rmtree(graded.root / "feedback", ignore_errors=True)
    assert graded.feedback("--student=group [3]") == 0
    assert [path.name for path in (graded.root / "feedback").iterdir()] == ["group [3]"]


def entry(course: Course, path: str, content: bytes | None = None) -> None:
    whole = course.root / "submitted" / path
    whole.parent.mkdir(parents=True, exist_ok=True)
    whole.write_bytes(json.dumps(course.right()).encode() if content is None else content)


def test_what_cannot_be_graded_is_named_with_the_next_step(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in("ann")
    entry(course, f"case/Linear_MNIST/{NOTEBOOK}")
    entry(course, f"direct/{NOTEBOOK}")
    entry(course, f"deep/extracted/mine/{NOTEBOOK}")
    entry(course, "loose.ipynb")
    entry(course, "class.zip", b"PK\x03\x04")
    entry(course, os.fsdecode(b"bytes\xff/") + f"{ASSIGNMENT}/{NOTEBOOK}")
    entry(course, f"two\nlines/{ASSIGNMENT}/{NOTEBOOK}")
    (course.root / "submitted" / "empty").mkdir()
    entry(course, "other/other_assignment/other.ipynb")
    (course.root / "source" / "other_assignment").mkdir()
    entry(course, ".DS_Store", b"x")
    assert course.autograde() == 1
    log = "\n".join(course.log)
    shown = capsys.readouterr().out
    for name, step in (
        ("case", "rename the folder Linear_MNIST to linear_mnist"),
        ("direct", "move it into a folder linear_mnist"),
        ("deep", "move it into a folder linear_mnist"),
        ("loose.ipynb", "put it into a folder"),
        ("class.zip", "unpack it"),
        ("bytes?", "rename the folder"),
        ("two lines", "rename the folder"),
    ):
        line = next((line for line in course.log if line.startswith(f"{name}: ")), log)
        assert step in line, line
        assert name.split("?")[0] in shown
    assert not any(line.startswith(("empty", "other", ".DS_Store")) for line in course.log)
    assert course.scores("ann") == ALL
    assert course.autograde("--student=ann", "--force") == 0


def test_a_folder_that_cannot_be_opened_is_named(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    for student in ("ann", "bob"):
        course.hand_in(student)
    exists = Path.exists

    def closed(path: Path) -> bool:
        if "bob" in path.parts:
            raise PermissionError(13, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(Path, "exists", closed)
    assert course.autograde() == 1
    assert any(line.startswith("bob: can't be graded: it can't be opened") for line in course.log)
    assert course.scores("ann") == ALL


def test_the_others_are_named_where_nobody_can_be_graded(course: Course) -> None:
    entry(course, f"case/LINEAR_MNIST/{NOTEBOOK}")
    assert course.autograde() == 1
    assert any("rename the folder LINEAR_MNIST" in line for line in course.log)


def test_another_directory_structure(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    structure = "{nbgrader_step}/{assignment_id}/s-{student_id}"
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(f"c.CourseDirectory.directory_structure = {structure!r}\n")
        file.write("c.CourseDirectory.autograded_directory = 'graded'\n")
    (course.root / "release" / ASSIGNMENT / "s-.").mkdir()
    (course.root / "source" / ASSIGNMENT / "s-.").mkdir()
    shutil.move(course.root / "release" / ASSIGNMENT / NOTEBOOK, course.root / "release" / ASSIGNMENT / "s-.")
    notebook = (course.root / "release" / ASSIGNMENT / "s-." / NOTEBOOK).read_text(encoding="utf-8")
    for student in (r"AD\jdoe", "g [3]"):
        folder = course.root / "submitted" / ASSIGNMENT / f"s-{student}"
        folder.mkdir(parents=True)
        (folder / NOTEBOOK).write_text(notebook)
    assert course.run(AutogradeApp) == 0, course.log
    capsys.readouterr()
    assert main(["report", ASSIGNMENT, "--course", str(course.root)]) == 0
    shown = capsys.readouterr().out
    assert r"AD\jdoe" in shown and "g [3]" in shown and "0/26" in shown


def test_files_beside_the_notebook_lie_beside_it_when_it_is_judged(course: Course, tmp_path: Path) -> None:
    right = json.dumps(course.right()).encode()
    for name, content in {
        f"linear_mnist/{NOTEBOOK}": right,
        "linear_mnist/helpers.py": b"inner = 1",
        "linear_mnist/data/a.csv": b"1,2",
        "linear_mnist/timestamp.txt": b"yesterday",
        "helpers.py": b"outer = 1",
        "notes.md": b"my notes",
        "other/x.py": b"x = 1",
    }.items():
        (course.folder("ann") / name).parent.mkdir(parents=True, exist_ok=True)
        (course.folder("ann") / name).write_bytes(content)
    lines = take_in(course.folder("ann"), tmp_path / "staged", {NOTEBOOK: course.release}, IntakeLimits())
    found = {str(path.relative_to(tmp_path / "staged")) for path in (tmp_path / "staged").rglob("*") if path.is_file()}
    assert found == {NOTEBOOK, "helpers.py", "data/a.csv", "notes.md", "other/x.py", "linear_mnist/timestamp.txt"}
    assert (tmp_path / "staged" / "helpers.py").read_bytes() == b"inner = 1"
    assert any("helpers.py" in line and "beside the notebook" in line for line in lines)
    assert course.autograde() == 0
    assert (course.root / "autograded" / "ann" / ASSIGNMENT / "data" / "a.csv").read_bytes() == b"1,2"


def test_the_pattern_of_the_configuration_counts(course: Course) -> None:
    for student in ("ann", "bob"):
        course.hand_in(student)
    assert course.autograde(**Config(CourseDirectory={"student_id": "a*", "student_id_exclude": "zoe"})) == 0
    assert not (course.root / "autograded" / "bob").exists()


def test_what_the_system_leaves_is_no_student(tmp_path: Path) -> None:
    (tmp_path / ".dot").mkdir()
    (tmp_path / ".hidden").touch()
    place = _Place(tmp_path, re.compile("(.+)", re.DOTALL), ())
    for name in ("Thumbs.db", "desktop.ini", "__MACOSX", ".ipynb_checkpoints", ".hidden"):
        assert place.student(name) is None
    assert [place.student(name) for name in ("ada", ".dot", "macosx")] == ["ada", ".dot", "macosx"]
