"""A student's files beside the notebook: opened from the formgrader, the graded copy is the instructor's.

Python, IPython and Jupyter load modules and settings from a working directory, before a cell is run, and the formgrader
serves what lies there from the origin that may give points.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from course import NOTEBOOK, Course

from autograder.course.intake.handed_out_files import without_handed_out
from autograder.course.intake.submission_intake import IntakeLimits, take_in
from tests.attacks.deeds import BUTTON

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12

MODULES = (
    *("ipykernel_launcher.py", "sitecustomize.py", "usercustomize.py", "torch.py", "torch/__init__.py", "IPython.pyc"),
    *("random.cpython-311-x86_64-linux-gnu.so", "zmq.abi3.so", "json.PY", "helper.py", "helper.pyw", "six.py "),
    *("torch/nn.py", "__init__.py", "__main__.py", "conftest.py", "site.py", "mine.pth", "mine._pth", "mine.egg-link"),
)
SETTINGS = (
    *("jupyter_config.json", "jupyter_config.py", "jupyter_server_config.json", "jupyter_notebook_config.py"),
    *("ipython_config.py", "ipython_kernel_config.json", "nbgrader_config.py", ".ipython/profile_default/startup/a.py"),
    *(".jupyter/custom.txt", ".env", ".pdbrc", ".vscode/settings.json", "pyproject.toml", "setup.cfg", "Makefile"),
    *("overrides.json", "kernel.json", "page_config.json", ".git/config", "environment.yml", "postBuild", "a.sh"),
)
PAGES = (*("mine.html", "mine.htm", "mine.xhtml", "mine.svg", "mine.xml", "mine.HTML", "mine.shtml", "mine", "a.js"),)
DATA = ("data/train.csv", "plot.png", "notes.txt", "weights.pt", "linear_mnist.txt", "torch/data.npy")


def handed_in(course: Course, *names: str, text: str = "raise SystemExit(99)") -> None:
    folder = course.hand_in("eve").parent
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")


def beside(course: Course) -> set[str]:
    folder = course.root / "autograded" / "eve" / "linear_mnist"
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


HANDED_OUT = {"linear_mnist.ipynb", "selfcheck.py", "timestamp.txt"}


def test_nothing_lies_there_but_what_was_handed_out_and_data(course: Course) -> None:
    handed_in(course, *MODULES, *SETTINGS, *DATA, "linear_mnist")
    handed_in(course, *PAGES, text=BUTTON)
    assert course.autograde() == 0
    assert beside(course) == HANDED_OUT | set(DATA)
    assert (course.root / "autograded/eve/linear_mnist/selfcheck.py").read_text() == SELFCHECK


SELFCHECK = "handed_out = True\n"


def a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "selfcheck.py")


def a_link(folder: Path) -> None:
    (folder / "selfcheck.py").symlink_to("/etc/passwd")


def a_folder(folder: Path) -> None:
    (folder / "selfcheck.py").mkdir()
    (folder / "selfcheck.py" / "selfcheck.py").write_text("raise SystemExit(99)")


def a_package(folder: Path) -> None:
    (folder / "selfcheck").mkdir()
    (folder / "selfcheck" / "__init__.py").write_text("raise SystemExit(99)")


def larger_than_disks(folder: Path) -> None:
    with (folder / "selfcheck.py").open("wb") as file:
        file.truncate(1 << 40)


def in_place_of_its_folder(folder: Path) -> None:
    (folder / "data").write_text("a file")


@pytest.mark.parametrize(
    "change", [a_pipe, a_link, a_folder, a_package, larger_than_disks, in_place_of_its_folder], ids=lambda f: f.__name__
)
def test_what_was_handed_out_lies_there_whatever_was_put_in_its_place(
    tmp_path: Path, course: Course, change: Callable[[Path], None]
) -> None:
    (tmp_path / "train.csv").write_text("1,2")
    (tmp_path / "selfcheck.py").write_text(SELFCHECK)
    given = {"selfcheck.py": tmp_path / "selfcheck.py", "data/train.csv": tmp_path / "train.csv"}
    course.hand_in("eve")
    change(course.folder("eve"))
    began = time.process_time()
    take_in(course.folder("eve"), tmp_path / "staged", {NOTEBOOK: course.release}, IntakeLimits(), given=given)
    assert time.process_time() - began < 2
    assert [path.name for path in (tmp_path / "staged").rglob("*")] == [NOTEBOOK], "the place is free"


def test_many_files_that_may_be_copies_of_what_was_handed_out_are_not_all_read(tmp_path: Path) -> None:
    given = {}
    for name in ("helper.py", "selfcheck.py", "more.py"):
        (tmp_path / name).write_text(SELFCHECK)
        given[name] = tmp_path / name
    files = [Path(f"{i}.py") for i in range(200)]
    (tmp_path / "own").mkdir()
    text = "\n".join(map(hex, range(110_000)))
    for path in files:
        (tmp_path / "own" / path).write_text(text)
    began = time.process_time()
    own, notes = without_handed_out(tmp_path / "own", files, {}, given, {})
    assert time.process_time() - began < 2
    assert (own, notes) == (files, [])


def test_the_instructor_is_told_and_the_files_count(course: Course) -> None:
    handed_in(course, "helper.py", "no_data", *DATA)
    assert course.autograde() == 0
    assert "Not beside the graded notebook, where opening it could run them: helper.py, no_data" in course.notes("eve")
    assert any("eve: " in line and "helper.py" in line for line in course.log)
    assert "MNIST" in course.notes("eve")  # the judge was given the file no_data
    assert course.autograde("--force") == 0
    assert "judged" not in " ".join(course.log)


def test_who_hands_in_data_alone_is_told_nothing(course: Course) -> None:
    handed_in(course, *DATA)
    assert course.autograde() == 0
    assert "beside" not in course.notes("eve") and not course.log


def test_it_is_judged_once(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    handed_in(course, "helper.py", "linear_mnist", ".hidden/x.txt")
    assert course.autograde() == 0
    capsys.readouterr()
    assert course.autograde("--force") == 0
    assert "1 known already" in capsys.readouterr().out
    assert course.autograde() == 0
    assert not any("eve" in line and "again" in line for line in course.log)


@pytest.mark.parametrize("command", [["-m", "ipykernel_launcher", "--version"], ["-m", "IPython", "-c", "1"]])
def test_a_kernel_that_is_started_there_runs_nothing_of_a_students(
    new_course: Callable[[], Course], command: list[str], tmp_path: Path
) -> None:
    course, mark = new_course(), tmp_path / "ran"
    handed_in(course, *MODULES, *SETTINGS, text=f"open({str(mark)!r}, 'w').close()")
    assert course.autograde() == 0
    folder = course.root / "autograded" / "eve" / "linear_mnist"
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "PYTHONSAFEPATH": ""}
    subprocess.run([sys.executable, *command], cwd=folder, check=True, capture_output=True, env=environment)
    assert not mark.exists()
