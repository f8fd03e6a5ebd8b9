"""Where the work of each student lies, from what was handed in to the graded copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbgrader.coursedir import CourseDirectory


@dataclass(frozen=True)
class StudentFolders:
    """The folders of one assignment's students."""

    course: CourseDirectory
    assignment: str
    staging: str = ""  # the run's own folder of clean copies, in nbgrader's terms a step like "submitted"

    def submitted(self, student: str) -> Path:
        """Return where their submission lies, which is never touched."""
        return self._at(self.course.submitted_directory, student)

    def staged(self, student: str) -> Path:
        """Return where this run has a clean copy of it."""
        return self._at(self.staging, student)

    def graded(self, student: str) -> Path:
        """Return where their graded copy is to be found."""
        return self._at(self.course.autograded_directory, student)

    def _at(self, step: str, student: str) -> Path:
        return Path(self.course.format_path(step, student, self.assignment))
