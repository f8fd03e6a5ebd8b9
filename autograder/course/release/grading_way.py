"""How an assignment is graded: by hidden tests of ours or, where it has none, as stock nbgrader grades it.

A notebook that was made for hidden tests is never graded as stock nbgrader does, whatever became of its folder: its
test cells stop with "Not graded" then, or check nothing.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course.gradebook.gradebook_queries import CourseError
from autograder.grading.assignment_search import own_assignments
from autograder.grading.settings import Grading
from autograder.judge.assignment import HIDDEN_TESTS, Assignment, UnknownAssignment
from autograder.kernels.sandbox_paths import layout

_GUARD = re.compile(r"\braise\b.*\bNot graded\b", re.DOTALL)  # of a test cell whose points come from hidden tests
NO_HIDDEN_TESTS = "{0} has no hidden tests, `nbgrader autograde {0}` grades it by the tests in its own cells"
STOCK = (
    "%s has no hidden tests of autograder's (there is no folder %s): it is graded as nbgrader grades it, by the tests "
    "in its own cells. Its students' code runs without a sandbox: it can read and change all that you can"
)


def assignment_to_judge(course: CourseDirectory, config: Config) -> Assignment | None:
    """Return the assignment that is judged by hidden tests; None for one that is graded as stock nbgrader does.

    Raises CourseError for a notebook that was made for hidden tests and whose folder isn't there, CannotJudge where
    files of the folder are of no use.
    """
    name, own = course.assignment_id, own_assignments(config, Path(course.root))
    check_place(course, config, own)
    try:
        return Assignment.find(name, own)
    except UnknownAssignment:
        reason = next(_traces(course, config, own), "")
    if reason:
        raise CourseError(f"{name} can't be graded: {reason}. {_wanted(course, name, own)}")
    return None


def _traces(course: CourseDirectory, config: Config, own: Path) -> Iterator[str]:
    """Yield what shows that an assignment without a folder is one of ours all the same."""
    name, notebooks = course.assignment_id, _notebooks(course)
    for path in notebooks:
        if any(_GUARD.search(source) for _, source in _test_cells(path)):
            yield f'its test cells stop with "Not graded" ({path}): their points come from hidden tests'
    records = Path(course.root) / Grading(config=config).store / name / "records"
    if any(records.glob("*/*.json")):
        yield f"it was judged by hidden tests before ({records})"
    if close := _misspelt(course, name, own):
        yield f"there is a folder {own / close} that belongs to no notebook"
    for one in Assignment.all(own):
        if any(path.stem == one.name and _asks(path, one) for path in notebooks):
            yield f"its notebook is called {one.name} and asks the questions of that assignment"


def _notebooks(course: CourseDirectory) -> list[Path]:
    steps = (course.source_directory, course.release_directory)
    folders = (Path(course.root, course.format_path(step, ".", course.assignment_id)) for step in steps)
    return [path for folder in folders for path in sorted(folder.glob("*.ipynb"))]


def _test_cells(path: Path) -> list[tuple[str, str]]:
    """Return grade_id and text of a notebook's test cells; all of a damaged file as one: better too careful."""
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        marked = [(cell["metadata"].get("nbgrader", {}), cell) for cell in json.loads(text)["cells"]]
        return [
            (str(marks["grade_id"]), "".join(cell["source"]))
            for marks, cell in marked
            if marks.get("grade") and cell["cell_type"] == "code"
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return [("", text)]


def _asks(path: Path, assignment: Assignment) -> bool:
    asked = {name.removeprefix("test_") for name, _ in _test_cells(path)}
    return bool(asked) and asked <= set(assignment.questions)


def _misspelt(course: CourseDirectory, name: str, own: Path) -> str:
    """Return the folder of hidden tests that was probably meant for a name, and is nobody else's; "" if none was."""
    steps = (course.source_directory, course.release_directory)
    free = {
        one.name.casefold(): one.name
        for one in Assignment.all(own)
        if not one.installed
        and not any(Path(course.root, course.format_path(step, ".", one.name)).is_dir() for step in steps)
    }
    close = difflib.get_close_matches(name.casefold(), free, 1, 0.75)
    return free[close[0]] if close else ""


def _wanted(course: CourseDirectory, name: str, own: Path) -> str:
    close = _misspelt(course, name, own)
    wanted = own / name
    if close:
        return f"The folder {wanted} is wanted: rename {own / close} to {name}, if that is it"
    known = {one.name.casefold(): one.name for one in Assignment.all(own)}
    meant = difflib.get_close_matches(name.casefold(), known, 1)
    said = f" (did you mean {known[meant[0]]}? Then give the notebook's folders that name)" if meant else ""
    return f"The folder {wanted} is wanted, with {HIDDEN_TESTS} in it{said}"


def check_place(course: CourseDirectory, config: Config, own: Path) -> None:
    """Raise CourseError where hidden tests would lie among what students get, or what their code can read."""
    place = own.resolve()
    for step in ("source", "release", "submitted", "autograded", "feedback"):
        path = Path(course.format_path(getattr(course, f"{step}_directory"), "{student}", "{name}"))
        parts = path.parts[: next((i for i, part in enumerate(path.parts) if "{" in part), len(path.parts))]
        folder = Path(course.root, *parts).resolve()
        if folder == place or folder in place.parents:
            raise CourseError(
                f"c.Grading.assignments is {own}, which lies in {folder}: hidden tests there get to students. "
                "Name a folder of its own"
            )
    chosen = [Path(path).resolve() for path in config.get("StudentProvisioner", {}).get("readable", ())]
    for folder in (*map(Path, layout().libraries), *chosen) if own.is_dir() else ():
        if folder == place or folder in place.parents or (folder in chosen and place in folder.parents):
            raise CourseError(
                f"students' code can read {folder}, and with it the hidden tests in {own}: take it out of "
                "c.StudentProvisioner.readable, or name another folder in c.Grading.assignments"
            )
