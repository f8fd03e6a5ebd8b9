"""What was handed out: the released notebooks, and the other files of the assignment."""

from __future__ import annotations

import fnmatch
from collections.abc import Collection
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files

from autograder.course.notebooks import read
from autograder.course.records import CourseError


def released(course: CourseDirectory, assignment: str) -> dict[str, NotebookNode]:
    """Return the released notebooks by file name. Raises CourseError."""
    folder = Path(course.format_path(course.release_directory, ".", assignment))
    wanted = f"{course.notebook_id}.ipynb"
    paths = sorted(path for path in folder.glob("*.ipynb") if fnmatch.fnmatch(path.name, wanted))
    if not paths:
        raise CourseError(f"there is no {wanted} in {folder}: run `nbgrader generate_assignment {assignment}`")
    return {path.name: read(path) for path in paths}


def given_files(course: CourseDirectory, assignment: str, kept: Collection[str]) -> dict[str, Path]:
    """Return the files beside the source notebook, by name, which nbgrader puts in the place of the student's.

    The student's own are ``kept`` of those named so.
    """
    source = Path(course.format_path(course.source_directory, ".", assignment))
    found = find_all_files(str(source), [*course.ignore, "*.ipynb"])
    names = [Path(path).relative_to(source) for path in found]
    return {str(name): source / name for name in names if str(name) not in kept}
