"""`nbgrader autograde` for a real class: one student's trouble is that student's alone, and is heard of."""

from __future__ import annotations

import fnmatch
import glob
import re
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters import Autograde, NbGraderException
from sqlalchemy.exc import OperationalError
from traitlets import Float, Integer

from autograder.course.files import FileLimits
from autograder.course.intake import IntakeLimits, take_in
from autograder.course.judging import Judged
from autograder.course.notebooks import read
from autograder.course.progress import with_progress
from autograder.course.reading import MEBIBYTE
from autograder.course.records import CourseError, check_assignment, patient, withdraw_scores
from autograder.course.results import class_row, is_finished
from autograder.course.wording import one_line
from autograder.report.summary import print_class_table

STAGED = ".autograder/staged"  # the clean copies; in nbgrader's terms a step like "submitted"


@dataclass
class Run:
    """One run over a class."""

    release: dict[str, NotebookNode]  # by file name
    students: list[str] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)  # by student: what kept the grader from judging
    unrecorded: set[str] = field(default_factory=set)  # students whose old scores could not be taken back


class JudgedAutograde(Autograde):  # type: ignore[misc]
    """Autograde that takes submissions in, judges them, and goes on whatever happens to one of them."""

    database_timeout = Float(
        30.0, help="Seconds to wait for a gradebook (SQLite) that another program has locked."
    ).tag(config=True)

    max_notebook_size = Integer(512, help="Largest notebook that is read, in MiB, outputs included.").tag(config=True)

    @property
    def _input_directory(self) -> str:
        return STAGED if self._sanitizing else str(self.coursedir.autograded_directory)

    def start(self) -> None:
        """Grade the submissions; raise NbGraderException at the end if the grader could not judge one of them."""
        with _temporarily(self.coursedir, db_url=patient(self.coursedir.db_url, self.database_timeout)):
            super().start()

    def init_notebooks(self) -> None:
        """List the submissions. They are taken in one by one, later: an odd one must not keep the others from it."""
        assignment = self.coursedir.assignment_id
        pattern = self.coursedir.format_path(self.coursedir.submitted_directory, self.coursedir.student_id, assignment)
        whole = self.coursedir.format_path(
            self.coursedir.submitted_directory, "(?P<student>[^/\\\\]+)", re.escape(assignment), escape=True
        )
        paths = glob.glob(pattern)  # noqa: PTH207 (a course's directory_structure may be absolute)
        found = {match["student"] for path in paths if (match := re.fullmatch(whole, path))}
        found -= set(self.coursedir.student_id_exclude.split(","))
        if not found:
            self._refuse(f"no submission matches {pattern}")
        try:
            release = self._release(assignment)
            check_assignment(self.coursedir.db_url, self.coursedir.course_id, assignment, release)
        except (CourseError, OperationalError) as error:
            self._refuse(str(error))
        self.course_run = Run(release, sorted(found))

    def convert_notebooks(self) -> None:
        """Grade each student; then say what became of the class."""
        run = self.course_run
        for student in with_progress(run.students, self.log, self.coursedir.assignment_id):
            try:
                self._grade(student)
            except KeyboardInterrupt:
                self._discard(student)
                self.log.error("Cancelled at %s, who has no automatic scores now: grade again", one_line(student))
                raise
            except (Exception, SystemExit) as error:  # nbgrader's own steps may call sys.exit
                self._fail(student, error)
            finally:
                shutil.rmtree(self._staged(student), ignore_errors=True)
        for student in list(run.unrecorded):
            self._withdraw(student)
        self._report()

    def _grade(self, student: str) -> None:
        assignment, run = self.coursedir.assignment_id, self.course_run
        submitted = self.coursedir.format_path(self.coursedir.submitted_directory, student, assignment)
        for note in take_in(Path(submitted), self._staged(student), run.release, self._limits()):
            self.log.warning("%s: %s", one_line(student), note)
        self.notebooks = [str(self._staged(student) / name) for name in run.release]
        graded = Path(self._format_dest(assignment, student))
        if graded.exists() and not is_finished(graded, list(run.release)):
            self.log.info("Grading %s again: not judged the last time", one_line(student))
            self._discard(student)
        if not self.init_destination(assignment, student):
            return
        self._withdraw(student, strict=True)
        self.run_pre_convert_hook()
        with _temporarily(self.coursedir, submitted_directory=STAGED):  # where nbgrader looks for missing notebooks
            self.init_assignment(assignment, student)
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        self.set_permissions(assignment, student)
        self.run_post_convert_hook()

    def write_single_notebook(self, output: str, resources: Any) -> None:
        """Write a notebook and note what the judge said of it."""
        super().write_single_notebook(output, resources)
        if isinstance(judged := resources.get("autograder"), Judged):
            student, notebook = resources["nbgrader"]["student"], resources["nbgrader"]["notebook"]
            if judged.fault:
                self.log.error("%s: %s.ipynb: %s", one_line(student), notebook, judged.fault)
                self.course_run.faults[student] = judged.fault
            elif judged.trouble:
                self.log.warning("%s: %s.ipynb: %s", one_line(student), notebook, judged.trouble)

    def _fail(self, student: str, error: BaseException) -> None:
        """Record that the grader failed: no score, no copy that looks finished, a line that says who and why."""
        self.log.error("%s", "".join(traceback.format_exception(error)))
        reason = _explained(error)
        self.log.error("%s: could not be judged: %s", one_line(student), reason)
        self.course_run.faults[student] = reason
        self._discard(student)
        self._withdraw(student)

    def _withdraw(self, student: str, strict: bool = False) -> None:
        """Take back old scores; where that fails now, try once more at the end of the run."""
        assignment = self.coursedir.assignment_id
        try:
            timestamp = self.coursedir.get_existing_timestamp(str(self._staged(student)))
            withdraw_scores(self.coursedir.db_url, self.coursedir.course_id, assignment, student, timestamp)
        except Exception as error:
            self.course_run.unrecorded.add(student)
            if strict:
                raise
            self.log.error("%s: old scores may still be in the gradebook: %s", one_line(student), _explained(error))
        else:
            self.course_run.unrecorded.discard(student)

    def _discard(self, student: str) -> None:
        """Remove an autograded copy that isn't finished. The submission itself is never touched."""
        graded = Path(self._format_dest(self.coursedir.assignment_id, student))
        if graded.is_dir() and not graded.is_symlink():
            shutil.rmtree(graded, ignore_errors=True)

    def _report(self) -> None:
        run, assignment = self.course_run, self.coursedir.assignment_id
        if isinstance(self.parent, AutogradeApp):  # the formgrader shows the log instead
            folders = {student: Path(self._format_dest(assignment, student)) for student in run.students}
            rows = [
                class_row(student, folder, list(run.release), run.faults.get(student, ""))
                for student, folder in folders.items()
            ]
            print_class_table(rows, f"{assignment}: automatic points")
        if run.faults:
            names = ", ".join(one_line(student) for student in sorted(run.faults))
            message = f"The grader could not judge {len(run.faults)} of {len(run.students)} students: {names}"
            self.log.error("%s. They are marked for manual grading; see the log above, then grade again.", message)
            raise NbGraderException(message)

    def _staged(self, student: str) -> Path:
        return Path(self.coursedir.format_path(STAGED, student, self.coursedir.assignment_id))

    def _release(self, assignment: str) -> dict[str, NotebookNode]:
        folder = Path(self.coursedir.format_path(self.coursedir.release_directory, ".", assignment))
        wanted = f"{self.coursedir.notebook_id}.ipynb"
        paths = sorted(path for path in folder.glob("*.ipynb") if fnmatch.fnmatch(path.name, wanted))
        if not paths:
            raise CourseError(f"there is no {wanted} in {folder}: run `nbgrader generate_assignment {assignment}`")
        return {path.name: read(path) for path in paths}

    def _limits(self) -> IntakeLimits:
        course = self.coursedir
        files = FileLimits(tuple(course.ignore), course.max_file_size * 1000, course.max_dir_size * 1000)
        return IntakeLimits(files, self.max_notebook_size * MEBIBYTE)

    def _refuse(self, reason: str) -> None:
        self.log.error("%s", reason)
        raise NbGraderException(reason)


def _explained(error: BaseException) -> str:
    text = one_line(error, 300)
    if isinstance(error, OperationalError):
        locked = "locked" in text
        step = "wait until no other program writes to it" if locked else "back it up, run `nbgrader db upgrade`"
        return f"the gradebook can't be used ({one_line(error.orig)}): {step} and grade again"
    return f"{type(error).__name__}: {text}"


@contextmanager
def _temporarily(target: Any, **values: Any) -> Iterator[None]:
    before = {name: getattr(target, name) for name in values}
    try:
        for name, value in values.items():
            setattr(target, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(target, name, value)
