"""Whatever is odd about what a student made is a finding about that student: no fault of the grader's, and judged once.

The run as such goes well, the others' grades stay, and the next run leaves the finding alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from course import NOTEBOOK, Course
from nbformat.v4 import new_output

from autograder.course.feedback.pasted_results import paste
from autograder.course.intake import file_copies, submission_intake
from autograder.course.intake.file_copies import DEEPEST, regular_files
from autograder.course.intake.submission_time import time_of
from autograder.judge.evidence import CellResult, CellStatus, Evidence

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12

ALL = {"test_ce_loss": 4.0, "test_grad_func": 6.0, "test_sgd_momentum": 4.0, "test_adam": 6.0}
NONE = dict.fromkeys(ALL)


def nested(depth: int, inside: str = "1") -> str:
    return '{"a":' * depth + inside + "}" * depth


def deep_metadata(text: str) -> str:
    """Of the notebook and of each cell."""
    notebook = json.loads(text)
    for holder in (notebook, *notebook["cells"]):
        holder["metadata"]["deep"] = "HERE"
    return json.dumps(notebook).replace('"HERE"', nested(900))


def deep_sources(text: str) -> str:
    notebook = json.loads(text)
    for cell in notebook["cells"][:3]:
        cell["source"] = ["x = 1", "HERE"]
    return json.dumps(notebook).replace('"HERE"', nested(900))


def deep_marks(text: str) -> str:
    return text.replace('"schema_version": 3', f'"schema_version": {nested(900)}')


def huge_points(text: str) -> str:
    return text.replace('"schema_version": 3', f'"schema_version": 1{"0" * 400}').replace("4.0", f"1{'0' * 400}")


def half_a_character(text: str) -> str:
    notebook = json.loads(text)
    notebook["metadata"]["kernelspec"]["name"] += "\udfff"
    notebook["cells"][0]["metadata"]["tags"] = ["\ud800"]
    notebook["cells"][1]["source"] += "  # \ud800"
    return json.dumps(notebook)


def no_cells(text: str) -> str:
    return text.replace('"cells": [', f'"cells": [{"1, " * 100_000}')


READABLE = [deep_metadata, deep_sources, deep_marks, huge_points, half_a_character, no_cells]
UNREADABLE: dict[str, tuple[Callable[[str], str], str]] = {
    "deep": (lambda text: "[" * 30_000 + "]" * 30_000, "nested deeper than any notebook's"),
    "deep cell": (lambda text: text.replace('"cells": [', f'"cells": [{nested(30_000)}, '), "nested deeper"),
    "deep source": (lambda text: text.replace('"source": ', f'"source": {nested(5_000)}, "x": ', 1), "nested deeper"),
    "huge number": (lambda text: text.replace('"nbformat": 4', f'"nbformat": 1{"0" * 5_000}'), "not JSON as notebooks"),
}


def grade_twice(course: Course) -> list[str]:
    """Grade, and grade again; return the log of the first run, when the second has found nothing to do."""
    assert course.autograde() == 0
    log = list(course.log)
    assert course.autograde() == 0
    assert not any("again" in line or "could not be judged" in line for line in course.log), course.log
    return log


def taken_in(course: Course, text: str, staged: Path) -> dict[str, Any]:
    """What is noted of a submission when it has been taken in."""
    (course.folder("eve") / NOTEBOOK).write_text(text, encoding="utf-8")
    submission_intake.take_in(
        course.folder("eve"), staged, {NOTEBOOK: course.release}, submission_intake.IntakeLimits()
    )
    facts: dict[str, Any] = json.loads((staged / NOTEBOOK).read_text(encoding="utf-8"))["metadata"]["autograder"]
    return facts


def test_odd_notebooks_are_read(course: Course, tmp_path: Path) -> None:
    text = json.dumps(course.right())
    for change in READABLE:
        assert change(text) != text
        facts = taken_in(course, change(text), tmp_path / change.__name__)
        assert (change.__name__, facts["state"], len(facts["notes"]) < 5) == (change.__name__, "readable", True)
    assert any("100,000 cells of the file are not cells" in note for note in facts["notes"])


def test_no_more_notes_are_taken_than_anybody_reads(course: Course, tmp_path: Path) -> None:
    notebook = course.right()
    notebook["cells"] += [{"cell_type": f"kind {i}", "source": "", "metadata": {}} for i in range(500)]
    *notes, last = taken_in(course, json.dumps(notebook), tmp_path / "staged")["notes"]
    assert len(notes) == 40 and last.startswith("There is more of the kind (")


def test_notebooks_beyond_reading_are_to_be_handed_in_again(course: Course, tmp_path: Path) -> None:
    text = json.dumps(course.right())
    for name, (change, reason) in UNREADABLE.items():
        facts = taken_in(course, change(text), tmp_path / name)
        assert (name, facts["state"]) == (name, "unreadable") and "handed in again" in facts["problem"]
        assert reason in facts["problem"], name


def deep_folders(folder: Path, depth: int) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("x.py", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def test_of_odd_folders_what_is_work_is_found_and_the_rest_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    os.mkfifo(tmp_path / "pipe")
    for name, goal in (("loop", "."), ("nowhere", "missing"), ("passwords", "/etc/passwd")):
        (tmp_path / name).symlink_to(goal)
    deep_folders(tmp_path, 5_000)
    try:
        files, odd = regular_files(tmp_path)
        assert files == [Path("a.py")]
        *chain, loop, nowhere, passwords, pipe = odd
        assert [loop, nowhere, passwords, pipe] == ["loop", "nowhere", "passwords", "pipe"]
        assert [len(Path(path).parts) for path in chain] == [DEEPEST + 1]
    finally:
        remove_deep(tmp_path)


@pytest.mark.parametrize("broken", ["listdir", "lstat"])
def test_what_can_not_be_looked_at_is_odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """A path of a folder may be longer than any may be, or lie where nobody may look."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.py").touch()
    place, original = (file_copies.os, os.listdir) if broken == "listdir" else (Path, Path.lstat)

    def refused(path: Path) -> Any:
        if path.name == "sub":
            raise OSError(36, "File name too long")
        return original(path)

    monkeypatch.setattr(place, broken, refused)
    assert regular_files(tmp_path) == ([Path("a.py")], ["sub"])


