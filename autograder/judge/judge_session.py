"""One notebook judged: the memory of the pytest session that does it."""

from __future__ import annotations

import functools
import inspect
import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from traitlets.config import Config

from autograder.judge import hypothesis_profile, submission_budget
from autograder.judge.assignment import Assignment
from autograder.judge.compile_time import about_compiling
from autograder.judge.diagnosis.diagnose import Observed
from autograder.judge.diagnosis.explain import explained, explained_by_training
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence, QuestionResult
from autograder.judge.forbidden_use import forbidden
from autograder.judge.given_data import given_folders, with_data_sets
from autograder.judge.hidden_test_run import run_test
from autograder.judge.notebook import Notebook
from autograder.judge.notebook_run import NotebookRun
from autograder.judge.outcome_rules import classify
from autograder.judge.question_results import not_judged, points_of, question_of, result_of, versions
from autograder.judge.question_session import QuestionSession
from autograder.judge.settings import NotebookJudge, Training
from autograder.judge.student_fixture import Student
from autograder.judge.submission_budget import BudgetUsedUp, SubmissionBudget
from autograder.judge.training.device import CPU, chosen, with_gpu
from autograder.judge.training.thresholds import recipe_on
from autograder.judge.training.trainer import Trainer
from autograder.judge.training.training_setting import training_setting

STUB_NOTE = "This answer is still as it was handed out."


