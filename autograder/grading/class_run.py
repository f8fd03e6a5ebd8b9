"""One run over a class: what is known already is looked up, the rest is judged side by side and kept."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from traitlets.config import Config

from autograder.grading.assignment_facts import AssignmentFacts
from autograder.grading.errors import StoreError
from autograder.grading.evidence_key import Fingerprints, Inputs
from autograder.grading.evidence_store import Record, Store, now
from autograder.grading.facts_lookup import facts_of
from autograder.grading.judging_pool import judge_all
from autograder.grading.judging_task import Task
from autograder.grading.question_names import chosen_questions
from autograder.grading.run_observer import Watch
from autograder.grading.settings import Grading, sections
from autograder.judge.assignment import Assignment
from autograder.judge.evidence import Evidence, Outcome, QuestionResult
from autograder.judge.given_data import with_data_sets
from autograder.judge.settings import Training

UNCHANGED = "nothing has changed"
NEW = "not judged before"


@dataclass(frozen=True)
class Done:
    """What became of one submission; its evidence is on record."""

    student: str
    title: str  # of the notebook
    outcome: Outcome  # the worst of its questions'
    rerun: bool  # whether anything of it had to be judged in this run
    why: str  # why it was judged, or why not
    seconds: float = 0.0  # that judging took


@dataclass
class _Plan:
    """What is to be done for a submission; others that are just the same wait for it."""

    task: Task
    inputs: Inputs
    last: Record | None = None  # on the same work, if only some questions are to be judged
    kept: tuple[QuestionResult, ...] = ()  # results of its that still hold
    wanted: tuple[str, ...] = ()  # the questions to judge; none: all
    why: str = NEW
    same: list[Task] = field(default_factory=list)


Tell = Callable[[Done], None]


class ClassRun:
    """Finds the evidence on the submissions of an assignment, and judges only what isn't known."""

    def __init__(self, assignment: Assignment, config: Config, course: Path, facts: AssignmentFacts | None = None):
        """``facts`` of the assignment, if they are known.

        Raises CannotJudge when the assignment is broken, GradingError when the store or ``only`` is of no use.
        """
        self.store = store_of(assignment, config, course)
        self.store.check()
        facts = facts or facts_of(assignment, config, self.store)
        self._config = with_data_sets(facts.data_sets, sections(config))
        self.assignment, self.trained = assignment, facts.trained
        self._fingerprints = Fingerprints(assignment, facts, config)
        self._left_to_others = frozenset(() if Training(config=config).enabled else facts.trained)
        self._only = frozenset(chosen_questions(Grading(config=config).only, assignment, facts.trained))
        self._settled: set[str] = set()  # keys judged in this run: what could not be judged is not tried again

    def judge(self, tasks: Iterable[Task], tell: Tell, watch: Watch | None = None, some_new: bool = False) -> None:
        """See to it that there is evidence on each task, and tell of each as soon as there is.

        Tasks are taken as they can be judged, so they may be made on the way. ``some_new``: some have not been judged
        before, so that the judging processes start at once. Raises GradingError.
        """
        ahead = self.assignment if some_new else None
        judging: dict[str, _Plan] = {}  # by key
        missing = self._missing(tasks, judging, tell)
        with contextlib.closing(judge_all(missing, self._config, watch or Watch(), ahead)) as judged:
            for task, evidence in judged:
                self._keep(judging.pop(task.key), evidence, tell)

    def evidence(self, task: Task) -> Evidence:
        """Return the evidence on one task; it is judged now if ``judge`` has not seen it before."""
        key = self._fingerprints.of(task).key
        record = self.store.get(key)
        if self._is_known(record, key):
            self._note(task, key)
        else:
            self.judge([task], lambda _: None)
            record = self.store.get(key)
        if record is None:
            raise StoreError(f"the evidence on {task.student} has gone from {self.store.folder}: grade again")
        return record.evidence

    def forget(self, task: Task) -> None:
        """Forget the evidence on a task: the next run judges it again."""
        self.store.forget(self._fingerprints.of(task).key)

    def _missing(self, tasks: Iterable[Task], judging: dict[str, _Plan], tell: Tell) -> Iterator[Task]:
        """Yield what has to be judged; tell of what is known."""
        for task in tasks:
            inputs = self._fingerprints.of(task)
            if inputs.key in judging:
                judging[inputs.key].same.append(task)
                continue
            record = self.store.get(inputs.key)
            if record is not None and self._is_known(record, inputs.key):
                self._note(task, inputs.key)
                tell(_done(task, record.evidence, UNCHANGED))
                continue
            plan = self._plan(task, inputs, record)
            if not plan.wanted and (plan.last is not None or self._only):  # none at all would stand for all
                self._keep(plan, Evidence(task.assignment, (), ()), tell, rerun=False)
                continue
            judging[inputs.key] = plan
            yield dataclasses.replace(task, questions=plan.wanted, key=inputs.key)

    def _is_known(self, record: Record | None, key: str) -> bool:
        """Whether a record is there to stay: all was judged, or it is this run that could not judge it."""
        return record is not None and (key in self._settled or not self._open(record))

    def _open(self, record: Record) -> list[str]:
        """Return the questions of a record that are to be judged and have not been."""
        found = {q.question: q.outcome for q in record.evidence.questions}
        closed = {name for name, outcome in found.items() if outcome is not Outcome.NOT_JUDGED}
        closed |= found.keys() & self._left_to_others  # to try again here is no use
        return [name for name in record.inputs.tests if name not in closed and self._is_wanted(name)]

    def _is_wanted(self, question: str) -> bool:
        return not self._only or question in self._only

    def _plan(self, task: Task, inputs: Inputs, record: Record | None) -> _Plan:
        """Decide which questions to judge: all, unless there is a record that differs in hidden tests alone."""
        last = record or self._last(task)
        all_wanted = tuple(filter(self._is_wanted, inputs.tests)) if self._only else ()
        if last is None:
            return _Plan(task, inputs, wanted=all_wanted)
        unjudged = self._open(last)
        why = [*inputs.differences(last.inputs)]
        why += [f"{', '.join(unjudged)} could not be judged the last time"] if unjudged else []
        if not inputs.same_but_for_tests(last.inputs):
            return _Plan(task, inputs, wanted=all_wanted, why=", ".join(why))
        changed = [q for q, tests in inputs.tests.items() if last.inputs.tests.get(q) != tests]
        wanted = tuple(q for q in inputs.tests if (q in changed or q in unjudged) and self._is_wanted(q))
        kept = tuple(q for q in last.evidence.questions if q.question not in (*changed, *wanted))
        return _Plan(task, inputs, last, kept, wanted, ", ".join(why))

    def _last(self, task: Task) -> Record | None:
        keys = self.store.keys(task.student, task.title)
        return self.store.get(keys[-1]) if keys else None

    def _keep(self, plan: _Plan, evidence: Evidence, tell: Tell, rerun: bool = True) -> None:
        """Put evidence on record; tell of it for the task and all that are the same."""
        results = {result.question: result for result in (*plan.kept, *evidence.questions)}
        ordered = tuple(results[name] for name in plan.inputs.tests if name in results)
        if plan.last is not None and not evidence.cells:  # judging broke off: what is known of the rest stays
            evidence = dataclasses.replace(plan.last.evidence, timings=evidence.timings)
        whole = dataclasses.replace(evidence, questions=ordered)
        self.store.put(Record(plan.inputs, whole, now()))
        self._settled.add(plan.inputs.key)
        self._note(plan.task, plan.inputs.key)
        tell(_done(plan.task, whole, plan.why, rerun))
        for task in plan.same:
            self._note(task, plan.inputs.key)
            tell(_done(task, whole, f"the same as {plan.task.student}'s"))

    def _note(self, task: Task, key: str) -> None:
        self.store.note(task.student, task.title, key)


def store_of(assignment: Assignment, config: Config, course: Path) -> Store:
    """Return the evidence store of an assignment, where the settings of the course in a folder have it."""
    return Store(course / Grading(config=config).store, assignment.name)


def _done(task: Task, evidence: Evidence, why: str, rerun: bool = False) -> Done:
    # A bonus that was not earned costs nothing.
    outcomes = [q.outcome for q in evidence.questions if q.max_points or q.outcome is not Outcome.FAILED]
    worst = next((o for o in (Outcome.NOT_JUDGED, Outcome.FAILED) if o in outcomes), Outcome.PASSED)
    seconds = evidence.timings.get("all", 0.0) if rerun else 0.0
    return Done(task.student, task.title, worst, rerun, why, seconds)
