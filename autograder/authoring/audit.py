"""Are the hidden tests any good? Every known right and wrong answer goes through the real judging path."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from traitlets.config import Config

from autograder.authoring.simulate import NO_ANSWERS, answer, paste, points_of, release
from autograder.grading.errors import GradingError
from autograder.grading.judging_pool import judge_all
from autograder.grading.judging_task import Task, pack
from autograder.judge.assignment import Assignment
from autograder.judge.assignment.faults import check
from autograder.judge.evidence import Evidence, Outcome, QuestionResult
from autograder.judge.notebook import Notebook
from autograder.judge.suggestions import commas, there_are
from autograder.judge.training.recipe import Recipe


@dataclass(frozen=True)
class Case:
    """One answer to one question; all other questions of its notebook have their canonical answer."""

    question: str
    slug: str
    code: str
    right: bool = False
    variant: int = 1  # a misconception may be written in several ways
    note: str = ""  # for people: what was changed

    @property
    def name(self) -> str:
        """The name in the matrix: ``slug``, ``slug (2)`` …"""
        return self.slug if self.variant == 1 else f"{self.slug} ({self.variant})"


@dataclass(frozen=True)
class Verdict:
    """What judging has made of a case."""

    case: Case
    tests: Mapping[str, Outcome]  # of its own question, by name
    points: float
    max_points: float
    elsewhere: tuple[str, ...]  # other questions that lost points
    diagnosis: str
    unjudged: str  # why something could not be judged, or ""
    compared: tuple[str, ...] = ()  # the tests of its own question that found a wrong answer

    @property
    def caught(self) -> tuple[str, ...]:
        """The tests of its own question that it failed."""
        return tuple(name for name, outcome in self.tests.items() if outcome is Outcome.FAILED)


def cases(assignment: Assignment) -> list[Case]:
    """Return all registered answers, every variant of each. Raises GradingError where there are none."""
    known = assignment.registry
    if not known.right:
        raise GradingError(NO_ANSWERS.format(assignment.name, assignment.folder / "right_answers.py"))
    found = [Case(answer.question, answer.slug, answer.code, right=True) for answer in known.right]
    for entry in known.wrong:
        canonical = "" if entry.code else assignment.canonical_answer(entry.question)
        variants = list(entry.variants(canonical))[:: max(1, len(entry.numbers))]  # with the first number only
        found += [Case(entry.question, entry.slug, text, variant=i) for i, text in enumerate(variants, start=1)]
    return found


def check_names(assignment: Assignment, known: Sequence[Case], only: Iterable[str]) -> None:
    """Raise GradingError for a name that is no question's and no answer's of those ``known``."""
    questions = list(dict.fromkeys(case.question for case in known))
    names = list(dict.fromkeys([*questions, *(case.slug for case in known)]))
    rest = f"the answers stand in right_answers.py and misconceptions.py in {assignment.folder}"
    for name in only:
        if name not in names:
            said = commas(name) or there_are(names, name, questions, rest)
            raise GradingError(f"no question and no registered answer is called {name}. {said}")


def judged(
    chosen: Sequence[Case],
    assignment: Assignment,
    course: Path,
    config: Config,
    training: bool = False,
    alone: bool = False,
) -> Iterator[Verdict]:
    """Judge cases, each in a released notebook of its own, and yield the verdicts as they come.

    ``training``: also on the questions that train with the case's answer, which takes seconds for each of them.
    ``alone``: on the case's own question only.

    Raises FileNotFoundError when the assignment hasn't been released in ``course``.
    """
    for case, evidence in tried(chosen, assignment, course, config, training, alone):
        yield _verdict(case, evidence, assignment)


def tried(
    chosen: Sequence[Case],
    assignment: Assignment,
    course: Path,
    config: Config,
    training: bool = False,
    alone: bool = False,
) -> Iterator[tuple[Case, Evidence]]:
    """Do the same, and yield each case with its evidence."""
    released = release(assignment.name, course)
    check(assignment, points_of(nbformat.read(released, as_version=4)))
    by_name = {f"{case.question}/{case.slug}/{case.variant}": case for case in chosen}
    for task, evidence in judge_all(_tasks(by_name, assignment, released, training, alone), config):
        yield by_name[task.student], evidence


def _tasks(
    by_name: Mapping[str, Case], assignment: Assignment, released: Path, training: bool, alone: bool
) -> Iterator[Task]:
    notebook = nbformat.read(released, as_version=4)
    questions = tuple(Notebook(notebook).test_cells)
    first: dict[str, str] = {}
    for known in assignment.registry.right:
        first.setdefault(known.question, known.slug)
    answer(notebook, assignment, [f"{question}/{slug}" for question, slug in first.items()])
    folder = released.parent
    others = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb"]
    files = pack({str(path.relative_to(folder)): path for path in others if "__pycache__" not in path.parts})
    for name, case in by_name.items():
        node = copy.deepcopy(notebook)
        paste(node, case.question, case.code)
        left_out = {name for name, recipe in assignment.recipes.items() if not (training and _trains(recipe, case))}
        wanted = (case.question,) if alone else tuple(name for name in questions if name not in left_out)
        yield Task.of(assignment, name, nbformat.writes(node), files, questions=wanted)


def _trains(recipe: Recipe, case: Case) -> bool:
    """Whether a case's answer is part of what trains: without it a run is the same for all cases."""
    return case.question in (recipe.answer, *(part.question for part in recipe.parts.values()))


