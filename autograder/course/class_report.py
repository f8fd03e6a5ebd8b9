"""What became of a class, told once all of it is graded: in the log, as a table, and by how the command ends."""

from __future__ import annotations

import logging

from nbgrader.converters import NbGraderException
from nbgrader.coursedir import CourseDirectory

from autograder.course.gradebook.class_results import class_rows, entry_rows
from autograder.course.gradebook.gradebook_snapshot import held_by_gradebook
from autograder.course.gradebook.run_state import Run
from autograder.course.gradebook.unanimous_tests import tell_of_unanimous_tests
from autograder.report.class_summary import IN_GRADEBOOK, print_class_table, print_outcome
from autograder.report.text import listed, one_line


def tell(run: Run, course: CourseDirectory, log: logging.Logger, table: bool) -> None:
    """Log what concerns many; print the ``table``, where there is a terminal for it.

    Raises NbGraderException, at the end, where somebody could not be graded.
    """
    for note, students in run.anew.items():
        who = "1 student" if len(students) == 1 else f"{len(students)} students"
        log.warning("%s (%s): %s", who, listed(students), note)
    if table:
        _print_table(run, course)
    tell_of_unanimous_tests([run.folders.graded(one) for one in run.students], list(run.release), log)
    if run.faults:
        names = ", ".join(one_line(student) for student in sorted(run.faults))
        message = f"The grader could not judge {len(run.faults)} of {len(run.students)} students: {names}"
        log.error("%s. They are marked for manual grading; see the log above, then grade again.", message)
        raise NbGraderException(message)
    if run.left_out:
        message = f"Not graded, see the log above for what to do: {listed(list(run.left_out), 20)}"
        log.error("%s", message)
        raise NbGraderException(message)


def _print_table(run: Run, course: CourseDirectory) -> None:
    assignment = course.assignment_id
    folders = {student: run.folders.graded(student) for student in run.students}
    held = held_by_gradebook(course.db_url, course.course_id, assignment)
    rows = class_rows(folders, list(run.release), held, run.faults, assignment) + entry_rows(run.left_out)
    print_class_table(rows, f"{assignment}: {IN_GRADEBOOK}")
    print_outcome(rows, run.done)
