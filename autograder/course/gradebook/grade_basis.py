"""What grades would follow from if they were made now: for `due_submissions`, and for graded copies that are made."""

from __future__ import annotations

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course.gradebook.due_submissions import Today
from autograder.course.gradebook.gradebook_snapshot import held_by_gradebook
from autograder.course.gradebook.late_penalties import rule
from autograder.course.gradebook.run_state import Run
from autograder.course.notebooks.cell_roles import grade_id, judged_cells
from autograder.grading.assignment_facts import AssignmentFacts
from autograder.grading.evidence_key import Basis


def judged_by(run: Run, facts: AssignmentFacts, config: Config) -> Basis:
    """Return what the released questions are judged by."""
    cells = [cell for notebook in run.release.values() for cell in judged_cells(notebook)]
    return Basis.of(facts, config, [grade_id(cell).removeprefix("test_") for cell in cells])


def today(course: CourseDirectory, run: Run, facts: AssignmentFacts, config: Config) -> Today:
    """Return what graded copies are compared with. Raises OperationalError where the gradebook can't be read."""
    held = held_by_gradebook(course.db_url, course.course_id, course.assignment_id)
    return Today(run.handed_out, held, judged_by(run, facts, config), rule(config))
