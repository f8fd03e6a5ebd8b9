"""Answers that stand in other cells than their own, and what was handed out and is there no more."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from course import Course, at
from fake_judge import judge
from faults import ALL
from nbformat.v4 import new_code_cell

from autograder.course.gradebook.verdicts import verdicts
from autograder.course.intake.cell_restoring import restore
from autograder.course.intake.notebook_repair import well_formed
from autograder.judge.assignment import Assignment

LINEAR_MNIST = Assignment.find("linear_mnist")

QUESTIONS = {"ce_loss": "CE_loss", "grad_func": "grad_func", "sgd_momentum": "sgd_momentum_step", "adam": "adam_step"}


@pytest.fixture(scope="module")
def release(generated: Any) -> Any:
    return Course(generated).release


@pytest.fixture
def untouched(release: Any) -> Any:
    return well_formed(copy.deepcopy(release))[0]


def own(*names: str, answer: str = "right") -> Any:
    """One cell of the student's that holds several answers."""
    return new_code_cell("\n\n".join(f"def {QUESTIONS[name]}():\n    return {answer!r}" for name in names))


def graded(submission: Any, release: Any) -> tuple[dict[str, float | None], list[str]]:
    clean, notes = restore(submission, release)
    found = verdicts(clean, judge(clean, LINEAR_MNIST, Path("/nonexistent"), None))
    return {name: verdict.score for name, verdict in found.items()}, notes


@pytest.mark.parametrize("place", ["top", "below the first check", "end"])
def test_one_cell_with_all_answers_counts_wherever_it_stands(untouched: Any, release: Any, place: str) -> None:
    where = {"top": 0, "below the first check": at(untouched, "test_ce_loss") + 1, "end": len(untouched.cells)}
    untouched.cells.insert(where[place], own(*QUESTIONS))
    scores, notes = graded(untouched, release)
    assert scores == ALL
    told = [note for note in notes if "found in another cell" in note]
    assert told == [
        "The cells ce_loss, grad_func, sgd_momentum, adam each hold no answer; the answer was found in another cell "
        "and counts."
    ]
    assert len(notes) == (1 if place == "top" else 2)


def test_one_cell_with_all_answers_counts_where_their_cells_were_deleted(untouched: Any, release: Any) -> None:
    answers = [cell for cell in untouched.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    untouched.cells = [cell for cell in untouched.cells if cell not in answers or cell.cell_type != "code"]
    untouched.cells.insert(3, own(*QUESTIONS))
    scores, notes = graded(untouched, release)
    assert scores == ALL
    assert not any("no other cell" in note and "adam" in note for note in notes)
    assert any("adam" in note and "found in another cell" in note for note in notes)


def test_two_answers_in_one_cell_and_others_in_their_places(untouched: Any, release: Any) -> None:
    for name in ("grad_func", "adam"):
        untouched.cells[at(untouched, name)].source = own(name).source
    untouched.cells.insert(at(untouched, "grad_func"), own("ce_loss", "sgd_momentum"))
    assert graded(untouched, release)[0] == ALL


def test_two_answers_in_the_cell_of_one(untouched: Any, release: Any) -> None:
    untouched.cells[at(untouched, "grad_func")].source = own(*QUESTIONS).source
    assert graded(untouched, release)[0] == ALL


def test_answers_in_a_given_cell_and_in_a_test_cell(untouched: Any, release: Any) -> None:
    setup = next(cell for cell in untouched.cells if cell.source == "import math")
    setup.source += "\n" + own("ce_loss", "adam").source
    untouched.cells[at(untouched, "test_grad_func")].source = own("grad_func", "sgd_momentum").source
    assert graded(untouched, release)[0] == ALL


def test_of_two_cells_that_define_an_answer_the_later_one_counts(untouched: Any, release: Any) -> None:
    untouched.cells.insert(1, own(*QUESTIONS))
    untouched.cells.append(own("grad_func", answer="half"))
    assert graded(untouched, release)[0] == ALL | {"test_grad_func": 3.0}


def test_a_stub_with_a_remark_is_no_answer(untouched: Any, release: Any) -> None:
    for name in QUESTIONS:
        cell = untouched.cells[at(untouched, name)]
        cell.source = cell.source.replace("# YOUR CODE HERE", "# see the last cell, please\n")
    untouched.cells.append(own(*QUESTIONS))
    assert graded(untouched, release)[0] == ALL


def test_an_answer_in_its_place_is_not_replaced(untouched: Any, release: Any) -> None:
    untouched.cells[at(untouched, "adam")].source = own("adam", answer="half").source
    untouched.cells.insert(0, own(*QUESTIONS))
    assert graded(untouched, release)[0] == ALL | {"test_adam": 3.0}


def test_imported_answers_count(untouched: Any, release: Any) -> None:
    untouched.cells.insert(1, new_code_cell("from mine import CE_loss, grad_func as other"))
    clean, notes = restore(untouched, release)
    assert "handed out" not in clean.cells[at(clean, "ce_loss")].source
    assert "def CE_loss" not in clean.cells[at(clean, "ce_loss")].source
    assert "def grad_func" in clean.cells[at(clean, "grad_func")].source
    assert at(clean, "test_ce_loss") > at(clean, "ce_loss") > 1
    assert any("The cell ce_loss holds no answer; the answer was found in another cell" in note for note in notes)


def test_untouched_questions_get_nothing_and_are_told(untouched: Any, release: Any) -> None:
    untouched.cells.append(own("ce_loss", "grad_func"))
    clean, _ = restore(copy.deepcopy(untouched), release)
    assert {"sgd_momentum", "adam"} <= set(clean.metadata.autograder.unanswered)
    assert not {"ce_loss", "grad_func"} & set(clean.metadata.autograder.unanswered)
    assert graded(untouched, release)[0] == ALL | {"test_sgd_momentum": 0.0, "test_adam": 0.0}


def test_a_given_cell_that_was_edited_carries_what_was_handed_out(untouched: Any, release: Any) -> None:
    setup = next(cell for cell in untouched.cells if cell.source == "import math")
    setup.source = "from google.colab import drive\nimport math"
    clean, _ = restore(untouched, release)
    edited = [cell.metadata for cell in clean.cells if "google" in cell.source]
    assert edited == [{"autograder": {"handed_out": "import math"}}]


def test_what_a_deleted_given_cell_defined_is_put_back_where_nothing_above_defines_it(
    untouched: Any, release: Any
) -> None:
    untouched.cells = [cell for cell in untouched.cells if cell.source != "import math"]
    clean, _ = restore(copy.deepcopy(untouched), release)
    put_back = next(i for i, cell in enumerate(clean.cells) if "import math" in cell.source)
    assert put_back < at(clean, "ce_loss")
    end = len(untouched.cells)
    for mine, place, back in (("import math, os", 1, 0), ("import math, os", end, 1), ("import math, os\n(", end, 1)):
        part = copy.deepcopy(untouched)
        part.cells.insert(place, new_code_cell(mine))
        clean, _ = restore(part, release)
        assert sum("import math" in cell.source for cell in clean.cells) == 1 + back


def test_a_training_cell_that_was_deleted_is_not_put_back(untouched: Any, release: Any) -> None:
    untouched.cells = [cell for cell in untouched.cells if "trained" not in cell.source]
    assert not any("trained" in cell.source for cell in restore(untouched, release)[0].cells)
