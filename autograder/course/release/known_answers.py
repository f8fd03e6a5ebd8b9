"""The hidden tests are tried before they judge anybody: on the reference solution, and on the notebook as handed out.

Both go the way that students' notebooks go, side by side with the class' first ones, and their evidence is kept as
theirs is. No score is written before they are through.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from traitlets.config import Config

from autograder.course.gradebook.gradebook_queries import CourseError
from autograder.report.text import capitalised, one_line
from autograder.grading.class_run import ClassRun
from autograder.grading.judging_task import Task, notebook_of
from autograder.judge.notebook import Notebook
from autograder.judge.evidence import Evidence, Outcome, TestResult
from autograder.judge.settings import Training

REFERENCE, STUB = "the reference solution", "the notebook as handed out"  # in a student's place


class KnownAnswers:
    """Reference solution and released notebook on their way through the hidden tests of one run."""

    def __init__(
        self,
        folders: Mapping[str, Path],
        take_in: Callable[[str, Path], list[Task]],
        run: ClassRun,
        config: Config,
        log: logging.Logger,
    ):
        """``folders``: where REFERENCE and STUB lie; ``take_in`` makes tasks of one as of a student's."""
        self._folders, self._take_in, self._run, self._log = folders, take_in, run, log
        self._trains = Training(config=config).enabled
        self._open: dict[tuple[str, str], Task] | None = None  # by name and title: under way; None: not started
        self._judged: list[Task] = []

    def before(self, tasks: Iterator[Task]) -> Iterator[Task]:
        """Yield their tasks, then ``tasks``; nothing where there are none."""
        for first in tasks:
            found = [task for name in self._folders for task in self._tasks(name)]
            self._open = {(task.student, task.title): task for task in found}
            yield from found
            yield first
            yield from tasks

    def _tasks(self, name: str) -> list[Task]:
        folder, tasks, reason = self._folders[name], list[Task](), "there is no readable notebook"
        try:
            tasks = self._take_in(name, folder) if folder.is_dir() else []
        except Exception as error:  # an odd source folder is no reason to grade nobody
            reason = f"{type(error).__name__}: {one_line(error)}"
        if not tasks:
            text = "The hidden tests are not tried on %s, %s: %s. The class is judged all the same"
            self._log.warning(text, name, folder, reason)
        return [task for task in tasks if Notebook(notebook_of(task)).test_cells]

    @property
    def under_way(self) -> bool:
        """Whether something is still to be found out."""
        return self._open is None or bool(self._open)

    def note(self, student: str, title: str) -> bool:
        """Note that there is evidence on a notebook; return whether it was one of these.

        Raises CourseError once the last is there, if a hidden test is no good.
        """
        task = self._open.pop((student, title), None) if self._open else None
        if task is not None:
            self._judged.append(task)
            if not self._open:
                self._check()
        return task is not None

    def _check(self) -> None:
        complaints: list[str] = []
        for task in self._judged:
            evidence = self._run.evidence(task)
            path = self._folders[task.student] / f"{task.title}.ipynb"
            found = list(_given_for_nothing(evidence) if task.student == STUB else self._rejected(evidence, path))
            if found:  # after a repair elsewhere, or on a machine less busy, it may be another
                self._run.forget(task)
            complaints += found
        if complaints:
            step = f"Mend that ({self._run.assignment.folder}; CONTRIBUTING.md says how to debug a hidden test) and grade again"
            raise CourseError(f"{'. '.join(complaints)}. Nothing was graded. {step}")

    def _rejected(self, evidence: Evidence, path: Path) -> Iterator[str]:
        """Yield what is wrong with hidden tests, and warn of what the reference says nothing about."""
        trained = self._run.trained
        for question in evidence.questions:
            trains = question.question in trained
            if question.note:
                text = "%s: %s leaves this as it was handed out: its hidden tests are not tried on it"
                self._log.warning(text, question.question, REFERENCE)
                continue
            for test in question.tests:
                what = f"the hidden test {test.name} of {question.question}"
                if test.outcome is Outcome.FAILED:
                    yield f"{capitalised(what)} rejects {REFERENCE} ({path}): {_reason(test)}"
                elif test.outcome is Outcome.NOT_JUDGED and not trains:
                    yield f"{capitalised(what)} can't judge {REFERENCE} ({path}): {_reason(test)}"
                elif test.outcome is Outcome.NOT_JUDGED and self._trains:
                    self._log.warning("%s can't judge %s: %s", capitalised(what), REFERENCE, _reason(test))


def _given_for_nothing(evidence: Evidence) -> Iterator[str]:
    for question in evidence.questions:
        for test in question.tests:
            if test.outcome is Outcome.PASSED and (test.points or test.bonus):
                what = f"The hidden test {test.name} of {question.question}"
                yield f"{what} gives {test.points + test.bonus:g} points for {STUB}"


def _reason(test: TestResult) -> str:
    example, last = test.counterexample, test.details.strip().splitlines()[-1:]
    wrong = f"{example.yours}, where {example.expected} was expected" if example else test.sentence
    return one_line((last[0] if last else "") or test.message or wrong, 300).rstrip(".")