def test_odd_folders_and_files_cost_nothing(new_course: Callable[[], Course]) -> None:
    course = new_course()
    for student in ("deep", "long", "odd", "timestamp", "zoe"):
        course.hand_in(student)
    deep_folders(course.folder("deep"), 5_000)
    for i in range(200):
        (course.folder("long") / f"{'n' * 240}{i}.py").touch()
    (course.folder("odd") / os.fsdecode(b"\xff\xfe.py")).touch()
    (course.folder("odd") / "a\nb\x1b[31m.py").touch()
    (course.folder("odd") / "loop").symlink_to(".")
    os.mkfifo(course.folder("odd") / "pipe")
    (course.folder("timestamp") / "timestamp.txt").mkdir()
    try:
        grade_twice(course)
        assert all(course.scores(student) == ALL for student in ("deep", "long", "odd", "timestamp", "zoe"))
        assert course.feedback() == 0
    finally:
        remove_deep(course.folder("deep"))


def remove_deep(folder: Path) -> None:
    """Remove a chain of folders that is deeper than any path is long, or than pytest can remove."""
    while (folder / "d" / "d").is_dir():
        (folder / "d" / "d").rename(folder / "e")
        for name in ("x.py",):
            (folder / "d" / name).unlink(missing_ok=True)
        (folder / "d").rmdir()
        (folder / "e").rename(folder / "d")


