"""nbgrader's feedback for students of any name, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback
from traitlets import Type
from traitlets.config import Application

from autograder.course.feedback import forked_shares
from autograder.course.feedback.feedback_exporter import FeedbackExporter
from autograder.course.gradebook.open_gradebook import open_gradebooks
from autograder.course.intake.submitted_entries import find_entries
from autograder.grading.settings import Grading


class CourseFeedback(GenerateFeedback):  # type: ignore[misc]
    """GenerateFeedback that finds the folders of `group [3]` and `.dot`: nbgrader takes names for patterns.

    The command makes the pages side by side. For the formgrader, which waits for one student's and shows the log, they
    are made in its own process.
    """

    assignments: dict[str, list[str]]
    exporter_class = Type(FeedbackExporter, klass=HTMLExporter, help="What makes the pages.").tag(config=True)

    def init_notebooks(self) -> None:
        """List the notebooks to make feedback of."""
        course = self.coursedir
        found: dict[str, list[str]] = {}
        for student in find_entries(course, self._input_directory, course.assignment_id).students:
            folder = Path(self._format_source(course.assignment_id, student))
            notebooks = [str(path) for path in sorted(folder.glob(f"{course.notebook_id}.ipynb"))]
            if notebooks:
                found[str(folder)] = notebooks
        if not found:
            super().init_notebooks()  # it says what is missing
        else:
            self.notebooks: list[Any] = []
            self.assignments = found

    def convert_notebooks(self) -> None:
        """Make all pages. Raises NbGraderException where some could not be made."""
        count = Grading(config=self.config).processes() if isinstance(self.parent, Application) else 1
        forked_shares.run(self._convert, sorted(self.assignments.items()), count)

    def _convert(self, share: list[tuple[str, list[str]]]) -> None:
        self.assignments = dict(share)
        with open_gradebooks():
            super().convert_notebooks()
