"""When the process that judging processes are forked from is started."""

import gc
import subprocess
import sys

import pytest
from traitlets.config import Config

from autograder.course import install
from autograder.grading import fork_server


@pytest.mark.parametrize(
    ("command", "started"),
    [(["nbgrader", "autograde", "intro"], 1), (["nbgrader", "generate_feedback", "autograde"], 0), (["nbgrader"], 0)],
)
def test_it_is_started_with_the_command_that_grades_and_with_no_other(monkeypatch, command, started):
    asked = []
    monkeypatch.setattr(sys, "argv", command)
    monkeypatch.setattr(fork_server, "start", lambda: asked.append(command))
    monkeypatch.setattr(gc, "freeze", lambda: None)  # this process has much that its end would complain of
    install.install(Config())
    assert len(asked) == started


IMPORTS = """
import os
from concurrent.futures import ProcessPoolExecutor
from autograder.grading import fork_server
fork_server.start()
with fork_server.no_main_module(), fork_server.starting():
    with ProcessPoolExecutor(1, mp_context=fork_server.context("none")) as pool:
        print(pool.submit(os.getcwd).result(), "PYTHONSAFEPATH" in os.environ)
print("PYTHONSAFEPATH" in os.environ)
"""


def test_nothing_is_imported_from_the_folder_in_which_grading_starts(tmp_path):
    script, course = tmp_path / "bin" / "script.py", tmp_path / "course"
    script.parent.mkdir()
    course.mkdir()
    script.write_text(IMPORTS)
    for name in ("torch", "statistics", "pytest"):
        (course / f"{name}.py").write_text("open('imported', 'a').write(__name__)")
    done = subprocess.run([sys.executable, script], cwd=course, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [f"{course} True", "False"], done.stderr
    assert not (course / "imported").exists()
