"""`nbgrader generate_assignment` that leaves the old release where it is until there is a new one."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.converters import BaseConverter, GenerateAssignment, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions, SaveCells
from traitlets.config import Config

from autograder.course.notebooks.typed_nbformat import read
from autograder.authoring.selfcheck_file import ChecksError
from autograder.course.gradebook.run_state import temporarily
from autograder.course.release.handed_out_files import add_handed_out_files, note_earlier, try_selfcheck
from autograder.course.gradebook.gradebook_queries import CourseError
from autograder.course.release.grading_way import assignment_to_judge
from autograder.grading.sums import sum_of_file
from autograder.grading.temporary_folder import scratch_folder
from autograder.judge.assignment import HIDDEN_TESTS, Assignment
from autograder.judge.errors import CannotJudge

STATE = Path(".autograder")
STUB = {"python": "# YOUR CODE HERE"}  # no raise NotImplementedError(): a stub of ours goes on and returns something
UNFINISHED = "generated-"  # a run's folder with the release that it makes


class CarefulGenerateAssignment(GenerateAssignment):  # type: ignore[misc]
    """GenerateAssignment that makes a release elsewhere, twice, before it takes the old one's place.

    nbgrader's own deletes the old one before it knows whether there will be another: where the source is refused, for
    whatever reason, students' notebooks can't be graded any more. The first time the gradebook isn't told, so that it
    hears only of notebooks that go through all the other steps.
    """

    _elsewhere: Path | None = None
    _trying = False

    def start(self) -> None:
        """Make the release, with nbgrader's own stubs where nbgrader grades; refuse to hand hidden tests out."""
        course = self.coursedir
        try:
            assignment = assignment_to_judge(course, self.config)
        except (CourseError, CannotJudge) as error:  # hidden tests may be written after the notebook
            self.log.warning("What is released can't be graded yet: %s", error)
        else:
            if assignment is None and self.config.ClearSolutions.get("code_stub") == STUB:
                self.update_config(Config({"ClearSolutions": {"code_stub": ClearSolutions().code_stub}}))
            if assignment is not None and (leaks := secrets_among(assignment, self._source(course))):
                message = f"{', '.join(leaks)}: that would be handed out, and hidden tests use it. Take it out of source/"
                self.log.error("%s", message)
                raise NbGraderException(message)
        super().start()

    def _source(self, course: CourseDirectory) -> Path:
        return Path(course.root, course.format_path(course.source_directory, ".", course.assignment_id))

    def convert_notebooks(self) -> None:
        """Make the release; where that can't be done, leave the old one as it is and raise what nbgrader raises."""
        with scratch_folder(STATE, UNFINISHED) as folder:
            try:
                with self._trial(folder.resolve() / "tried"):
                    super().convert_notebooks()
                self._elsewhere = folder.resolve() / "made"
                super().convert_notebooks()
            except BaseException:
                self.log.error("What was released before is still there, unchanged.")
                raise
            finally:
                self._elsewhere = None

    @contextmanager
    def _trial(self, folder: Path) -> Iterator[None]:
        """Go through the steps without the gradebook; warnings are for the second time."""
        steps = [step for step in self.exporter._preprocessors if isinstance(step, SaveCells) and step.enabled]
        level = self.log.level
        try:
            self.log.setLevel(logging.ERROR)
            for step in steps:
                step.enabled = False
            with temporarily(self, no_database=True, _elsewhere=folder, _trying=True):
                yield
        finally:
            self.log.setLevel(level)
            for step in steps:
                step.enabled = True

    def _format_dest(self, assignment_id: str, student_id: str, escape: bool = False) -> str:
        if self._elsewhere is not None:
            return str(self._elsewhere / assignment_id)
        return str(super()._format_dest(assignment_id, student_id, escape))

    def init_destination(self, assignment_id: str, student_id: str) -> bool:
        """Return whether there is anything to do, as nbgrader does, but remove nothing."""
        with temporarily(self, _elsewhere=None):
            released = Path(self._format_dest(assignment_id, student_id))
        single = self.coursedir.notebook_id != "*"
        wanted = [released / Path(notebook).name for notebook in self.notebooks] if single else [released]
        if self.force or not all(path.exists() for path in wanted):
            return True
        source = self._format_source(assignment_id, student_id)
        new, old = (self.coursedir.get_existing_timestamp(str(folder)) for folder in (source, released))
        if new is not None and old is not None and new > old:
            return True
        self.log.info("Skipping existing assignment: %s", released)
        return False

    def run_pre_convert_hook(self) -> None:
        """Run a course's hook once: before the steps are tried."""
        if self._trying:
            super().run_pre_convert_hook()

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy the other files, as nbgrader does, and make those that are made."""
        super().init_assignment(assignment_id, student_id)
        source, made = (Path(place(assignment_id, student_id)) for place in (self._format_source, self._format_dest))
        try:
            add_handed_out_files(source, made)
            if self._trying:
                self._try_files(source, made)
        except ChecksError as error:
            self.log.error("%s", error)
            raise NbGraderException(str(error)) from None

    def _try_files(self, source: Path, made: Path) -> None:
        try_selfcheck(source, made)

    def set_permissions(self, assignment_id: str, student_id: str) -> None:
        """Put what was made in its place, where all went well so far, and let students read it."""
        if self._trying:
            return
        made = Path(self._format_dest(assignment_id, student_id))
        with temporarily(self, _elsewhere=None):
            released = Path(self._format_dest(assignment_id, student_id))
            note_earlier(Path(self.coursedir.root), assignment_id, released)
            _put_in_place(made, released, whole=self.coursedir.notebook_id == "*")
            super().set_permissions(assignment_id, student_id)

    def run_post_convert_hook(self) -> None:
        """Run a course's hook once: when the release is in its place."""
        if not self._trying:
            super().run_post_convert_hook()


