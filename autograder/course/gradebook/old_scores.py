"""What former gradings gave is taken back before anything new is written, and where nothing new can be."""

from __future__ import annotations

import logging
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course.gradebook.extra_credit import Bonuses, bonuses_given
from autograder.course.gradebook.gradebook_queries import withdraw_scores
from autograder.course.gradebook.run_state import Run, explained
from autograder.grading.evidence_store import Store
from autograder.grading.settings import Grading
from autograder.report.text import one_line


class OldScores:
    """The automatic scores, and the judge's extra credit, that the students of a run have in the gradebook."""

    def __init__(self, run: Run, course: CourseDirectory, config: Config, log: logging.Logger):
        self._run, self._course, self._log = run, course, log
        self._store = Store(Path(course.root) / Grading(config=config).store, course.assignment_id)
        self._bonuses: dict[str, Bonuses] = {}  # by student
        self._left: set[str] = set()  # students whose scores could not be taken back

    def withdraw(self, student: str) -> None:
        """Take a student's back; where that fails now, ``withdraw_left`` tries once more."""
        try:
            self.withdraw_now(student)
        except Exception as error:
            self._log.error("%s: old scores may still be in the gradebook: %s", one_line(student), explained(error))

    def withdraw_now(self, student: str) -> None:
        """Do the same, but raise what the gradebook raises."""
        course, folders = self._course, self._run.folders
        self._left.add(student)
        timestamp = course.get_existing_timestamp(str(folders.staged(student)))
        where = course.db_url, course.course_id, course.assignment_id, student
        withdraw_scores(*where, timestamp, self._bonuses_of(student))
        self._left.discard(student)

    def withdraw_left(self) -> None:
        """Try once more, at the end of the run."""
        for student in sorted(self._left):
            self.withdraw(student)

    def _bonuses_of(self, student: str) -> Bonuses:
        if student not in self._bonuses:  # while there is the copy
            graded = self._run.folders.graded(student)
            self._bonuses[student] = bonuses_given(student, list(self._run.release), graded, self._store)
        return self._bonuses[student]
