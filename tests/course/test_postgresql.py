"""The gradebook in PostgreSQL, as courses with several graders at once have it. Needs Debian's package postgresql."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from course import ASSIGNMENT, Course
from faults import ALL
from nbgrader.api import Gradebook
from nbgrader.apps import GenerateAssignmentApp

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
pytestmark = [
    pytest.mark.skipif(not PROGRAMS, reason="no PostgreSQL server is installed"),
    pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning"),  # nbgrader, from Python 3.12
]


def run(program: str, *arguments: str) -> None:
    """Run one of the server's programs; root may not, so as its own user then."""
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run([PROGRAMS[-1] / program, *arguments], check=True, capture_output=True, cwd="/", **user)


@pytest.fixture
def db_url(tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database on a server of its own, which listens on a socket in a folder only."""
    folder = Path("/tmp") / f"autograder-postgresql-{os.getpid()}"  # sockets have short names
    folder.mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, user = str(folder / "data"), "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    try:
        run("initdb", "-D", data, "-A", "trust", "-N")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start")
        try:
            run("createdb", "-h", str(folder), "gradebook")
            yield f"postgresql+psycopg2://{user}@/gradebook?host={folder}"
        finally:
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def test_a_class_is_graded_into_postgresql(course: Course, db_url: str) -> None:
    config = course.root / "nbgrader_config.py"
    config.write_text(
        config.read_text() + f"c.CourseDirectory.db_url = {db_url!r}\nc.CourseDirectory.course_id = 'a course'\n"
    )
    assert course.run(GenerateAssignmentApp, "--force") == 0
    course.hand_in("a")
    (course.folder("b") / "linear_mnist.ipynb").write_text("no notebook")
    course.gradebook = lambda: Gradebook(db_url, "a course")  # type: ignore[method-assign]
    for arguments in ((), ("--force",)):
        assert course.autograde(*arguments) == 0
        assert course.scores("a") == ALL
        assert course.scores("b") == dict.fromkeys(ALL)
    assert not (course.root / "gradebook.db").exists() or (course.root / "gradebook.db").stat().st_size
    with course.gradebook() as gradebook:
        assert {student.id for student in gradebook.students} == {"a", "b"}
        assert gradebook.find_assignment(ASSIGNMENT).max_score == 26.0
