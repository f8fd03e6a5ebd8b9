"""What the gradebook holds is read as nbgrader itself reads it, for the whole class at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from course import ASSIGNMENT, Course
from nbgrader.api import Gradebook
from sqlalchemy import event
from sqlalchemy.engine import Engine
from traitlets.config import Config

from autograder.course.gradebook.gradebook_snapshot import Held, HeldGrade, HeldSubmission, held_by_gradebook
from autograder.course.install import install

DUE = datetime(2026, 11, 2, 10)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An assignment with two notebooks and a cell of each kind, three students; another assignment beside it."""
    install(Config())  # nbgrader finds alembic
    found = f"sqlite:///{tmp_path_factory.mktemp('gradebook')}/gradebook.db"
    with Gradebook(found) as gradebook:
        for assignment in ("a", "other"):
            gradebook.add_assignment(assignment, duedate=DUE)
            for notebook in ("one", "two"):
                gradebook.add_notebook(notebook, assignment)
                gradebook.add_grade_cell("test", notebook, assignment, cell_type="code", max_score=4)
                gradebook.add_grade_cell("text", notebook, assignment, cell_type="markdown", max_score=3)
                gradebook.add_solution_cell("text", notebook, assignment)
                gradebook.add_solution_cell("answer", notebook, assignment)
                gradebook.add_task_cell("task", notebook, assignment, cell_type="markdown", max_score=2)
            for student in ("ada", "emmy"):
                gradebook.update_or_create_student(student)
                gradebook.add_submission(assignment, student, timestamp=DUE + timedelta(hours=1))
        gradebook.add_student("nobody")
        grade = gradebook.find_grade("test", "one", "a", "ada")
        grade.auto_score, grade.extra_credit, grade.needs_manual_grade = 2.5, 1.0, False
        gradebook.find_grade("text", "one", "a", "ada").manual_score = 3.0
        gradebook.find_grade("test", "two", "a", "ada").auto_score = 4.0
        gradebook.find_grade("test", "two", "a", "ada").manual_score = 0.5
        gradebook.find_submission_notebook("two", "a", "ada").late_submission_penalty = 0.25
        gradebook.find_grade("test", "one", "other", "ada").auto_score = 1.0
        gradebook.grant_extension("a", "emmy", hours=2)
        gradebook.db.commit()
    return found


@pytest.fixture
def queries() -> Iterator[list[str]]:
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


def test_it_is_what_nbgrader_says(url: str) -> None:
    held = held_by_gradebook(url, "", "a")
    assert set(held.submissions) == {"ada", "emmy"}
    assert held.worth == {name: {"test": 4.0, "text": 3.0, "task": 2.0} for name in ("one", "two")}
    ada = held.submissions["ada"]
    assert ada.notebooks["one"]["test"] == HeldGrade(2.5, None, 1.0, False, 4.0, by_hand=False)
    assert ada.notebooks["one"]["text"] == HeldGrade(None, 3.0, None, True, 3.0, by_hand=True)
    assert ada.notebooks["two"]["task"] == HeldGrade(None, None, None, True, 2.0, by_hand=True)
    assert [ada.notebooks[name]["test"].points for name in ("one", "two")] == [3.5, 0.5]
    with Gradebook(url) as gradebook:
        stock = gradebook.find_submission("a", "ada")
        assert ada.total == stock.score - stock.late_submission_penalty == 6.75
        assert (ada.late_penalty, ada.max_points) == (stock.late_submission_penalty, stock.max_score)
        assert ada.waits_for_a_human == stock.needs_manual_grade
        for student in ("ada", "emmy"):
            stock, ours = gradebook.find_submission("a", student), held.submissions[student]
            assert (ours.seconds_late, ours.duedate) == (stock.total_seconds_late, stock.duedate)
            assert ours.timestamp == stock.timestamp


def test_it_is_asked_once_for_the_whole_class(url: str, queries: list[str]) -> None:
    held_by_gradebook(url, "", "a")
    assert len([text for text in queries if "JOIN assignment" in text]) == 3
    assert len([text for text in queries if text.startswith("SELECT")]) <= 3 + 3  # nbgrader's own, on opening


def test_a_gradebook_that_is_not_there_holds_nothing_and_is_not_made(tmp_path: Path) -> None:
    assert held_by_gradebook(f"sqlite:///{tmp_path}/gradebook.db", "", "a") == Held()
    assert not list(tmp_path.iterdir())


def test_an_unknown_assignment_is_not_held(url: str) -> None:
    assert held_by_gradebook(url, "", "nothing") == Held()


def test_the_grades_of_a_real_course(course: Course) -> None:
    course.hand_in("a")
    assert course.autograde() == 0
    held = held_by_gradebook(f"sqlite:///{course.root}/gradebook.db", "", ASSIGNMENT).submissions["a"]
    assert held.notebooks["linear_mnist"]["test_adam"] == HeldGrade(6.0, None, None, False, 6.0, by_hand=False)
    assert held.notebooks["linear_mnist"]["derivation"] == HeldGrade(None, None, None, True, 3.0, by_hand=True)
    assert (held.total, held.max_points, held.late_penalty) == (20.0, 26.0, 0.0)


@pytest.mark.parametrize(
    ("grade", "points"),
    [
        (HeldGrade(2.0, None, None, False, 4.0, False), 2.0),
        (HeldGrade(2.0, 0.0, None, False, 4.0, False), 0.0),  # a human's zero counts
        (HeldGrade(2.0, 3.0, 0.5, False, 4.0, False), 3.5),
        (HeldGrade(None, None, 0.5, True, 4.0, False), None),
        (HeldGrade(None, 1.0, None, True, 4.0, False), 1.0),
    ],
)
def test_what_a_human_gave_counts_before_the_judges(grade: HeldGrade, points: float | None) -> None:
    assert grade.points == points


def submission(penalty: float | None = None, hours: float = 0.0, waits: bool = False) -> HeldSubmission:
    cells = {"a": HeldGrade(2.0, None, None, waits, 4.0, False), "b": HeldGrade(1.0, None, None, False, 4.0, False)}
    return HeldSubmission({"one": cells}, {"one": penalty, "two": 0.5}, DUE + timedelta(hours=hours), DUE, 8.0)


def test_a_penalty_takes_no_more_than_there_is() -> None:
    assert [submission(penalty).total for penalty in (None, 1.0, 9.0)] == [2.5, 1.5, 0.0]


def test_early_work_is_not_late_and_one_cell_that_waits_is_enough() -> None:
    assert [submission(hours=hours).seconds_late for hours in (-1, 0, 0.5)] == [0.0, 0.0, 1800.0]
    assert (
        HeldSubmission({}, {}, None, DUE, 8.0).seconds_late == HeldSubmission({}, {}, DUE, None, 8.0).seconds_late == 0
    )
    assert submission(waits=True).waits_for_a_human and not submission().waits_for_a_human
