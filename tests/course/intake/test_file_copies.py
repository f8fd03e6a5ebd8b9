from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.course.gradebook.gradebook_queries import patient
from autograder.course.intake import file_copies
from autograder.course.intake.file_copies import FileLimits, copy_files, regular_files
from autograder.course.intake.notebook_choice import NoNotebookError, NothingHandedInError, choose_notebook
from autograder.course.intake.submission_time import read_timestamp
from autograder.report.text import listed, one_line


def test_only_regular_files_are_found(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("a.py", "b/c.py", "b/d.pyc"):
        (tmp_path / name).write_text("x")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to("a.py")
    os.mkfifo(tmp_path / "b" / "pipe")
    found, odd = regular_files(tmp_path, ("*.pyc",))
    assert found == [Path("a.py"), Path("b/c.py")]
    assert odd == ["b/pipe", "circle", "link"]


def test_what_is_nobodys_work_is_not_found(tmp_path: Path) -> None:
    names = ["submission_secret.txt", ".DS_Store", "._a.py", "Thumbs.db", "desktop.ini", ".~lock.a.odt#", "~$a.docx"]
    names += [".a.py.swp", "a.py~", "__MACOSX/a.py", "b/.DS_Store", ".ipynb_checkpoints/a-checkpoint.ipynb"]
    for name in [*names, "a.py", ".hidden.py", "b/secret.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found, odd = regular_files(tmp_path)
    assert ([str(path) for path in found], odd) == ([".hidden.py", "a.py", "b/secret.txt"], [])


def test_a_folder_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        regular_files(tmp_path / "missing")


def test_sizes_and_numbers_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [Path("a"), Path("b"), Path("c"), Path("d")]
    for name, size in zip(names, (5, 11, 5, 5), strict=True):
        (tmp_path / name).write_bytes(bytes(size))
    monkeypatch.setattr(file_copies, "_MOST_FILES", 3)
    notes = copy_files(tmp_path, tmp_path / "copy", names, FileLimits(file_size=10, total_size=9))
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["a"]
    assert notes == ["Too large, left out: b, c.", "More than 3 files; the rest was left out, from d on."]


def test_a_file_that_vanishes_is_a_note(tmp_path: Path) -> None:
    notes = copy_files(tmp_path, tmp_path / "copy", [Path("gone")], FileLimits())
    assert notes == ["Could not be read, left out: gone (No such file or directory)."]


def test_with_several_notebooks_in_the_assignment_names_have_to_fit() -> None:
    found = [Path("One.ipynb"), Path("other.ipynb")]
    assert choose_notebook("one.ipynb", found, [], only_one=False)[0] == Path("One.ipynb")
    with pytest.raises(NoNotebookError, match="there is no notebook in the folder"):
        choose_notebook("two.ipynb", [Path("other.txt")], [], only_one=False)
    with pytest.raises(NothingHandedInError):
        choose_notebook("two.ipynb", [], [], only_one=False)


@pytest.mark.parametrize("beside", ["._mine.ipynb", ".mine.ipynb", "__MACOSX/._mine.ipynb", "notes.txt"])
def test_what_an_operating_system_leaves_beside_a_notebook_is_none(beside: str) -> None:
    chosen, notes = choose_notebook("linear_mnist.ipynb", [Path(beside), Path("mine.ipynb")], [], only_one=True)
    assert chosen == Path("mine.ipynb")
    assert len(notes) == 1 and "handed in as “mine.ipynb”" in notes[0]


@pytest.mark.parametrize("name", ["linear_mnist.ipynb", "Linear_MNIST.ipynb"])
def test_the_right_name_in_a_folder_comes_before_another_name_on_top(name: str) -> None:
    found = [Path("scratch.ipynb"), Path("work", name)]
    chosen, notes = choose_notebook("linear_mnist.ipynb", found, [], only_one=True)
    assert chosen == Path("work", name)
    assert any("scratch.ipynb" in note for note in notes)


def test_of_two_with_the_right_name_a_human_chooses() -> None:
    found = [Path("scratch.ipynb"), Path("a/one.ipynb"), Path("b/one.ipynb")]
    with pytest.raises(NoNotebookError, match=r"there are 3 notebooks and 2 are called one\.ipynb"):
        choose_notebook("one.ipynb", found, [], only_one=True)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-01 10:00:00 UTC", "2026-11-01 10:00:00"),
        ("2026-11-01 10:00:59 UTC", "2026-11-01 10:00:59"),
        ("2026-11-01T10:00:00.5+01:00\n", "2026-11-01 09:00:00.500000"),
        ("\ufeff2026-11-01T10:00:00Z", "2026-11-01 10:00:00"),
        ("", "None"),
        ("2026-11-01 10:00:00", "2026-11-01 10:00:00"),  # nbgrader's convention
        *[
            (f"2026-11-01 10:00:00{zone}", "2026-11-01 08:00:00")
            for zone in (
                "+0200",
                " +0200",
                " +02:00",
                "+02",
                " +02",
                " EET",
                " CEST",
                " UTC+2",
                " GMT+0200",
                " Africa/Cairo",
            )
        ],
        *[
            (f"2026-11-01 10:00:00{zone}", "2026-11-01 18:00:00")
            for zone in ("-0800", " -0800", " -08:00", " PST", " pst", "PST", " -0800 (PST)", " America/Los_Angeles")
        ],
        *[
            (f"2026-11-01 10:00:00{zone}", "2026-11-01 10:00:00")
            for zone in ("Z", " Z", "z", " utc", " GMT", " +0000", " -0000", " Etc/UTC")
        ],
        *[
            (f"2026-11-01 10:00:00 {zone}", f"2026-11-01 {hour}:00:00")
            for zone, hour in (("EST", 15), ("EDT", 14), ("PDT", 17), ("CET", "09"), ("JST", "01"), ("MESZ", "08"))
        ],
        ("2026-11-01T10:00:00+01:00[Europe/Berlin]", "2026-11-01 09:00:00"),
        ("2026-07-01 10:00:00 Europe/Berlin", "2026-07-01 08:00:00"),
        ("2026-11-01 10:00:00 +0530", "2026-11-01 04:30:00"),
        ("20261101T100000Z", "2026-11-01 10:00:00"),
        ("2026-11-01 10:00:00.123456 -0800", "2026-11-01 18:00:00.123456"),
        ("Sun Nov  1 10:00:00 CET 2026", "2026-11-01 09:00:00"),  # date
        ("Sun Nov 01 2026 10:00:00 GMT+0100 (CET)", "2026-11-01 09:00:00"),  # JavaScript
        ("Sun, 01 Nov 2026 10:00:00 -0800", "2026-11-01 18:00:00"),  # e-mail
        ("01.11.2026 10:00", "2026-11-01 10:00:00"),
        ("13/11/2026 10:00 PM", "2026-11-13 22:00:00"),
        ("1793527200", "2026-11-01 10:00:00"),
        ("1793527200.5", "2026-11-01 10:00:00.500000"),
        ("1793527200000", "2026-11-01 10:00:00"),
    ],
)
def test_times_are_read(tmp_path: Path, text: str, time: str) -> None:
    (tmp_path / "timestamp.txt").write_text(text, encoding="utf-8")
    assert str(read_timestamp(tmp_path / "timestamp.txt")) == time


