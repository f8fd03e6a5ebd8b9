"""What was handed out: the released notebooks, and the other files of the assignment."""

from __future__ import annotations

import fnmatch
import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path

from nbformat.notebooknode import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files

from autograder.course.intake.file_copies import is_no_work
from autograder.course.intake.submission_time import TIMESTAMP
from autograder.course.notebooks.typed_nbformat import read
from autograder.course.gradebook.gradebook_queries import CourseError
from autograder.course.notebooks.cell_roles import Role, marks, role, tags
from autograder.course.release.handed_out_files import is_ingredient


def released(course: CourseDirectory, assignment: str) -> dict[str, NotebookNode]:
    """Return the released notebooks by file name. Raises CourseError."""
    folder = Path(course.format_path(course.release_directory, ".", assignment))
    wanted = f"{course.notebook_id}.ipynb"
    paths = sorted(path for path in folder.glob("*.ipynb") if fnmatch.fnmatch(path.name, wanted))
    if not paths:
        raise CourseError(f"there is no {wanted} in {folder}: run `nbgrader generate_assignment {assignment}`")
    return {path.name: read(path) for path in paths}


def given_files(course: CourseDirectory, assignment: str, kept: Collection[str]) -> dict[str, Path]:
    """Return the files beside the notebook, by name, which stand in the place of the student's.

    As they were handed out; what of the source isn't in the release, as it is there. The student's own are ``kept`` of
    those named so.
    """
    source, release = (
        Path(course.format_path(place, ".", assignment)) for place in (course.source_directory, course.release_directory)
    )
    found = {name: source / name for name in _other_files(course, source) if not is_ingredient(name, source)}
    found |= {name: release / name for name in _other_files(course, release)}
    return {str(name): path for name, path in found.items() if str(name) not in kept}


def _other_files(course: CourseDirectory, folder: Path) -> list[Path]:
    found = find_all_files(str(folder), [*course.ignore, "*.ipynb"])
    names = [Path(path).relative_to(folder) for path in sorted(found)]
    return [name for name in names if not is_no_work(name) and name != Path(TIMESTAMP)]


def sum_of(notebook: NotebookNode, given: Mapping[str, Path]) -> str:
    """Return a sum of what of the release a graded copy follows from: its cells, points and tags, the other files.

    Prose that nobody answers doesn't count, nor does the text of test cells, which is never run.
    """
    cells = [
        [role(cell), cell.cell_type, marks(cell), sorted(tags(cell)), "" if role(cell) is Role.TEST else cell.source]
        for cell in notebook.cells
        if marks(cell) or cell.cell_type == "code"
    ]
    files = [[name, hashlib.sha256(path.read_bytes()).hexdigest()] for name, path in sorted(given.items())]
    return hashlib.sha256(json.dumps([cells, files], sort_keys=True).encode()).hexdigest()
