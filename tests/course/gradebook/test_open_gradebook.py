"""The gradebook that is kept open says what nbgrader's own says."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from course import ASSIGNMENT, Course
from faults import ALL
from nbgrader.api import Gradebook, MissingEntry
from traitlets.config import Config

from autograder.course.gradebook import gradebook_queries
from autograder.course.gradebook.open_gradebook import open_gradebooks
from autograder.course.install import install

NAMES = ("code", "text", "task", "locked")
WHERE = ("notebook", "assignment")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two students' submissions of an assignment with a cell of each kind; a second notebook has the same names."""
    install(Config())  # nbgrader finds alembic
    found = f"sqlite:///{tmp_path_factory.mktemp('gradebook')}/gradebook.db"
    with Gradebook(found) as gradebook:
        gradebook.add_assignment("assignment")
        for notebook in ("notebook", "other"):
            gradebook.add_notebook(notebook, "assignment")
            where = (notebook, "assignment")
            for name, kind in (("code", "code"), ("text", "markdown"), ("task", "markdown"), ("locked", "code")):
                gradebook.add_source_cell(name, *where, cell_type=kind, source=f"{name} in {notebook}", locked=False)
            gradebook.add_grade_cell("code", *where, cell_type="code", max_score=1)
            gradebook.add_grade_cell("text", *where, cell_type="markdown", max_score=2)
            gradebook.add_solution_cell("text", *where)
            gradebook.add_task_cell("task", *where, cell_type="markdown", max_score=3)
        for student in ("ada", "emmy"):
            gradebook.add_student(student)
            gradebook.add_submission("assignment", student)
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("look", ["find_source_cell", "find_graded_cell", "find_grade", "find_comment"])
def test_what_is_found_is_the_same(url: str, look: str, name: str) -> None:
    where = (*WHERE, "ada") if look in ("find_grade", "find_comment") else WHERE

    def found(gradebook: Gradebook) -> str:
        try:
            return f"{type(found := getattr(gradebook, look)(name, *where))}: {found.id}"
        except MissingEntry as missing:
            return str(missing)

    with Gradebook(url) as gradebook:
        usual = found(gradebook)
    with open_gradebooks(), gradebook_queries.Gradebook(url) as gradebook:
        assert [found(gradebook), found(gradebook)] == [usual, usual]


def test_nothing_is_remembered_when_the_session_ends(url: str) -> None:
    with open_gradebooks():
        with gradebook_queries.Gradebook(url) as gradebook:
            assert gradebook.find_grade("code", *WHERE, "ada").manual_score is None
        with Gradebook(url) as other:
            other.find_grade("code", *WHERE, "ada").manual_score = 0.5
            other.db.commit()
        with gradebook_queries.Gradebook(url) as gradebook:
            assert gradebook.find_grade("code", *WHERE, "ada").manual_score == 0.5


def test_a_gradebook_that_holds_another_score_is_noticed(course: Course) -> None:
    course.hand_in("a")
    with sqlite3.connect(course.root / "gradebook.db") as database:
        change = "UPDATE grade SET auto_score = 5.5 WHERE id = new.id"
        database.execute(f"CREATE TRIGGER tamper AFTER UPDATE ON grade WHEN new.auto_score = 6.0 BEGIN {change}; END")
    database.close()
    assert course.autograde() == 1
    assert any("the gradebook holds 5.5 for the cell" in line for line in course.log)
    assert course.scores("a") == dict.fromkeys(ALL)


def test_scores_of_other_students_and_other_assignments_stay(course: Course, tmp_path: Path) -> None:
    for student in ("a", "b"):
        course.hand_in(student)
    assert course.autograde() == 0
    url = f"sqlite:///{course.root}/gradebook.db"
    with course.gradebook() as gradebook:
        gradebook.find_grade("derivation", ASSIGNMENT, ASSIGNMENT, "a").manual_score = 2.0
        for student in ("a", "b"):
            gradebook.find_submission(ASSIGNMENT, student).timestamp = datetime(2026, 11, 2, 10)
            gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student).late_submission_penalty = 1.5
        gradebook.db.commit()
    gradebook_queries.withdraw_scores(url, "", ASSIGNMENT, "a", datetime(2026, 11, 2, 11), {})
    with course.gradebook() as gradebook:
        found = [gradebook.find_submission(ASSIGNMENT, student) for student in ("a", "b")]
        assert [one.timestamp.hour for one in found] == [11, 10]
        assert [one.late_submission_penalty for one in found] == [0.0, 1.5]  # none, in nbgrader's words
    assert course.grade("a", "test_adam") == (None, None, True) and not course.grade("b", "test_adam")[2]
    assert course.scores("a") == dict.fromkeys(ALL)
    assert course.scores("b") == ALL
    assert course.grade("a", "derivation") == (None, 2.0, True)


@pytest.mark.filterwarnings("ignore:Object of type .* not in session")  # nbgrader's; install() takes it out
def test_rows_that_a_submission_lacks_are_added_and_those_that_are_there_stay(url: str) -> None:
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("anew")
        gradebook.add_notebook("first", "anew")
        gradebook.add_grade_cell("old", "first", "anew", cell_type="code", max_score=1)
        gradebook.add_submission("anew", "ada")
        gradebook.find_grade("old", "first", "anew", "ada").manual_score = 0.5
        gradebook.add_grade_cell("new", "first", "anew", cell_type="code", max_score=1)  # released anew, with more
        gradebook.add_notebook("second", "anew")
        gradebook.add_task_cell("task", "second", "anew", cell_type="markdown", max_score=1)
        gradebook.add_solution_cell("text", "second", "anew")
        gradebook.db.commit()
    for _ in range(2):
        gradebook_queries.withdraw_scores(url, "", "anew", "ada", None, {})
        with Gradebook(url) as gradebook:
            assert gradebook.find_grade("old", "first", "anew", "ada").manual_score == 0.5
            assert gradebook.find_grade("new", "first", "anew", "ada").needs_manual_grade
            assert gradebook.find_grade("task", "second", "anew", "ada").auto_score is None
            assert gradebook.find_comment("text", "second", "anew", "ada").comment is None
            assert len(gradebook.find_submission("anew", "ada").notebooks) == 2
            assert len(gradebook.find_submission_notebook("second", "anew", "ada").comments) == 2