@pytest.mark.parametrize("text", [
    "yesterday", "9" * 10_000, "2026-13-01 10:00:00 UTC", "\x00",
    "10:00", "Monday 10:00", "1 November", "2026",  # the rest would be today's
    "2026-11-01 10:00:00 IST", "2026-11-01 10:00:00 CST", "2026-11-01 10:00:00 XYZ", "2026-11-01 10:00:00 Nowhere/Land",
    "02/11/2026 10:00", "2-11-26", "2026-11-01 10:00:00 +9900",
])  # fmt: skip
def test_what_is_no_time_is_a_value_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "timestamp.txt").write_text(text)
    with pytest.raises(ValueError, match=r".*"):
        read_timestamp(tmp_path / "timestamp.txt")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////srv/my course/gradebook.db", "sqlite:////srv/my course/gradebook.db?timeout=30"),
        ("sqlite:///g.db?timeout=5", "sqlite:///g.db?timeout=5"),
        ("sqlite://", "sqlite://"),
        ("postgresql+psycopg2://me:secret@host/grades", "postgresql+psycopg2://me:secret@host/grades"),
        ("nonsense", "nonsense"),
    ],
)
def test_only_sqlite_gets_a_timeout(url: str, expected: str) -> None:
    assert patient(url, 30) == expected


def test_log_lines_are_printable_and_short() -> None:
    assert one_line("a\n\x1b[31m\ud800\u202eb") == "a ?[31m??b"
    assert len(one_line("x" * 1000)) == 200
    assert listed(["a", "b", "c"], limit=2) == "a, b and 1 more"
