"""Reads the facts of an assignment out of its files: imports all of them, and torch with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from traitlets.config import Config

from autograder.grading.assignment_facts import ANY, AssignmentFacts
from autograder.grading.sums import sum_of, sum_of_file
from autograder.judge.assignment import Assignment
from autograder.judge.assignment.faults import faults
from autograder.judge.assignment.hidden_tests import question_lines
from autograder.judge.errors import CannotJudge
from autograder.judge.given_data import given_folders
from autograder.judge.settings import Training
from autograder.judge.training.data_set import DataSet
from autograder.judge.training.recipe import Recipe
from autograder.judge.training.training_data import MNIST, MNIST_OR_DIGITS

_REGISTRY = ("misconceptions", "right_", "wrong_")  # beginnings of names; asked question by question
_TRAINING = ("convergence.toml", "drivers.py", "recipes.py")  # of concern for what is judged by training alone


def read(assignment: Assignment, config: Config, points: Mapping[str, float] | None = None) -> AssignmentFacts:
    """Return the facts. Raises CannotJudge where a file that they need is of no use.

    ``points``: what the notebook's test cells are worth, by question; None: not known. No data set is downloaded.
    """
    tests, recipes, folders = QuestionTests(assignment, config), assignment.recipes, given_folders(assignment, config)
    names = [ANY, *dict.fromkeys([*assignment.questions, *recipes])]
    return AssignmentFacts(
        tests={name: tests.of(name) for name in names},
        whatever_the_data={name: tests.whatever_the_data(name) for name in names},
        trained=tuple(recipes),
        trained_on=tuple(name for name, _ in _data_sets(assignment, config)),
        data_sets=tuple(folders),
        prepared=tuple(folder for folder in folders if Path(folder).is_dir()),
        lasting=not recipes or (MNIST in assignment.data_sets and _train_on_mnist(recipes)),
        fault=next(faults(assignment, points), ""),
    )


def _train_on_mnist(recipes: Mapping[str, Recipe]) -> bool:
    """Whether nothing else is trained on: where an author's own data come from, nobody knows here."""
    return all(recipe.data is MNIST_OR_DIGITS for recipe in recipes.values())


class QuestionTests:
    """What judging a question follows from in the assignment's folder."""

    def __init__(self, assignment: Assignment, config: Config):
        self._assignment, self._sources, self._recipes = assignment, assignment.sources, assignment.recipes
        others = [
            path
            for path in assignment.files
            if path not in assignment.test_files and not path.name.startswith(_REGISTRY)
        ]
        shared = [path for path in others if path.name not in _TRAINING]
        self._shared = sum_of([[str(path.relative_to(assignment.folder)), sum_of_file(path)] for path in shared])
        self._training: list[object] = [[path.name, sum_of_file(path)] for path in others if path.name in _TRAINING]
        self._data: list[object] = []
        if self._recipes:
            self._data = [_data_sets(assignment, config), Training(config=config).budget]
        self._known: dict[str, str] = {}

    def of(self, question: str) -> str:
        """Return the sum for a question: other questions' tests don't count, all that is shared does."""
        if question not in self._known:
            parts = self._parts(question)
            trains = question in self._recipes
            self._known[question] = sum_of([*parts, [*self._training, *self._data]] if trains else parts)
        return self._known[question]

    def whatever_the_data(self, question: str) -> str:
        """Return the sum for a question, the same with whatever data set it trains on."""
        parts = self._parts(question)
        return sum_of([*parts, [*self._training, *self._data[1:]]] if question in self._recipes else parts)

    def _parts(self, question: str) -> list[object]:
        recipe = self._recipes.get(question)
        answer = recipe.answer if recipe else question
        wrong = [repr(entry) for entry in self._assignment.registry.wrong if entry.question == answer]
        canonical = (
            [self._assignment.answers_before(answer), self._assignment.canonical_answer(answer)] if wrong else []
        )
        parts = recipe.parts.values() if recipe else ()  # whose tests say which are replaced
        others = [self._lines(part.question) for part in parts if part.stand_in]
        return [self._lines(question), self._shared, wrong, canonical, *others]

    def _lines(self, question: str) -> list[str]:
        """Return what a question's tests are made of: their own lines, and those of their files that are nobody's."""
        found = []
        for source in self._sources:
            functions = list(question_lines(source))
            if any(name == question for name, _ in functions):
                foreign = {i for name, lines in functions if name != question for i in lines}
                found += [line for i, line in enumerate(source.splitlines(), start=1) if i not in foreign]
        return found


def _data_sets(assignment: Assignment, config: Config) -> list[tuple[str, str]]:
    """Return what tells the data sets that training uses from others.

    Not the device: what a GPU has found counts on a machine without one.
    """
    found = {recipe.data.name: recipe.data for recipe in assignment.recipes.values()}
    return [_identity(data_set, config) for data_set in found.values()]


def _identity(data_set: DataSet, config: Config) -> tuple[str, str]:
    try:
        return data_set.at_hand(config).identity
    except CannotJudge:
        return "none", ""
