"""`nbgrader autograde` for a real class: one student's trouble is that student's alone, and is heard of."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from nbconvert.exporters import Exporter
from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters import Autograde, NbGraderException
from sqlalchemy.exc import OperationalError
from traitlets import Float, Integer, Type

from autograder.course import class_report
from autograder.course.class_judging import ClassJudging
from autograder.course.gradebook.due_submissions import Places, due_students
from autograder.course.gradebook.grade_basis import judged_by, today
from autograder.course.gradebook.gradebook_queries import CourseError, check_assignment, patient
from autograder.course.gradebook.old_scores import OldScores
from autograder.course.gradebook.open_gradebook import open_gradebooks
from autograder.course.gradebook.run_state import Run, explained, temporarily
from autograder.course.intake.file_copies import FileLimits
from autograder.course.intake.inert_files import copy_inert
from autograder.course.intake.notebook_decoding import MEBIBYTE
from autograder.course.intake.student_folders import StudentFolders
from autograder.course.intake.submission_intake import IntakeLimits
from autograder.course.intake.submitted_entries import find_entries
from autograder.course.loading_message import STOPPED
from autograder.course.plug_in_check import PLUG_IN, gaps_in_grading
from autograder.course.release.grading_way import NO_HIDDEN_TESTS, assignment_to_judge
from autograder.course.release.handed_out_files import earlier_sums
from autograder.course.release.released_notebooks import given_files, released, sum_of
from autograder.course.steps.exporter import CourseExporter
from autograder.course.steps.judging_step import Judged
from autograder.course.stock_grading import grade_as_stock
from autograder.grading.assignment_facts import AssignmentFacts
from autograder.grading.class_run import ClassRun, Done, store_of
from autograder.grading.errors import GradingError
from autograder.grading.facts_lookup import facts_of
from autograder.grading.temporary_folder import scratch_folder
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.notebook import Notebook
from autograder.report.text import one_line
from autograder.terminal import never_fail

HANDED_IN = "handed-in-"  # a run's folder of outputs in it
STATE = Path(".autograder")
STAGED = "staged-"  # a run's folder of clean copies in it


class JudgedAutograde(Autograde):  # type: ignore[misc]
    """Autograde that takes submissions in, judges them, and goes on whatever happens to one of them."""

    database_timeout = Float(
        30.0, help="Seconds to wait for a gradebook (SQLite) that another program has locked."
    ).tag(config=True)

    max_notebook_size = Integer(512, help="Largest notebook that is read, in MiB, outputs included.").tag(config=True)

    exporter_class = Type(CourseExporter, klass=Exporter, help="What runs notebooks through nbgrader's steps.").tag(
        config=True
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._steps: dict[bool, list[Any]] = {}

    @property
    def _input_directory(self) -> str:
        return self.course_run.folders.staging if self._sanitizing else str(self.coursedir.autograded_directory)

    def start(self) -> None:
        """Grade the submissions; raise NbGraderException at the end if the grader could not judge one of them.

        Raises it at once where the steps that judge and save aren't all there.
        """
        never_fail(self.log)
        if gaps := gaps_in_grading(self):
            self._refuse(f"nothing is graded, since it would not be judged: {'; '.join(gaps)}. Next step: {PLUG_IN}")
        url = patient(self.coursedir.db_url, self.database_timeout)
        if self._assignment() is None:
            grade_as_stock(self)
            return
        try:
            with temporarily(self.coursedir, db_url=url), open_gradebooks():
                super().start()
        except KeyboardInterrupt:
            self._refuse(STOPPED)

    def _assignment(self) -> Assignment | None:
        try:
            return assignment_to_judge(self.coursedir, self.config)
        except (CourseError, CannotJudge) as error:
            self._refuse(str(error))

    def judge_only(self) -> list[Done]:
        """Judge all submissions without looking at the gradebook; return what became of each."""
        self._find_submissions()
        run = self.course_run
        with chdir(self.coursedir.root), self._class_run():
            self._class_judging().judge(run.students, then=lambda student: None)
        for student, error in run.not_taken_in:
            self._tell_fault(student, error)
        return run.done

    def init_notebooks(self) -> None:
        """List the submissions; refuse to go on where the gradebook doesn't know the assignment as it was released."""
        self._find_submissions()
        course, release = self.coursedir, self.course_run.release
        try:
            check_assignment(course.db_url, course.course_id, course.assignment_id, release)
        except (CourseError, OperationalError) as error:
            self._refuse(str(error))

    def _find_submissions(self) -> None:
        """List the submissions. They are taken in one by one, later: an odd one must not keep the others from it."""
        judged, assignment = self._assignment(), self.coursedir.assignment_id
        if judged is None:
            self._refuse(f"there is nothing to judge: {NO_HIDDEN_TESTS.format(assignment)}")
        submitted = self.coursedir.submitted_directory
        found = find_entries(self.coursedir, submitted, assignment)
        for name, reason in found.left_out.items():
            self.log.error("%s: can't be graded: %s", one_line(name), reason)
        if not found.students:
            pattern = self.coursedir.format_path(submitted, self.coursedir.student_id, assignment)
            self._refuse(f"no submission matches {pattern}")
        try:
            release = released(self.coursedir, assignment)
        except CourseError as error:
            self._refuse(str(error))
        given = given_files(self.coursedir, assignment, self.exclude_overwriting.get(assignment, []))
        earlier = earlier_sums(Path(self.coursedir.root), assignment)
        folders = StudentFolders(self.coursedir, assignment)
        self.course_run = Run(judged, folders, release, given, earlier, found.students, found.left_out)
        self._old_scores = OldScores(self.course_run, self.coursedir, self.config, self.log)
        self.course_run.handed_out = {name: sum_of(notebook, given) for name, notebook in release.items()}

    def convert_notebooks(self) -> None:
        """Judge the class side by side, give each student their grades; say what became of the class."""
        run = self.course_run
        due = self._due()
        if due:
            with self._class_run():
                self._class_judging().judge(due, then=self._give_grades)
                for student, error in run.not_taken_in:
                    self._fail(student, error)
                for student in due:
                    if student not in run.unjudged and student not in run.faults:  # there was nothing to judge
                        self._give_grades(student)
        self._old_scores.withdraw_left()
        # The formgrader shows the log instead of a table.
        class_report.tell(run, self.coursedir, self.log, table=isinstance(self.parent, AutogradeApp))

    @contextmanager
    def _class_run(self) -> Iterator[None]:
        """Find or make the evidence store and a folder for clean copies of the submissions."""
        run = self.course_run
        with scratch_folder(STATE, STAGED) as folder, scratch_folder(STATE, HANDED_IN) as run.handed_in:
            run.folders = replace(run.folders, staging=str(folder))
            try:
                facts = self._facts()
                if facts.fault:
                    self._refuse(facts.fault)
                run.judging = ClassRun(run.assignment, self.config, Path(), facts)
                run.basis = judged_by(run, facts, self.config)
                yield
            except (GradingError, CannotJudge, CourseError) as error:
                self._refuse(str(error))
            finally:
                run.judging = None

    def _class_judging(self) -> ClassJudging:
        course = self.coursedir
        files = FileLimits(tuple(course.ignore), course.max_file_size * 1000, course.max_dir_size * 1000)
        limits = IntakeLimits(files, self.max_notebook_size * MEBIBYTE)
        return ClassJudging(self.course_run, course, limits, self.config, self.log)

    def _facts(self) -> AssignmentFacts:
        """Return the facts of the assignment, which are found once in a run. Raises CannotJudge, GradingError."""
        run = self.course_run
        if run.facts is None:
            store = store_of(run.assignment, self.config, Path(self.coursedir.root))
            run.facts = facts_of(run.assignment, self.config, store, self._points())
        return run.facts

    def _points(self) -> dict[str, float]:
        """Return what the released test cells are worth, by question."""
        cells = (Notebook(notebook).test_cells for notebook in self.course_run.release.values())
        return {question: cell.points for found in cells for question, cell in found.items()}

    def _give_grades(self, student: str) -> None:
        """Grade a student whose evidence is there; whatever goes wrong is that student's alone."""
        try:
            with self.course_run.watch.doing(f"writing the grades of {one_line(student)}"):
                self._grade(student)
        except KeyboardInterrupt:
            self._discard(student)
            self.log.error("Cancelled at %s, who has no automatic scores now: grade again", one_line(student))
            raise
        except (Exception, SystemExit) as error:  # nbgrader's own steps may call sys.exit
            self._fail(student, error)
        finally:
            shutil.rmtree(self.course_run.folders.staged(student), ignore_errors=True)

    def _due(self) -> list[str]:
        run, course = self.course_run, self.coursedir
        if self.force:
            return run.students
        places = {one: Places(run.folders.submitted(one), run.folders.graded(one)) for one in run.students}
        again = f"nbgrader autograde {course.assignment_id} --force"
        try:
            now = today(course, run, self._facts(), self.config)
        except (CannotJudge, GradingError) as error:
            self._refuse(str(error))
        return due_students(places, now, tuple(course.ignore), again, self.log)

    def _grade(self, student: str) -> None:
        assignment, run = self.coursedir.assignment_id, self.course_run
        self.notebooks = [str(run.folders.staged(student) / name) for name in run.release]
        self._old_scores.withdraw_now(student)
        self._discard(student)  # not before: it says what the judge gave
        if not self.init_destination(assignment, student):
            return
        self.run_pre_convert_hook()
        # That is where nbgrader looks for missing notebooks:
        with temporarily(self.coursedir, submitted_directory=run.folders.staging):
            self.init_assignment(assignment, student)
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        self.set_permissions(assignment, student)
        self.run_post_convert_hook()

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Do what nbgrader does, but put in what was handed out, not what stands in source/ today.

        Of a student's files those are put beside the notebook that are data and nothing else.
        """
        course = self.coursedir
        source = Path(course.format_path(course.source_directory, ".", assignment_id))
        every = [str(path.relative_to(source)) for path in source.rglob("*")]
        with temporarily(self, exclude_overwriting={assignment_id: every}), temporarily(course, ignore=["*"]):
            super().init_assignment(assignment_id, student_id)
        graded = self.course_run.folders.graded(student_id)
        copy_inert(self.course_run.folders.staged(student_id), graded)
        for name, path in self.course_run.given.items():
            (graded / name).parent.mkdir(parents=True, exist_ok=True)
            (graded / name).unlink(missing_ok=True)
            shutil.copy(path, graded / name)

    def _init_preprocessors(self) -> None:
        """Make the steps of nbgrader's two passes once, not for each notebook again."""
        if self._sanitizing not in self._steps:
            super()._init_preprocessors()
            self._steps[self._sanitizing] = self.exporter._preprocessors
        self.exporter._preprocessors = self._steps[self._sanitizing]

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
        self._tell_fault(student, error)
        self._old_scores.withdraw(student)
        self._discard(student)

    def _tell_fault(self, student: str, error: BaseException) -> None:
        self.log.error("%s", "".join(traceback.format_exception(error)))
        reason = explained(error)
        self.log.error("%s: could not be judged: %s", one_line(student), reason)
        self.course_run.faults[student] = reason

    def _discard(self, student: str) -> None:
        """Remove an autograded copy that isn't finished. The submission itself is never touched."""
        graded = self.course_run.folders.graded(student)
        if graded.is_dir() and not graded.is_symlink():
            shutil.rmtree(graded, ignore_errors=True)

    def _refuse(self, reason: str) -> NoReturn:
        self.log.error("%s", reason)
        raise NbGraderException(reason)
