"""`nbgrader autograde` for a real class: one student's trouble is that student's alone, and is heard of."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any, NoReturn

from nbconvert.exporters import Exporter
from nbgrader.apps.autogradeapp import AutogradeApp
from nbgrader.converters import Autograde, NbGraderException
from sqlalchemy.exc import OperationalError
from traitlets import Float, Integer, Type

from autograder.course.gradebook.class_results import class_rows, entry_rows
from autograder.course.gradebook.due_submissions import Places, due_students
from autograder.course.gradebook.extra_credit import Bonuses, bonuses_given
from autograder.course.gradebook.grade_basis import judged_by, today
from autograder.course.gradebook.gradebook_queries import CourseError, check_assignment, patient, withdraw_scores
from autograder.course.gradebook.gradebook_snapshot import held_by_gradebook
from autograder.course.gradebook.open_gradebook import open_gradebooks
from autograder.course.gradebook.run_state import Run, explained, temporarily
from autograder.course.gradebook.unanimous_tests import tell_of_unanimous_tests
from autograder.course.intake import handed_in_outputs
from autograder.course.intake.cell_restoring import METADATA_KEY
from autograder.course.intake.file_copies import FileLimits
from autograder.course.intake.notebook_decoding import MEBIBYTE
from autograder.course.intake.reported_changes import is_about_release
from autograder.course.intake.student_tasks import task_of
from autograder.course.intake.submission_intake import IntakeLimits, KeepOutputs, State, take_in
from autograder.course.intake.submitted_entries import find_entries
from autograder.course.loading_message import STOPPED
from autograder.course.notebooks.typed_nbformat import read_back
from autograder.course.plug_in_check import PLUG_IN, gaps_in_grading
from autograder.course.release.grading_way import NO_HIDDEN_TESTS, assignment_to_judge
from autograder.course.release.handed_out_files import earlier_sums
from autograder.course.release.known_answers import REFERENCE, STUB, KnownAnswers
from autograder.course.release.released_notebooks import given_files, released, sum_of
from autograder.course.steps.exporter import CourseExporter
from autograder.course.steps.judging_step import Judged
from autograder.course.stock_grading import grade_as_stock
from autograder.grading.class_run import ClassRun, Done
from autograder.grading.errors import GradingError
from autograder.grading.evidence_store import Store
from autograder.grading.judging_task import Task
from autograder.grading.progress import judging
from autograder.grading.settings import Grading
from autograder.grading.temporary_folder import scratch_folder
from autograder.judge.assignment import Assignment
from autograder.judge.assignment.faults import check
from autograder.judge.errors import CannotJudge
from autograder.judge.notebook import Notebook
from autograder.report.class_summary import IN_GRADEBOOK, print_class_table, print_outcome
from autograder.report.text import gist, listed, one_line
from autograder.terminal import never_fail

HANDED_IN = "handed-in-"  # a run's folder of outputs in it
STATE = Path(".autograder")
STAGED = "staged-"  # a run's folder of clean copies in it; in nbgrader's terms a step like "submitted"


class JudgedAutograde(Autograde):  # type: ignore[misc]
    """Autograde that takes submissions in, judges them, and goes on whatever happens to one of them."""

    database_timeout = Float(
        30.0, help="Seconds to wait for a gradebook (SQLite) that another program has locked."
    ).tag(config=True)

    max_notebook_size = Integer(512, help="Largest notebook that is read, in MiB, outputs included.").tag(config=True)

    exporter_class = Type(CourseExporter, klass=Exporter, help="What runs notebooks through nbgrader's steps.").tag(
        config=True
    )

    _staging = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._steps: dict[bool, list[Any]] = {}

    @property
    def _input_directory(self) -> str:
        return self._staging if self._sanitizing else str(self.coursedir.autograded_directory)

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
        with chdir(self.coursedir.root), self._class_run():
            self._judge(self.course_run.students, then=lambda student: None)
        return self.course_run.done

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
        self.course_run = Run(judged, release, given, earlier, found.students, found.left_out)
        self.course_run.handed_out = {name: sum_of(notebook, given) for name, notebook in release.items()}

    def convert_notebooks(self) -> None:
        """Judge the class side by side, give each student their grades; say what became of the class."""
        run = self.course_run
        due = self._due()
        if due:
            with self._class_run():
                self._judge(due, then=self._give_grades)
                for student in due:
                    if student not in run.unjudged and student not in run.faults:  # there was nothing to judge
                        self._give_grades(student)
        for student in list(run.unrecorded):
            self._withdraw(student)
        self._report()

    @contextmanager
    def _class_run(self) -> Iterator[None]:
        """Find or make the evidence store and a folder for clean copies of the submissions."""
        with scratch_folder(STATE, STAGED) as folder, scratch_folder(STATE, HANDED_IN) as self.course_run.handed_in:
            self._staging = str(folder)
            try:
                check(self.course_run.assignment, self._points())
                self.course_run.judging = ClassRun(self.course_run.assignment, self.config, Path())
                self.course_run.basis = judged_by(self.coursedir, self.course_run, self.config)
                yield
            except (GradingError, CannotJudge, CourseError) as error:
                self._refuse(str(error))
            finally:
                self.course_run.judging = None

    def _points(self) -> dict[str, float]:
        """Return what the released test cells are worth, by question."""
        cells = (Notebook(notebook).test_cells for notebook in self.course_run.release.values())
        return {question: cell.points for found in cells for question, cell in found.items()}

    def _judge(self, students: list[str], then: Callable[[str], None]) -> None:
        """Have the students' notebooks judged side by side, as far as there is no evidence on them yet.

        ``then`` is called with each student whose notebooks are judged, while those of others still are.
        """
        run = self.course_run
        assert run.judging is not None
        total = len(students) * len(run.release)
        with judging(total, self.log, Grading(config=self.config).progress_every) as tell:
            run.watch = tell

            def note(done: Done) -> None:
                if known.note(done.student, done.title):
                    release()
                    return
                run.done.append(done)
                run.unjudged[done.student] -= 1
                if not run.unjudged[done.student]:
                    waiting.append(done.student)
                    release()
                tell(done)

            def release() -> None:
                """Let the grades be written, once the hidden tests have shown to be any good."""
                while waiting and not known.under_way:
                    then(waiting.pop(0))

            known = KnownAnswers(self._folders(), self._staged_tasks, run.judging, self.config, self.log)
            waiting: list[str] = []
            run.judging.judge(known.before(self._tasks(students)), note, tell)
        for student, error in run.not_taken_in:
            self._fail(student, error)

    def _tasks(self, students: list[str]) -> Iterator[Task]:
        """Take the submissions in, one after another, and yield what is to be judged of them."""
        run = self.course_run
        for student in students:
            try:
                with run.watch.doing(f"taking in {one_line(student)}"):
                    tasks = self._taken_in(student)
            except Exception as error:  # heard of once the hidden tests are known to be good
                run.not_taken_in.append((student, error))
                tasks = []
            run.watch.spared(len(run.release) - len(tasks))
            if tasks:
                run.unjudged[student] = len(tasks)
            yield from tasks

    def _taken_in(self, student: str) -> list[Task]:
        return self._staged_tasks(student, self._submitted(student), tell=True)

    def _staged_tasks(self, student: str, folder: Path, tell: bool = False) -> list[Task]:
        run = self.course_run
        staged = self._staged(student)
        notes = take_in(folder, staged, run.release, self._limits(), self._keeping(student), run.given, run.earlier)
        if tell:
            self._tell_of(student, notes)
        notebooks = {Path(name).stem: read_back(staged / name) for name in run.release}
        return [
            task_of(notebook, student, run.assignment, title, staged, run.given)
            for title, notebook in notebooks.items()
            if notebook.metadata[METADATA_KEY].state == State.READABLE
        ]

    def _tell_of(self, student: str, notes: list[str]) -> None:
        """Log what was found in a submission in one line; what concerns many of the class is told once for all."""
        for note in filter(is_about_release, notes):
            self.course_run.anew.setdefault(note, []).append(student)
        if own := [note for note in notes if not is_about_release(note)]:
            self.log.warning("%s: %s", one_line(student), gist(own))

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
            shutil.rmtree(self._staged(student), ignore_errors=True)

    def _due(self) -> list[str]:
        run, course = self.course_run, self.coursedir
        if self.force:
            return run.students
        places = {one: Places(self._submitted(one), self._graded(one)) for one in run.students}
        again = f"nbgrader autograde {course.assignment_id} --force"
        try:
            now = today(course, run, self.config)
        except CannotJudge as error:
            self._refuse(str(error))
        return due_students(places, now, tuple(course.ignore), again, self.log)

    def _grade(self, student: str) -> None:
        assignment, run = self.coursedir.assignment_id, self.course_run
        self.notebooks = [str(self._staged(student) / name) for name in run.release]
        self._withdraw(student, strict=True)
        self._discard(student)  # not before: it says what the judge gave
        if not self.init_destination(assignment, student):
            return
        self.run_pre_convert_hook()
        # That is where nbgrader looks for missing notebooks:
        with temporarily(self.coursedir, submitted_directory=self._staging):
            self.init_assignment(assignment, student)
        for notebook in self.notebooks:
            self.convert_single_notebook(notebook)
        self.set_permissions(assignment, student)
        self.run_post_convert_hook()

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Do what nbgrader does, but put in what was handed out, not what stands in source/ today."""
        course = self.coursedir
        source = Path(course.format_path(course.source_directory, ".", assignment_id))
        every = [str(path.relative_to(source)) for path in source.rglob("*")]
        with temporarily(self, exclude_overwriting={assignment_id: every}):
            super().init_assignment(assignment_id, student_id)
        graded = self._graded(student_id)
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
        self.log.error("%s", "".join(traceback.format_exception(error)))
        reason = explained(error)
        self.log.error("%s: could not be judged: %s", one_line(student), reason)
        self.course_run.faults[student] = reason
        self._withdraw(student)
        self._discard(student)

    def _withdraw(self, student: str, strict: bool = False) -> None:
        """Take back old scores; where that fails now, try once more at the end of the run."""
        assignment = self.coursedir.assignment_id
        try:
            timestamp = self.coursedir.get_existing_timestamp(str(self._staged(student)))
            where = self.coursedir.db_url, self.coursedir.course_id, assignment, student
            withdraw_scores(*where, timestamp, self._bonuses(student))
        except Exception as error:
            self.course_run.unrecorded.add(student)
            if strict:
                raise
            self.log.error("%s: old scores may still be in the gradebook: %s", one_line(student), explained(error))
        else:
            self.course_run.unrecorded.discard(student)

    def _bonuses(self, student: str) -> Bonuses:
        run, course = self.course_run, self.coursedir
        if student not in run.bonuses:  # while there is the copy
            store = Store(Path(course.root) / Grading(config=self.config).store, course.assignment_id)
            run.bonuses[student] = bonuses_given(student, list(run.release), self._graded(student), store)
        return run.bonuses[student]

    def _discard(self, student: str) -> None:
        """Remove an autograded copy that isn't finished. The submission itself is never touched."""
        graded = self._graded(student)
        if graded.is_dir() and not graded.is_symlink():
            shutil.rmtree(graded, ignore_errors=True)

    def _report(self) -> None:
        run, assignment = self.course_run, self.coursedir.assignment_id
        for note, students in run.anew.items():
            who = "1 student" if len(students) == 1 else f"{len(students)} students"
            self.log.warning("%s (%s): %s", who, listed(students), note)
        if isinstance(self.parent, AutogradeApp):  # the formgrader shows the log instead
            folders = {student: Path(self._format_dest(assignment, student)) for student in run.students}
            held = held_by_gradebook(self.coursedir.db_url, self.coursedir.course_id, assignment)
            rows = class_rows(folders, list(run.release), held, run.faults, assignment)
            rows += entry_rows(run.left_out)
            print_class_table(rows, f"{assignment}: {IN_GRADEBOOK}")
            print_outcome(rows, run.done)
        tell_of_unanimous_tests([self._graded(one) for one in run.students], list(run.release), self.log)
        if run.faults:
            names = ", ".join(one_line(student) for student in sorted(run.faults))
            message = f"The grader could not judge {len(run.faults)} of {len(run.students)} students: {names}"
            self.log.error("%s. They are marked for manual grading; see the log above, then grade again.", message)
            raise NbGraderException(message)
        if run.left_out:
            self._refuse(f"Not graded, see the log above for what to do: {listed(list(run.left_out), 20)}")

    def _folders(self) -> dict[str, Path]:
        """Return where the answers lie that are known to be right, and to be none."""
        course, assignment = self.coursedir, self.coursedir.assignment_id
        places = {REFERENCE: course.source_directory, STUB: course.release_directory}
        return {name: Path(course.format_path(place, ".", assignment)) for name, place in places.items()}

    def _staged(self, student: str) -> Path:
        return Path(self.coursedir.format_path(self._staging, student, self.coursedir.assignment_id))

    def _graded(self, student: str) -> Path:
        return Path(self._format_dest(self.coursedir.assignment_id, student))

    def _submitted(self, student: str) -> Path:
        course = self.coursedir
        return Path(course.format_path(course.submitted_directory, student, course.assignment_id))

    def _keeping(self, student: str) -> KeepOutputs:
        folder = self.course_run.handed_in
        assert folder is not None
        return lambda name, outputs: handed_in_outputs.write(folder, student, Path(name).stem, outputs)

    def _limits(self) -> IntakeLimits:
        course = self.coursedir
        files = FileLimits(tuple(course.ignore), course.max_file_size * 1000, course.max_dir_size * 1000)
        return IntakeLimits(files, self.max_notebook_size * MEBIBYTE)

    def _refuse(self, reason: str) -> NoReturn:
        self.log.error("%s", reason)
        raise NbGraderException(reason)
