"""The submissions of a class taken in, one after another, and judged side by side."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograder.course.gradebook.run_state import Run
from autograder.course.intake import handed_in_outputs
from autograder.course.intake.cell_restoring import METADATA_KEY
from autograder.course.intake.reported_changes import ReleaseNote
from autograder.course.intake.student_tasks import task_of
from autograder.course.intake.submission_intake import IntakeLimits, KeepOutputs, State, take_in
from autograder.course.notebooks.typed_nbformat import read_back
from autograder.course.release.known_answers import REFERENCE, STUB, KnownAnswers
from autograder.grading.class_run import ClassRun, Done
from autograder.grading.judging_task import Task
from autograder.grading.progress import judging
from autograder.grading.settings import Grading
from autograder.report.text import gist, one_line


class ClassJudging:
    """Has the notebooks of a run's students judged, as far as there is no evidence on them yet."""

    def __init__(self, run: Run, course: CourseDirectory, limits: IntakeLimits, config: Config, log: logging.Logger):
        """``limits``: how large what was handed in may be."""
        assert run.judging is not None
        self._run, self._course, self._limits, self._config, self._log = run, course, limits, config, log
        self._class_run: ClassRun = run.judging
        self._known = KnownAnswers(self._known_folders(), self._staged_tasks, run.judging, config, log)
        self._waiting: list[str] = []  # students who are judged, while it isn't known whether the tests are any good

    def judge(self, students: list[str], then: Callable[[str], None]) -> None:
        """Judge them; ``then`` is called with each student who is judged, while others still are.

        Nobody's grade is written before the hidden tests have shown to be any good. Raises CourseError if they don't,
        GradingError where nothing can be judged.
        """
        run = self._run
        total = len(students) * len(run.release)
        with judging(total, self._log, Grading(config=self._config).progress_every) as progress:
            run.watch = progress

            def note(done: Done) -> None:
                is_students = not self._known.note(done.student, done.title)
                if is_students:
                    self._note(done)
                while self._waiting and not self._known.under_way:
                    then(self._waiting.pop(0))
                if is_students:
                    progress(done)

            tasks = self._known.before(self._tasks(students))
            self._class_run.judge(tasks, note, progress, some_new=self._some_new(students))

    def _some_new(self, students: list[str]) -> bool:
        """Whether a notebook of one of them has never been judged."""
        titles = [Path(name).stem for name in self._run.release]
        return any(not self._class_run.store.keys(student, title) for student in students for title in titles)

    def _note(self, done: Done) -> None:
        run = self._run
        run.done.append(done)
        run.unjudged[done.student] -= 1
        if not run.unjudged[done.student]:
            self._waiting.append(done.student)

    def _tasks(self, students: list[str]) -> Iterator[Task]:
        """Take the submissions in, one after another, and yield what is to be judged of them."""
        run = self._run
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
        return self._staged_tasks(student, self._run.folders.submitted(student), tell=True)

    def _staged_tasks(self, student: str, folder: Path, tell: bool = False) -> list[Task]:
        run, staged = self._run, self._run.folders.staged(student)
        notes = take_in(folder, staged, run.release, self._limits, self._keeping(student), run.given, run.earlier)
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
        for note in notes:
            if isinstance(note, ReleaseNote):
                self._run.anew.setdefault(note, []).append(student)
        if own := [note for note in notes if not isinstance(note, ReleaseNote)]:
            self._log.warning("%s: %s", one_line(student), gist(own))

    def _keeping(self, student: str) -> KeepOutputs:
        folder = self._run.handed_in
        assert folder is not None
        return lambda name, outputs: handed_in_outputs.write(folder, student, Path(name).stem, outputs)

    def _known_folders(self) -> dict[str, Path]:
        """Return where the answers lie that are known to be right, and to be none."""
        course = self._course
        steps = {REFERENCE: course.source_directory, STUB: course.release_directory}
        return {name: Path(course.format_path(step, ".", course.assignment_id)) for name, step in steps.items()}
