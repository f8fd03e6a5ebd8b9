"""One notebook judged: the memory of the pytest session that does it."""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest
import torch
from traitlets.config import Config

from autograder.judge import hypothesis_examples, hypothesis_profile
from autograder.judge.answer_checks import StudentFailed, StudentLost
from autograder.judge.assignment import Assignment
from autograder.judge.compile_time import about_compiling
from autograder.judge.connection import Copy
from autograder.judge.diagnosis.call_log import CallLog, RecordedCall
from autograder.judge.diagnosis.diagnose import Observed
from autograder.judge.diagnosis.explain import explained, explained_by_training
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence, Outcome, QuestionResult, TestResult
from autograder.judge.forbidden_use import forbidden
from autograder.judge.given_data import with_data_sets
from autograder.judge.notebook import Notebook
from autograder.judge.notebook_run import NotebookRun
from autograder.judge.outcome_rules import classify
from autograder.judge.question_results import not_judged, points_of, question_of, result_of, versions
from autograder.judge.settings import NotebookJudge, Training
from autograder.judge.stopwatch import StalledError
from autograder.judge.student_fixture import Student
from autograder.judge.training.device import CPU, chosen, with_gpu
from autograder.judge.training.thresholds import recipe_on
from autograder.judge.training.trainer import Trainer
from autograder.judge.training.training_setting import training_setting

STUB_NOTE = "This answer is still as it was handed out."


@dataclass
class _Question:
    """What is known of a question while its tests are run."""

    tests: list[TestResult] = field(default_factory=list)
    calls: dict[str, CallLog] = field(default_factory=dict)  # by test
    student: Student | None = None  # of the test that is being run
    trainer: Trainer | None = None  # where its tests train
    copy: Copy | None = None  # of the kernel: lent to test after test, until one fails
    ended_by: StudentLost | None = None  # a hang: its other tests would only wait for the same
    stalled: StalledError | None = None  # the same, where it may not be the student's doing


