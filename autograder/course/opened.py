"""A course opened without one of nbgrader's commands: for judging that leaves the gradebook alone."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

from nbgrader.apps import AutogradeApp
from traitlets.config import Config

from autograder.course.converter import JudgedAutograde
from autograder.grading.settings import Grading
from autograder.grading.store import Store


def open_course(assignment: str, course: Path, settings: Config, to_read: bool = False) -> JudgedAutograde:
    """Return the converter of an assignment, as `nbgrader autograde` would make it; ``settings`` come on top.

    Raises FileNotFoundError when there is no course in the folder, unless it is only ``to_read`` what lies there.
    """
    if not to_read and not (course / "nbgrader_config.py").is_file():
        raise FileNotFoundError(f"there is no nbgrader_config.py in {course.resolve()}: is it the course's folder?")
    app = AutogradeApp()
    with chdir(course):
        app.initialize(argv=[assignment])
    app.update_config(settings)
    app.coursedir.assignment_id = assignment
    return JudgedAutograde(coursedir=app.coursedir, parent=app)


def store_of(converter: JudgedAutograde) -> Store:
    """Return the evidence store of an opened course."""
    course = converter.coursedir
    return Store(Path(course.root) / Grading(config=converter.config).store, course.assignment_id)
