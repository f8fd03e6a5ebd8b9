"""How a run as a whole behaves."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from course import ASSIGNMENT, Course
from faults import ALL
from nbgrader.apps import ExportApp
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.cli import main
from autograder.course import class_judging
from autograder.course.install import install
from autograder.course.open_course import open_course
from autograder.course.steps import judging_step

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12


def nbgrader(course: Course, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as an instructor types it, from anywhere, without an activated environment."""
    command = [str(Path(sys.executable).parent / "nbgrader"), *arguments]
    environment = {"PATH": os.defpath, "HOME": str(course.root), "COLUMNS": "120"}
    return subprocess.run(command, cwd=course.root, env=environment, capture_output=True, text=True, check=False)


def test_the_command_line(course: Course) -> None:
    course.hand_in("a")
    course.folder("b")
    (course.root / "gradebook.db").unlink()  # a clean clone: generate_assignment has to make it
    assert nbgrader(course, "generate_assignment", ASSIGNMENT, "--force").returncode == 0
    run = nbgrader(course, "autograde", ASSIGNMENT)
    assert run.returncode == 0, run.stderr
    assert "20+?/26" in run.stdout and "Nothing was handed in." in run.stdout
    assert "[AutogradeApp | WARNING] b: linear_mnist.ipynb: Nothing was handed in." in run.stderr
    assert "SAWarning" not in run.stderr and "checksum" not in run.stderr
    assert "\x1b" not in run.stdout  # no colours in a file
    assert course.scores("a") == ALL


def test_the_formgraders_button(course: Course) -> None:
    course.hand_in("a")
    (course.folder("a") / "timestamp.txt").write_text("yesterday")
    config = Config()
    install(config)
    config.Grading.judge = "fake_judge.judge"
    config.CourseDirectory.root = str(course.root)
    api = NbGraderAPI(coursedir=CourseDirectory(config=config), config=config)
    assert [found["student"] for found in api.get_submissions(ASSIGNMENT)] == ["a"]  # stock: ValueError for all
    result = api.autograde(ASSIGNMENT, "a")
    assert result["success"], result
    assert "The time of submission can't be read" in result["log"]
    assert course.scores("a") == ALL
    assert api.get_submission(ASSIGNMENT, "a")["autograded"]


def test_installing_twice_is_the_same_as_once() -> None:
    once, twice = Config(), Config()
    install(once)
    install(twice)
    install(twice)
    assert once == twice


def test_grading_twice_gives_the_same_notebook(course: Course) -> None:
    course.hand_in("a")
    path = course.root / "autograded" / "a" / ASSIGNMENT / "linear_mnist.ipynb"
    assert course.autograde() == 0
    first = path.read_bytes()
    assert course.autograde("--force") == 0
    assert path.read_bytes() == first


def test_no_execute_still_judges(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde("--no-execute") == 0
    assert course.scores("a") == ALL


def test_a_notebook_or_student_without_submissions_is_refused(course: Course) -> None:
    assert course.autograde() == 1
    assert "no submission matches" in course.log[-1]


def test_an_assignment_that_was_not_released_is_refused(course: Course) -> None:
    course.hand_in("a")
    (course.root / "release" / ASSIGNMENT / "linear_mnist.ipynb").unlink()
    assert course.autograde() == 1
    assert "run `nbgrader generate_assignment linear_mnist`" in course.log[-1]


def test_an_assignment_the_gradebook_does_not_know_is_refused(course: Course) -> None:
    course.hand_in("a")
    (course.root / "gradebook.db").unlink()
    assert course.autograde() == 1
    assert "the gradebook doesn't know linear_mnist" in course.log[-1]


def test_a_release_of_other_points_is_refused(course: Course) -> None:
    course.hand_in("a")
    path = course.root / "release" / ASSIGNMENT / "linear_mnist.ipynb"
    path.write_text(path.read_text().replace('"points": 4.0', '"points": 5.0'))
    assert course.autograde() == 1
    assert "disagree on what cells are worth" in course.log[-1]


def test_a_test_cell_in_which_nothing_can_be_judged_is_refused(course: Course) -> None:
    course.hand_in("a")
    path = course.root / "release" / ASSIGNMENT / "linear_mnist.ipynb"
    released = nbformat.read(path, as_version=4)
    cell = next(cell for cell in released.cells if cell.id == "test_adam")
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]
    nbformat.write(released, path)
    assert course.autograde() == 1
    assert "has a test cell that is not a code cell" in course.log[-1]
    assert not (course.root / "autograded").exists()


