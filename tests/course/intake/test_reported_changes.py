"""What a student changed: the same said of several cells is said once."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
from course import Course

from autograder.course.intake.cell_restoring import restore


def changed(generated: Any, change: Any) -> list[str]:
    course = Course(generated)
    release = course.release
    submission = nbformat.reads(json.dumps(course.right()), as_version=4)
    tests = [cell for cell in submission.cells if cell.metadata.get("nbgrader", {}).get("locked")]
    change(submission, [cell for cell in tests if cell.metadata.nbgrader.grade])
    return restore(submission, release)[1]


def test_notes_on_several_cells_are_one_line(generated: Any) -> None:
    def tamper(submission: Any, tests: list[Any]) -> None:
        for cell in tests:
            cell.metadata.nbgrader.points = "{100} @"
            cell.metadata.tags = ["skip-execution"]
            submission.cells.append(copy.deepcopy(cell))
            submission.cells[-1].id += "-copy"
            cell.source = "4.0"

    notes = changed(generated, tamper)
    assert notes[:4] == [
        "The points of the cells test_ce_loss, test_sgd_momentum were changed to “{100} @”; each is worth 4.0.",
        "The locked cells test_ce_loss, test_grad_func, test_sgd_momentum, test_adam were edited; what was handed out "
        "counts; your versions stand above them as ordinary cells.",
        "The tag “skip-execution” on the cells test_ce_loss, test_grad_func, test_sgd_momentum, test_adam was not "
        "handed out; it doesn't count.",
        "The cells test_ce_loss, test_grad_func, test_sgd_momentum, test_adam were each there 2 times; one of them "
        "counts, the others are ordinary cells.",
    ]
    assert len(notes) == 6
    assert notes[4].startswith("The points of the cells test_grad_func, test_adam were changed")


def test_deleted_cells_are_named_together(generated: Any) -> None:
    def delete(submission: Any, tests: list[Any]) -> None:
        submission.cells = [cell for cell in submission.cells if cell not in tests]

    names = "test_ce_loss, test_grad_func, test_sgd_momentum, test_adam"
    assert changed(generated, delete) == [f"The cells {names} are missing; they were put in as they were handed out."]