class JudgeSession:
    """Judges one notebook, test by test, and puts together its evidence."""

    def __init__(
        self,
        notebook: Notebook,
        student_files: Path,
        config: Config | None = None,
        questions: frozenset[str] | None = None,
        assignment: Assignment | None = None,
    ):
        """``assignment``: None where the tests are chosen by hand: the folder of the first one is it."""
        torch.set_num_threads(1)  # spinning OpenMP threads would fight with the student's kernel for the cores
        self._config = config or Config()
        self._limits = NotebookJudge(config=self._config)
        self._notebook, self._assignment = notebook, assignment
        self._wanted = frozenset(notebook.test_cells) if questions is None else questions
        self._student_files = student_files
        self._run = self._new_run(self._config)
        self._gpu_run: NotebookRun | None = None
        self._questions: dict[str, _Question] = {}
        self._start = time.monotonic()
        self._tests_end = self._start
        self._current = ""  # the question whose tests are being run
        self._failure = ""  # what kept the rest of the notebook from being run

    def sort(self, items: list[pytest.Item]) -> None:
        """Sort tests by their question's place in the notebook; refuse tests without question or points.

        Tests of questions that the notebook has no test cell for are not run, nor are those of questions that are not
        to be judged.
        """
        if items and self._assignment is None:
            self._assignment = Assignment.at(items[0].path.parent)
            self._run = self._new_run(self._config)
        order = {name: cell.index for name, cell in self._notebook.test_cells.items()}
        for item in items:
            if not question_of(item) or points_of(item) < 0:
                raise pytest.UsageError(f"{item.nodeid} needs the markers question(name) and points(number)")
            self._forbidden(item)
            few = item.get_closest_marker("examples")
            if isinstance(item, pytest.Function):
                hypothesis_profile.apply(
                    item.function, int(few.args[0]) if few else self._limits.examples, shrink=not few
                )
        items[:] = [item for item in items if question_of(item) in order and question_of(item) in self._wanted]
        items.sort(key=lambda item: order[question_of(item)])

    @property
    def assignment(self) -> Assignment:
        """The assignment that the tests belong to."""
        if self._assignment is None:
            raise CannotJudge("no hidden test was found: name the assignment's test_hidden.py, or its folder")
        return self._assignment

    def student(self, request: pytest.FixtureRequest) -> Student:
        """Return the proxy for one test."""
        item = request.node
        name = question_of(item)
        question = self._begin(item)
        question.calls[item.name] = CallLog()

        def open_copy() -> Copy:
            if question.ended_by is not None:
                raise StudentLost("Not tried: " + question.ended_by.message, None, ends_question=False)
            if question.stalled is not None:
                raise question.stalled
            question.copy = question.copy or self._run.copy_at(name)
            return question.copy

        def record(call: RecordedCall) -> None:
            question.calls[item.name].add(call)

        def record_later(make: Callable[[], None]) -> None:
            question.calls[item.name].add_later(make)

        limits = self._limits
        question.student = Student(
            open_copy,
            _parameters(self.assignment),
            self._forbidden(item),
            limits.call_timeout,
            limits.test_timeout,
            record,
            record_later,
            partial(self._run.why_missing, question=name),
            partial(about_compiling, self._notebook, name),
            lambda other: getattr(self.assignment.optional_module("reference"), other, None),
        )
        return question.student

    def training(self, request: pytest.FixtureRequest) -> Trainer:
        """Return what trains for the tests of one question."""
        item, name = request.node, question_of(request.node)
        question = self._begin(item)
        question.calls[item.name] = CallLog()
        if question.trainer is None:
            recipe = recipe_on(self.assignment, name, chosen(Training(config=self._config)))
            place = partial(
                training_setting,
                recipe.data,
                self.assignment,
                self._config,
                self._forbidden(item),
            )
            why_missing = partial(self._run.why_missing, question=recipe.answer)
            about_time = partial(about_compiling, self._notebook, recipe.answer)
            question.trainer = Trainer(
                recipe, lambda: self._training_run().copy_at(name), place, why_missing, about_time, self._has_failed
            )
        return question.trainer

    def _has_failed(self, name: str) -> bool | None:
        """Return whether a question's tests have failed, or its answer is missing; None: that was not judged here."""
        if name in self._notebook.unanswered:
            return True
        outcomes = {test.outcome for test in self._questions[name].tests} if name in self._questions else set()
        return None if not outcomes or Outcome.NOT_JUDGED in outcomes else Outcome.FAILED in outcomes

    def _new_run(self, config: Config) -> NotebookRun:
        """Return a run of the notebook, in kernels that are given the data sets which the assignment asks for."""
        data_sets = self._assignment.data_sets if self._assignment is not None else ()
        return NotebookRun(self._notebook, self._student_files, self._limits, with_data_sets(data_sets, config))

    def _forbidden(self, item: pytest.Item) -> frozenset[str]:
        return forbidden(item, self.assignment.forbidden_categories)

    def _training_run(self) -> NotebookRun:
        """Return the run of the notebook to train in: another one where that takes a GPU, which nothing else gets."""
        device = chosen(Training(config=self._config))
        if device == CPU:
            return self._run
        if self._gpu_run is None:
            self._gpu_run = self._new_run(with_gpu(self._config, device))
        return self._gpu_run

    def _begin(self, item: pytest.Item) -> _Question:
        """Note that a question's tests are being run, and conclude the question before it."""
        name = question_of(item)
        if name != self._current:
            self._conclude()
            self._current = name
        return self._questions.setdefault(name, _Question())

    def run_test(self, item: pytest.Function) -> None:
        """Run a hidden test, one example after another in a copy of its own, unless it passes the quick way.

        Where another test of the question has failed, this one is likely to as well: the quick way is not tried.
        """
        if self._failed(question_of(item)) or not self._passes_quickly(item):
            self._renew(item)
            try:
                hypothesis_examples.try_out(item)
            except (Exception, StudentLost) as failed:
                self._fail(item, failed)

    def _failed(self, question: str) -> bool:
        tests = self._questions[question].tests if question in self._questions else []
        return any(test.outcome is not Outcome.PASSED for test in tests)

    def _passes_quickly(self, item: pytest.Function) -> bool:
        """Try all examples side by side, in a copy of the kernel that others have used.

        Only passing counts, and forbidden help, which once seen is proven and raised as StudentLost.
        """
        student = item.funcargs.get("student")
        quickly = hypothesis_examples.one_after_another
        if isinstance(student, Student):
            quickly = partial(student.together, about=hypothesis_examples.identity(item))
        try:
            hypothesis_examples.try_out(item, quickly)
        except StalledError:  # it is tried once more, with more time
            return False
        except (Exception, StudentLost) as first:
            if isinstance(first, StudentLost) and first.cause is not None and first.cause.is_forbidden_help:
                raise
            return False
        return True

    def _fail(self, item: pytest.Function, error: Exception | StudentLost) -> NoReturn:
        if isinstance(error, StudentFailed):
            hypothesis_examples.make_smaller(item, error)
        raise error

    def _renew(self, item: pytest.Function) -> None:
        """Give a test a fresh copy."""
        question = self._questions[question_of(item)]
        _discard(question)
        question.calls[item.name] = CallLog()
        if question.student is not None:
            question.student.start_over()

    def give_back(self, item: pytest.Item) -> None:
        """Keep a test's copy for the next test, unless this one failed."""
        question = self._questions[question_of(item)]
        if any(test.name == item.name and test.outcome is not Outcome.PASSED for test in question.tests):
            _discard(question)

    def note(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Record what a test's set-up, call or tear-down has shown."""
        error = call.excinfo.value if call.excinfo else None
        if call.when != "call" and error is None:
            return
        question = self._questions.setdefault(question_of(item), _Question())
        if isinstance(error, StudentLost) and error.ends_question:
            question.ended_by = error
        if isinstance(error, StalledError):
            question.stalled = error
        result = result_of(item, classify(error, self.assignment.test_files))
        if call.when == "teardown":  # whatever was noted before: the grader could not finish
            question.tests = [test for test in question.tests if test.name != result.name]
        question.tests.append(result)
        self._tests_end = time.monotonic()

    def _conclude(self) -> None:
        """Look for what is wrong with the question that has just been judged; forget its calls."""
        question = self._questions.get(self._current)
        if question is None:
            return
        _discard(question)
        failed = frozenset(test.name for test in question.tests if test.outcome is Outcome.FAILED)
        if failed and question.trainer is not None:
            if question.trainer.recipe.answer not in self._notebook.unanswered:
                question.tests = explained_by_training(question.tests, question.trainer, self.assignment)
        elif failed and self._current not in self._notebook.unanswered:
            calls = {name: log.calls for name, log in question.calls.items()}
            observed = Observed(calls, failed, self._notebook.answers)
            question.tests = explained(question.tests, observed, self.assignment, self._current)
        question.calls.clear()

    def finish(self) -> None:
        """Run the cells after the last question."""
        self._conclude()
        try:
            self._run.finish()
        except CannotJudge as error:
            self._failure = str(error)

    @property
    def doubtful(self) -> bool:
        """Whether somebody else may have ended or stalled the student's kernel; known once it is closed."""
        runs = [self._run, *([self._gpu_run] if self._gpu_run is not None else [])]
        return any(run.doubtful for run in runs) or any(question.stalled for question in self._questions.values())

    def close(self) -> None:
        """End the student's kernels."""
        self._run.close()
        if self._gpu_run is not None:
            self._gpu_run.close()

    def evidence(self) -> Evidence:
        """Return the evidence record; complete once ``finish`` has run."""
        cells = self._run.recorded()
        timings = {"tests": self._tests_end - self._start, "all": time.monotonic() - self._start}
        notes = self._run.left_out
        notes += (f"The cells could not all be run: {self._failure}",) if self._failure else ()
        return Evidence(
            assignment=self.assignment.name,
            questions=tuple(self._question_result(name) for name in self._notebook.test_cells if name in self._wanted),
            cells=cells,
            sandbox=self._run.sandbox,
            notes=notes,
            versions=versions(),
            timings=timings,
        )

    def _question_result(self, name: str) -> QuestionResult:
        cell = self._notebook.test_cells[name]
        question = self._questions.get(name, _Question())
        tests, trainer = question.tests, question.trainer
        answer = trainer.recipe.answer if trainer else name
        note = STUB_NOTE if answer in self._notebook.unanswered else ""
        possible = sum(test.max_points for test in tests)
        if abs(possible - cell.points) > 1e-9:
            details = f"the hidden tests of {name} are worth {possible:g} points, its cell {cell.points:g}"
            return not_judged(cell, f"{details}: mend the one or the other", note)
        training = trainer.evidence() if trainer else None
        return QuestionResult(name, cell.grade_id, cell.points, tuple(tests), note, training)


def _discard(question: _Question) -> None:
    if question.copy is not None:
        question.copy.close()
    question.copy = None


def _parameters(assignment: Assignment) -> dict[str, tuple[str, ...]]:
    """Return the parameter names of the assignment's functions, as its reference has them."""
    reference = assignment.optional_module("reference")
    return _parameters_of(reference) if reference is not None else {}


@functools.cache
def _parameters_of(module: ModuleType) -> dict[str, tuple[str, ...]]:
    functions: dict[str, Any] = dict(inspect.getmembers(module, inspect.isfunction))
    return {name: tuple(inspect.signature(function).parameters) for name, function in functions.items()}