@pytest.mark.parametrize("changed", ["a cell more", "a cell less"])
def test_a_release_of_other_cells_than_the_gradebooks_is_refused(course: Course, changed: str) -> None:
    course.hand_in("a")
    path = course.root / "release" / ASSIGNMENT / "linear_mnist.ipynb"
    released = nbformat.read(path, as_version=4)
    place = next(i for i, cell in enumerate(released.cells) if cell.id == "test_adam")
    if changed == "a cell less":
        del released.cells[place]
    else:
        more = nbformat.from_dict(dict(released.cells[place]) | {"id": "more"})
        more.metadata.nbgrader = more.metadata.nbgrader | {"grade_id": "test_more"}
        released.cells.insert(place, more)
    nbformat.write(released, path)
    assert course.autograde() == 1
    assert "disagree on what cells are worth" in course.log[-1]


def test_an_interrupt_ends_the_run_and_leaves_no_score(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    course.hand_in("a")
    course.hand_in("b")
    assert course.autograde() == 0

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(judging_step, "verdicts", interrupted)
    assert course.autograde("--force") == 1
    assert course.log[-1].startswith("Stopped by hand")
    assert course.scores("a") == dict.fromkeys(ALL)
    assert course.scores("b") == ALL
    assert not (course.root / "autograded" / "a" / ASSIGNMENT).exists()


def test_a_score_that_is_tampered_with_on_its_way_is_a_failure(course: Course) -> None:
    course.hand_in("a")
    (course.root / "tamper.py").write_text(
        "from nbgrader.preprocessors import NbGraderPreprocessor\n"
        "class Tamper(NbGraderPreprocessor):\n"
        "    def preprocess_cell(self, cell, resources, index):\n"
        "        cell.update({'outputs': []} if cell.cell_type == 'code' else {})\n"
        "        return cell, resources\n"
    )
    steps = [
        "autograder.course.steps.judging_step.Judge",
        "tamper.Tamper",
        "autograder.course.steps.save_scores.SaveJudgedGrades",
    ]
    config = {"autograde_preprocessors": steps}
    zero = course.right()
    next(cell for cell in zero["cells"] if cell["id"] == "adam")["source"] = "def adam_step():\n    return 'wrong'"
    course.hand_in("a", zero)
    assert course.autograde(Autograde=config) == 1
    assert course.scores("a") == dict.fromkeys(ALL)
    assert any("nbgrader reads 6.0 of 6.0 from the cell test_adam, the judge found 0.0" in line for line in course.log)


STEP = """
from nbgrader.preprocessors import NbGraderPreprocessor


class Change(NbGraderPreprocessor):
    def preprocess(self, notebook, resources):
        adam = next(cell for cell in notebook.cells if cell.get("id") == "test_adam")
        {}
        return notebook, resources
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("notebook.cells.remove(adam)", "judged cells are missing from the notebook: ['test_adam']"),
        ("adam.metadata.nbgrader.grade = False", "judged cells are missing from the notebook: ['test_adam']"),
        ("del resources['autograder'].verdicts['test_adam']", "the cell test_adam was not judged"),
        ("del resources['autograder']", "the notebook was not judged"),
        ("adam.metadata.nbgrader.points = 12", "nbgrader reads 6.0 of 12.0 from the cell test_adam, the judge found"),
    ],
)
def test_a_cell_that_gets_lost_on_its_way_is_a_failure(course: Course, change: str, said: str) -> None:
    course.hand_in("a")
    (course.root / f"change{abs(hash(change))}.py").write_text(STEP.format(change))
    step = f"change{abs(hash(change))}.Change"
    steps = ["autograder.course.steps.judging_step.Judge", step, "autograder.course.steps.save_scores.SaveJudgedGrades"]
    assert course.autograde(Autograde={"autograde_preprocessors": steps}) == 1
    assert course.scores("a") == dict.fromkeys(ALL)
    assert any(said in line for line in course.log), course.log
    assert not (course.root / "autograded" / "a" / ASSIGNMENT).exists()


def test_export_tells_a_zero_from_no_score(course: Course) -> None:
    course.hand_in("a")
    course.folder("nothing")
    (course.folder("unreadable") / "linear_mnist.ipynb").write_text("x")
    assert course.autograde() == 0
    with course.gradebook() as gradebook:
        gradebook.add_student("absent", last_name="Doe, Jane")
    course.run_export = course.run(ExportApp)
    lines = (course.root / "grades.csv").read_text().splitlines()
    assert lines[0].endswith(",raw_score,late_submission_penalty,score,max_score,needs_manual_grade")
    rows = {line.split(",")[3]: line for line in lines[1:]}
    assert rows["a"].endswith(",20.0,0.0,20.0,26.0,True")  # the text waits for a human
    assert rows["nothing"].endswith(",0.0,0.0,0.0,26.0,False")
    assert rows["unreadable"].endswith(",,,,26.0,True")
    assert rows["absent"] == 'linear_mnist,,,absent,"Doe, Jane",,,,,,26.0,'


def test_export_counts_a_score_given_by_a_human(course: Course) -> None:
    (course.folder("unreadable") / "linear_mnist.ipynb").write_text("x")
    assert course.autograde() == 0
    with course.gradebook() as gradebook:
        for name in ALL:
            gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, "unreadable").manual_score = 1.0
        gradebook.db.commit()
    course.run(ExportApp)
    assert ",4.0,0.0,4.0,26.0,True" in (course.root / "grades.csv").read_text()
    assert course.feedback() == 0
    page = course.root / "feedback" / "unreadable" / ASSIGNMENT / "linear_mnist.html"
    assert page.read_text(encoding="utf-8").count(">Test cell</a> (Score: 1.0 / ") == 4


@pytest.mark.parametrize(("penalty", "score"), [(5.0, "15.0"), (100.0, "0.0")])
def test_export_takes_the_penalty_off_and_never_more_than_there_is(course: Course, penalty: float, score: str) -> None:
    course.hand_in("a")
    assert course.autograde() == 0
    with course.gradebook() as gradebook:
        notebook = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "a")
        notebook.late_submission_penalty = penalty
        gradebook.db.commit()
    course.run(ExportApp)
    assert f",20.0,{penalty},{score},26.0," in (course.root / "grades.csv").read_text()


def test_a_late_submission_is_late_and_a_resubmission_without_time_is_not(
    course: Course, new_course: Callable[[], Course]
) -> None:
    course.hand_in("a")
    (course.folder("a") / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    assert course.autograde() == 0
    with course.gradebook() as gradebook:
        assert str(gradebook.find_submission(ASSIGNMENT, "a").timestamp) == "2026-11-02 10:00:00"
    (course.folder("a") / "timestamp.txt").unlink()
    assert course.autograde("--force") == 0
    with course.gradebook() as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "a").timestamp is None


def test_new_work_with_an_old_time_is_heard_of(course: Course) -> None:
    course.hand_in("a")
    (course.folder("a") / "timestamp.txt").write_text("2026-11-02 10:00:00 UTC")
    assert course.autograde() == 0
    assert course.autograde() == 0
    assert course.log == []
    wrong = course.right()
    next(cell for cell in wrong["cells"] if cell["id"] == "adam")["source"] = "def adam_step():\n    return 'wrong'"
    course.hand_in("a", wrong)
    assert course.autograde() == 0
    assert course.scores("a") == ALL  # as in stock nbgrader, but not silently
    assert "a: the submission has changed since it was graded" in course.log[-1]
    assert "nbgrader autograde linear_mnist --force --student=a" in course.log[-1]
    assert course.autograde("--force", "--student=a") == 0
    assert course.scores("a") == ALL | {"test_adam": 0.0}


def test_judging_alone_leaves_the_gradebook_alone(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    course.hand_in("a")
    before = (course.root / "gradebook.db").read_bytes()
    assert main(["grade", ASSIGNMENT, "--course", str(course.root), "--explain"]) == 0
    said = capsys.readouterr().out
    assert "not judged before" in said and "1 judged, 0 known already: 1 all right" in said
    assert (course.root / "gradebook.db").read_bytes() == before
    assert not (course.root / "autograded").exists()
    assert course.autograde() == 0
    assert "0 judged, 1 known already" in capsys.readouterr().out
    assert course.scores("a") == ALL
    assert main(["grade", ASSIGNMENT, "--course", str(course.root), "--diff"]) == 0
    assert "Nothing changed" in capsys.readouterr().out


def test_a_change_between_two_gradings_is_told_and_old_records_can_go(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = course.right()
    next(cell for cell in wrong["cells"] if cell["id"] == "adam")["source"] = "def adam_step():\n    return 'wrong'"
    for notebook in (wrong, None):
        course.hand_in("a", notebook)
        main(["grade", ASSIGNMENT, "--course", str(course.root)])
    capsys.readouterr()
    assert main(["grade", ASSIGNMENT, "--course", str(course.root), "--diff"]) == 0
    assert "test_adam: passed" in capsys.readouterr().out
    assert main(["store", "prune", ASSIGNMENT, "--course", str(course.root)]) == 0
    assert capsys.readouterr().out.startswith("1 files deleted")
    assert main(["store", "prune", ASSIGNMENT, "--course", str(course.root), "--keep", "0"]) == 2


def test_where_nothing_can_be_judged_no_score_is_touched(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde() == 0
    assert course.autograde("--force", Grading={"judge": "no.such.judge"}) == 1
    assert "nothing can be judged on this machine: No module named 'no'" in course.log[-1]
    assert course.scores("a") == ALL
    (course.root / ".autograder" / "evidence").rename(course.root / "moved")
    (course.root / ".autograder" / "evidence").write_text("a file")
    assert course.autograde("--force") == 1
    assert "the evidence store can't be written" in course.log[-1]
    assert course.scores("a") == ALL


def test_a_gradebook_that_is_locked_for_a_while_is_waited_for(course: Course) -> None:
    course.hand_in("a")
    lock = sqlite3.connect(course.root / "gradebook.db", check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(6.5, lock.close)  # SQLite itself waits for 5 s
    release.start()
    assert course.autograde() == 0
    release.join()
    assert course.scores("a") == ALL


def test_without_a_sandbox_the_table_says_so(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = course.right()
    next(cell for cell in notebook["cells"] if cell["id"] == "adam")["source"] = "def adam_step():\n    return 'off'"
    course.hand_in("a", notebook)
    course.autograde()
    assert "The sandbox was off" in capsys.readouterr().out
    main(["report", ASSIGNMENT, "--course", str(course.root)])
    assert "The sandbox was off" in capsys.readouterr().out


def test_grades_are_written_while_others_are_judged(course: Course) -> None:
    course.hand_in("a")
    patient = course.right()
    cell = next(cell for cell in patient["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == "adam")
    graded = course.root / "autograded" / "a" / ASSIGNMENT / "linear_mnist.ipynb"
    cell["source"] = (
        "import pathlib, time\n\ndef adam_step():\n    end = time.monotonic() + 30\n"
        f"    while not pathlib.Path({str(graded)!r}).exists() and time.monotonic() < end:\n        time.sleep(0.05)\n"
        f"    return 'right' if pathlib.Path({str(graded)!r}).exists() else 'too late'"
    )
    course.hand_in("b", patient)
    assert course.autograde() == 0
    assert course.scores("a") == course.scores("b") == ALL


def test_judging_alone_leaves_the_gradebook_as_it_is_even_where_nothing_can_be_taken_in(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.hand_in("ann")
    assert course.autograde() == 0
    before = course.scores("ann")

    def no_room(*arguments: Any, **more: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(class_judging, "take_in", no_room)
    converter = open_course(ASSIGNMENT, course.root, Config())
    assert converter.judge_only() == []
    assert converter.course_run.faults == {"ann": "OSError: no room"}
    assert course.scores("ann") == before and None not in before.values()
