"""A course opened without one of nbgrader's commands: for judging that leaves the gradebook alone."""

from __future__ import annotations

import traceback
from contextlib import chdir
from pathlib import Path

from nbgrader.apps import AutogradeApp
from traitlets.config import Config

from autograder.course.autograde_command import JudgedAutograde
from autograder.course.gradebook.gradebook_queries import CourseError
from autograder.course.plug_in_check import PLUG_IN, gaps_in_grading
from autograder.grading.evidence_store import Store
from autograder.grading.settings import Grading

CONFIG = "nbgrader_config.py"


def open_course(assignment: str, course: Path, settings: Config) -> JudgedAutograde:
    """Return the converter of an assignment, as `nbgrader autograde` would make it; ``settings`` come on top.

    Raises CourseError where nbgrader wouldn't grade with autograder in that folder.
    """
    converter = configured(course, settings)
    converter.coursedir.assignment_id = assignment
    if gaps := gaps_in_grading(converter):
        raise CourseError(f"{not_plugged_in(course)} ({'; '.join(gaps)}): {PLUG_IN}. `autograder doctor` says more")
    return converter


def not_plugged_in(course: Path) -> str:
    """Return the clause that says so, of a course that isn't plugged in."""
    if not course.is_dir():
        return f"there is no folder {course.resolve()}"
    if not (course / CONFIG).is_file():
        return f"there is no {CONFIG} in {course.resolve()}, and autograder isn't plugged in there"
    return f"autograder isn't plugged into the course in {course.resolve()}"


def configured(course: Path, settings: Config) -> JudgedAutograde:
    """Return a converter with the configuration that nbgrader finds when it is started in a folder.

    Raises CourseError where a file of it can't be read: nbgrader itself would go on without it.
    """
    if not course.is_dir():
        raise CourseError(f"there is no folder {course.resolve()}: give the course's with --course")
    app = AutogradeApp(raise_config_file_errors=True)
    try:
        with chdir(course):
            app.initialize(argv=[])
    except (Exception, SystemExit) as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        raise CourseError(
            f"nbgrader's configuration can't be read ({where.filename}, line {where.lineno}: "
            f"{type(error).__name__}: {error}): mend that. nbgrader goes on without it, and would grade unjudged"
        ) from error
    app.update_config(settings)
    return JudgedAutograde(coursedir=app.coursedir, parent=app)


def store_of(converter: JudgedAutograde) -> Store:
    """Return the evidence store of an opened course."""
    course = converter.coursedir
    return Store(Path(course.root) / Grading(config=converter.config).store, course.assignment_id)