class JudgeSession:
    """Judges one notebook, test by test, and puts together its evidence."""

    def __init__(
        self,
        notebook: Notebook,
        student_files: Path,
        config: Config | None = None,
        questions: frozenset[str] | None = None,
        assignment: Assignment | None = None,
        budget: SubmissionBudget | None = None,
    ):
        """``assignment``: None where the tests are chosen by hand: the folder of the first one is it.

        ``budget``: of all sessions together that judge a submission; None: that of a single one.
        """
        torch.set_num_threads(1)  # spinning OpenMP threads would fight with the student's kernel for the cores
        self._config = config or Config()
        self._limits = NotebookJudge(config=self._config)
        self.budget = budget or SubmissionBudget.of(self._limits)
        self._notebook, self._assignment = notebook, assignment
        self._wanted = frozenset(notebook.test_cells) if questions is None else questions
        self._student_files = student_files
        self._run = self._new_run(self._config)
        self._gpu_run: NotebookRun | None = None
        self._questions: dict[str, QuestionSession] = defaultdict(QuestionSession)
        self._start = time.monotonic()
        self._tests_end = self._start
        self._current = ""  # the question whose tests are being run
        self._used_up = ""  # at which question all was used up that there is for a submission
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
            hypothesis_profile.apply_marker(item, self._limits.examples)
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
        question, limits = self._begin(item), self._limits
        question.student = Student(
            lambda: question.open_copy(partial(self._run.copy_at, name)),
            _parameters(self.assignment),
            self._forbidden(item),
            limits.call_timeout,
            limits.test_timeout,
            question.calls[item.name],
            partial(self._run.why_missing, question=name),
            partial(about_compiling, self._notebook, name),
            lambda other: getattr(self.assignment.optional_module("reference"), other, None),
        )
        return question.student

    def training(self, request: pytest.FixtureRequest) -> Trainer:
        """Return what trains for the tests of one question."""
        item, name = request.node, question_of(request.node)
        question = self._begin(item)
        if question.trainer is None:
            recipe = recipe_on(self.assignment, name, chosen(Training(config=self._config)))
            forbidden = self._forbidden(item)
            setting = partial(training_setting, recipe.data, self.assignment, self._config, forbidden)
            why_missing = partial(self._run.why_missing, question=recipe.answer)
            about_time = partial(about_compiling, self._notebook, recipe.answer)
            question.trainer = Trainer(
                recipe, lambda: self._training_run().copy_at(name), setting, why_missing, about_time, self._has_failed
            )
        return question.trainer

    def _has_failed(self, name: str) -> bool | None:
        """Return whether a question's tests have failed, or its answer is missing; None: that was not judged here."""
        if name in self._notebook.unanswered:
            return True
        return self._questions[name].has_failed

    def _new_run(self, config: Config) -> NotebookRun:
        """Return a run of the notebook, in kernels that are given the data sets which the assignment asks for."""
        given = with_data_sets(given_folders(self._assignment, config), config)
        return NotebookRun(self._notebook, self._student_files, self._limits, given)

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

    def _begin(self, item: pytest.Item) -> QuestionSession:
        """Note that a question's tests are being run, and conclude the question before it."""
        name = question_of(item)
        if name != self._current:
            self._conclude()
            self._current = name
        return self._questions[name]

    def run_test(self, item: pytest.Function) -> None:
        """Run a hidden test; raises what it raises."""
        run_test(item, self._questions[question_of(item)])

    def give_back(self, item: pytest.Item) -> None:
        """Keep a test's copy for the next test, unless this one failed."""
        question = self._questions[question_of(item)]
        if not question.has_passed(item.name):
            question.discard_copy()

    def note(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """Record what a test's set-up, call or tear-down has shown."""
        error = call.excinfo.value if call.excinfo else None
        if call.when != "call" and error is None:
            return
        result = result_of(item, classify(error, self.assignment.test_files))
        # In the end, whatever was noted before: the grader could not finish.
        self._questions[question_of(item)].note(error, result, last=call.when == "teardown")
        self._tests_end = time.monotonic()
        if isinstance(error, BudgetUsedUp) and not self._used_up:
            self._used_up = question_of(item)
            self.close()  # what is still at work there takes more

    def _conclude(self) -> None:
        """Look for what is wrong with the question that has just been judged; forget its calls."""
        question = self._questions[self._current]
        question.discard_copy()
        try:
            submission_budget.check()
            self._explain(question)
        except (BudgetUsedUp, CannotJudge):  # then nothing is looked for
            pass
        question.calls.clear()

    def _explain(self, question: QuestionSession) -> None:
        if question.failed and question.trainer is not None:
            if question.trainer.recipe.answer not in self._notebook.unanswered:
                question.tests = explained_by_training(question.tests, question.trainer, self.assignment)
        elif question.failed and self._current not in self._notebook.unanswered:
            calls = {name: log.calls for name, log in question.calls.items()}
            observed = Observed(calls, question.failed, self._notebook.answers)
            question.tests = explained(question.tests, observed, self.assignment, self._current)

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
        notes += (self._about_budget(),) if self._used_up else ()
        return Evidence(
            assignment=self.assignment.name,
            questions=tuple(self._question_result(name) for name in self._notebook.test_cells if name in self._wanted),
            cells=cells,
            sandbox=self._run.sandbox,
            notes=notes,
            versions=versions(),
            timings=timings,
        )

    def _about_budget(self) -> str:
        """Say what came of a notebook that has used up what there is for it."""
        where = f"That was in the tests of {self._used_up}"
        return f"{self.budget.end} {where}: what came after counts as failed, and was not tried."

    def _question_result(self, name: str) -> QuestionResult:
        cell = self._notebook.test_cells[name]
        question = self._questions[name]
        tests, trainer = question.tests, question.trainer
        answer = trainer.recipe.answer if trainer else name
        note = STUB_NOTE if answer in self._notebook.unanswered else ""
        possible = sum(test.max_points for test in tests)
        if abs(possible - cell.points) > 1e-9:
            details = f"the hidden tests of {name} are worth {possible:g} points, its cell {cell.points:g}"
            return not_judged(cell, f"{details}: mend the one or the other", note)
        training = trainer.evidence() if trainer else None
        return QuestionResult(name, cell.grade_id, cell.points, tuple(tests), note, training)


def _parameters(assignment: Assignment) -> dict[str, tuple[str, ...]]:
    """Return the parameter names of the assignment's functions, as its reference has them."""
    reference = assignment.optional_module("reference")
    return _parameters_of(reference) if reference is not None else {}


@functools.cache
def _parameters_of(module: ModuleType) -> dict[str, tuple[str, ...]]:
    functions: dict[str, Any] = dict(inspect.getmembers(module, inspect.isfunction))
    return {name: tuple(inspect.signature(function).parameters) for name, function in functions.items()}