def test_what_nobody_has_thought_of_is_told_and_waits_for_a_human(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*arguments: Any) -> None:
        raise RecursionError("maximum recursion depth exceeded")

    course.hand_in("eve")
    monkeypatch.setattr(submission_intake, "beside_the_notebook", breaks)
    log = grade_twice(course)
    assert course.scores("eve") == NONE and course.grade("eve", "test_adam")[2]
    assert any("eve" in line and "can't be taken in (RecursionError" in line for line in log)


def test_a_disk_that_is_full_is_no_finding_about_a_student(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    course.hand_in("eve")
    monkeypatch.setattr(submission_intake, "beside_the_notebook", breaks)
    assert course.autograde() == 1


DEEP: Any = json.loads(nested(900))
OUTPUTS = [
    {"output_type": "display_data", "data": {"application/json": DEEP, "text/plain": "x"}, "metadata": DEEP},
    {"output_type": "display_data", "data": {"image/svg+xml": "<svg>" + "<g>" * 20_000}, "metadata": {}},
    {
        "output_type": "display_data",
        "data": {"text/html": f"<style>.dataframe {'(' * 100_000}</style>"},
        "metadata": {},
    },
    {"output_type": "stream", "name": "stdout", "text": "half a \ud800 character"},
    {"output_type": "stream", "name": "stdout", "text": 10**400},
    {"output_type": "error", "ename": "E", "evalue": "\udfff", "traceback": ["\ud800"]},
    {"output_type": "nothing"},
    {"output_type": "execute_result", "execution_count": 10**400, "data": {"image/png": "no\npicture"}, "metadata": {}},
    {"output_type": "display_data", "data": {"image/jpeg": "x' onerror='alert(1)"}, "metadata": {}},
    {"output_type": "display_data", "data": {f"kind/{i}": "x" for i in range(1_000)}, "metadata": {}},
    json.loads(nested(900)),
]


def test_outputs_of_any_kind_are_shown_or_left_out(course: Course) -> None:
    notebook = course.release
    notebook.cells = [cell for cell in notebook.cells if "import math" in cell.source]
    cells = (CellResult(0, CellStatus.OK, outputs=tuple(OUTPUTS)),)
    paste(notebook, Evidence("linear_mnist", (), cells, "namespaces"), {}, [])
    text = json.dumps(notebook, ensure_ascii=False)
    assert len(text.encode("utf-8")) < 20_000, "it can be written, and is no longer than it has to be"
    assert "half a ? character" in text
    shown = [kind for output in notebook.cells[0].outputs for kind in output.get("data", ())]
    assert set(shown) <= {"text/plain", "text/html", "image/svg+xml", "image/png"}
    assert text.count("kind/") < 20 and "onerror" not in text


def test_outputs_as_handed_in_may_be_anything(new_course: Callable[[], Course]) -> None:
    course = new_course()
    notebook = course.right()
    cell = next(cell for cell in notebook["cells"] if cell["id"] == "train")
    flat = [
        output
        for output in OUTPUTS
        if len(str(output)) < 5_000 or ("data" in output and "text/plain" not in output["data"])
    ]
    cell["outputs"] = [*flat, new_output("stream", text="seen")]
    (course.folder("eve") / NOTEBOOK).write_text(json.dumps(notebook))
    grade_twice(course)
    assert course.scores("eve") == ALL and "seen" in json.dumps(course.graded("eve"))


@pytest.mark.parametrize(
    "text",
    [
        "9" * 90, "1e400", "10^400", "-0", "NaN", "1:1:1:1:1", "2026-11-02T" * 7, "٣٤٥", "2026-13-45 99:99", "(" * 90,
        "10000000000000000 UTC", "2026-11-02 10:00:00 +99:99", "Jan Jan Jan", "0/0/0", "1.2.3.4.5", "\x00",
    ],
)  # fmt: skip
def test_a_time_of_any_kind_is_a_time_or_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "timestamp.txt"
    path.write_text(text)
    submission_intake.copy_timestamp(path, tmp_path / "copy.txt")
    assert not (tmp_path / "copy.txt").exists() or time_of(text)