def _verdict(case: Case, evidence: Evidence, assignment: Assignment) -> Verdict:
    own = next(question for question in evidence.questions if question.question == case.question)
    unjudged = [
        test.details or test.message
        for question in evidence.questions
        for test in question.tests
        if test.outcome is Outcome.NOT_JUDGED
    ]
    return Verdict(
        case,
        {test.name: test.outcome for test in own.tests},
        own.points,
        own.max_points,
        tuple(q.question for q in evidence.questions if _lost_elsewhere(q, case, assignment)),
        next((test.diagnosis for test in own.tests if test.outcome is Outcome.FAILED), ""),
        next(iter(unjudged), ""),
        tuple(test.name for test in own.tests if test.compared),
    )


def _lost_elsewhere(result: QuestionResult, case: Case, assignment: Assignment) -> bool:
    """Whether a question that a case's answer has nothing to do with lost points; one that trains with it may do so."""
    recipe = assignment.recipes.get(result.question)
    concerned = (result.question, recipe.answer if recipe else "")
    return case.question not in concerned and result.points < result.max_points


def complaints(verdicts: Iterable[Verdict], complete: frozenset[str] | None = None) -> list[str]:
    """Return what is wrong with tests or registry, a line each; nothing when all is well.

    ``complete``: the questions whose wrong answers were all tried (None: all questions); of the others nobody can say
    whether a test catches anything.
    """
    found = list(verdicts)
    tried = [verdict for verdict in found if complete is None or verdict.case.question in complete]
    return [line for verdict in found for line in _complaints(verdict)] + _idle_tests(tried)


def _complaints(verdict: Verdict) -> Iterator[str]:
    case = verdict.case
    name = f"{case.question}: {'right' if case.right else 'wrong'} answer {case.name}"
    if verdict.unjudged:
        yield f"{name} could not be judged: {verdict.unjudged.strip().splitlines()[-1]}"
        return
    if case.right and verdict.caught:
        yield f"{name} is rejected by {', '.join(verdict.caught)}"
    if not case.right and verdict.points >= verdict.max_points:
        yield f"{name} gets full marks: no test catches it"
    if verdict.elsewhere:
        yield f"{name} costs points on {', '.join(verdict.elsewhere)}"
    if not case.right and verdict.diagnosis not in ("", case.slug):
        yield f"{name} can't be told from {verdict.diagnosis}"


def _idle_tests(verdicts: Sequence[Verdict]) -> list[str]:
    """Return a line for each test that found no answer wrong, of the questions that had wrong answers.

    A call that raises, hangs or goes a forbidden way fails whatever test makes it, be it one that compares nothing.
    """
    tried = [verdict for verdict in verdicts if not verdict.case.right]
    killers = {name for verdict in tried for name in verdict.compared}
    known = dict.fromkeys((verdict.case.question, name) for verdict in tried for name in verdict.tests)
    return [f"{question}: {name} catches nothing: can it fail?" for question, name in known if name not in killers]


def unnamed(verdicts: Iterable[Verdict]) -> list[str]:
    """Return the wrong answers that were caught without being named."""
    return [f"{v.case.question}/{v.case.name}" for v in verdicts if not v.case.right and v.caught and not v.diagnosis]