def secrets_among(assignment: Assignment, folder: Path) -> list[str]:
    """Return the files in a folder that are none for students: hidden tests, right answers."""
    secrets = {path.read_bytes() for path in assignment.secrets}
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".ipynb")
    return [str(path) for path in found if path.name == HIDDEN_TESTS or path.read_bytes() in secrets]


def _put_in_place(made: Path, released: Path, whole: bool) -> None:
    """Move a new release into the place of the old one; not the whole of it: its files among the old ones."""
    released.parent.mkdir(parents=True, exist_ok=True)
    if not whole:
        for path in filter(Path.is_file, made.rglob("*")):
            target = released / path.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy(path, target)
        return
    before = made.with_name(f"{made.name}.before")
    if released.exists():
        shutil.move(released, before)
    try:
        shutil.move(made, released)
    except BaseException:
        if before.exists():
            shutil.move(before, released)
        raise


class NotMadeError(Exception):
    """Nothing can be released today; the message says why."""


@dataclass(frozen=True)
class Made:
    """What would be released today."""

    notebooks: dict[str, NotebookNode]  # by file name
    files: dict[str, str]  # sums of the other files, by their path in the assignment's folder


def made_today(converter: BaseConverter, assignment: str) -> Made:
    """Return what would be released today; nothing is written to the course.

    ``converter`` is any one of the course. Raises NotMadeError.
    """
    course = CourseDirectory(config=converter.config, root=converter.coursedir.root)
    course.assignment_id = assignment
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = _Rehearsal(coursedir=course, config=converter.config, folder=Path(folder))
        try:
            rehearsal.start()
        except Exception as error:  # the source is refused, for whatever reason
            raise NotMadeError(f"source/ is refused ({type(error).__name__}: {error})") from error
        made = Path(folder, assignment)
        notebooks = {path.name: read(path) for path in sorted(made.glob("*.ipynb"))}
        files = {str(path.relative_to(made)): sum_of_file(path) for path in made.rglob("*") if path.is_file()}
        return Made(notebooks, {name: total for name, total in files.items() if name not in notebooks})


class _Rehearsal(CarefulGenerateAssignment):
    """Goes through the steps and leaves it at that."""

    def __init__(self, folder: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.force = True
        self._folder = folder
        self.log = logging.getLogger(f"{__name__}.rehearsal")  # heard by nobody
        self.log.addHandler(logging.NullHandler())
        self.log.propagate = False

    def convert_notebooks(self) -> None:
        with self._trial(self._folder):
            GenerateAssignment.convert_notebooks(self)

    def _try_files(self, source: Path, made: Path) -> None:
        """That takes seconds, and changes nothing in what is made."""

    def run_pre_convert_hook(self) -> None:
        """A course's hook may do anything: it waits for the performance."""
