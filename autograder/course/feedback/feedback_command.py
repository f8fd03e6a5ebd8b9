"""nbgrader's feedback for students of any name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.converters import GenerateFeedback

from autograder.course.intake.submitted_entries import find_entries


class CourseFeedback(GenerateFeedback):  # type: ignore[misc]
    """GenerateFeedback that finds the folders of `group [3]` and `.dot`: nbgrader takes names for patterns."""

    assignments: dict[str, list[str]]

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
