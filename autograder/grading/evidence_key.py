"""What the evidence on a submission follows from, and the key made of it: same inputs, same key, same evidence."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from traitlets.config import Config

import autograder
from autograder.grading.data_sets import missing_data
from autograder.grading.judging_task import Task, notebook_of
from autograder.grading.settings import Grading
from autograder.judge.assignment import Assignment
from autograder.judge.assignment.hidden_tests import question_lines
from autograder.judge.errors import CannotJudge
from autograder.judge.notebook import Notebook
from autograder.judge.settings import Training
from autograder.judge.training.data_set import DataSet

LIBRARIES = (
    "torch",
    "torchvision",
    "numpy",
    "hypothesis",
    "pytest",
    "ipykernel",
    "ipython",
    "matplotlib",
)
# whose code makes evidence
_GRADER = ("wire", "judge", "kernels", "student", "grading/judging_task.py", "grading/submission_judging.py")
_COPIES = (*_GRADER, "course", "report/render_results.py")  # whose code makes graded copies of it
_REGISTRY = ("misconceptions", "right_", "wrong_", "claim")  # beginnings of names; asked question by question
_TRAINING = ("convergence.toml", "drivers.py", "recipes.py")  # of concern for what is judged by training alone
_LOCAL = ("zygotes", "data", "data_sets")  # settings of the student side that say where things lie on this machine


@dataclass(frozen=True)
class Inputs:
    """All that a submission's evidence follows from, as SHA-256 sums and names; stands in its record."""

    notebook: str  # the code cells, their places, which are skipped, which are still as handed out
    files: str  # the student's other files
    tests: Mapping[str, str]  # by question: hidden tests, reference, tolerances, strategies, misconceptions
    grader: str  # the code of autograder that makes evidence
    libraries: Mapping[str, str]  # by name: the version; Python's, too
    settings: str  # the sandbox policy, all limits, the judge's name
    data: tuple[str, ...]  # data sets that could not be had
    device: str  # what the student's code computes on

    @cached_property
    def key(self) -> str:
        """The key of the record."""
        return _digest(asdict(self))

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> Inputs:
        """Read what ``asdict`` has written to JSON."""
        return cls(**{**raw, "data": tuple(raw["data"])})

    def differences(self, before: Inputs) -> list[str]:
        """Return what has changed since ``before``, a few words each; nothing when the keys are the same."""
        found = []
        if self.notebook != before.notebook:
            found.append("its code cells changed")
        if self.files != before.files:
            found.append("its other files changed")
        if questions := _changed(self.tests, before.tests):
            found.append(f"the hidden tests of {', '.join(questions)} changed")
        found += [
            f"{name} {before.libraries.get(name, 'none')} → {self.libraries.get(name, 'none')}"
            for name in _changed(self.libraries, before.libraries)
        ]
        for name, what in (("grader", "autograder"), ("settings", "limits or sandbox"), ("device", "the device")):
            if getattr(self, name) != getattr(before, name):
                found.append(f"{what} changed")
        if self.data != before.data:
            found.append("the data sets at hand changed")
        return found

    def same_but_for_tests(self, before: Inputs) -> bool:
        """Whether nothing has changed but hidden tests, so that questions with the old tests keep their results."""
        return asdict(self) | {"tests": {}} == asdict(before) | {"tests": {}}


@dataclass(frozen=True)
class Basis:
    """What a class is judged by: all that evidence follows from but for the submission; stands in a graded copy."""

    tests: Mapping[str, str]  # by question: hidden tests, reference, tolerances, strategies, misconceptions
    grader: str  # the code that takes in, judges and writes down
    settings: str  # the sandbox policy, all limits, the judge's name
    libraries: Mapping[str, str]  # by name: the version; Python's, too
    data: str  # the name of the data set that training uses
    device: str  # what the student's code computes on

    @classmethod
    def of(cls, assignment: Assignment, config: Config, questions: Iterable[str]) -> Basis:
        """Return what the questions are judged by on this machine. Raises CannotJudge where a file of it is of no use.

        No data set is downloaded for it.
        """
        tests = _QuestionTests(assignment, config)
        return cls(
            tests={name: tests.whatever_the_data(name) for name in questions},
            grader=_grader(_COPIES),
            settings=_settings(config),
            libraries=_libraries(),
            data=", ".join(name for name, _ in _data_sets(assignment, config)),
            device=_device(),
        )

    def changes(self, before: Mapping[str, Any]) -> list[str]:
        """Return what now asks for another judgement than ``before`` (of ``asdict``), a few words each."""
        if set(before) != set(asdict(self)):
            return ["autograder itself has changed"]
        found = []
        if questions := _changed(self.tests, before["tests"]):
            found.append(f"the hidden tests of {', '.join(questions)} have changed")
        found += ["autograder itself has changed"] if self.grader != before["grader"] else []
        found += ["limits or the sandbox have changed"] if self.settings != before["settings"] else []
        return found

    def other_versions(self, before: Mapping[str, Any]) -> list[str]:
        """Return what was another one then and is no reason to judge again by itself: what the machine has."""
        libraries = before.get("libraries", {})
        found = [
            f"{name} {libraries.get(name, 'none')} → {self.libraries.get(name, 'none')}"
            for name in _changed(self.libraries, libraries)
        ]
        for name in ("data", "device"):
            if (now := getattr(self, name)) != (then := before.get(name)):
                found.append(f"{then} → {now}")
        return found


class Fingerprints:
    """Makes the inputs of many tasks of one run; what they have in common is looked up once."""

    def __init__(self, assignment: Assignment, config: Config):
        """Raises CannotJudge when a file of the assignment is of no use."""
        self._tests = _QuestionTests(assignment, config)
        self._config = config
        self._common: dict[str, Any] = {
            "grader": _grader(),
            "libraries": _libraries(),
            "settings": _settings(config),
            "data": missing_data(assignment, config),
            "device": _device(),
        }

    def of(self, task: Task) -> Inputs:
        """Return the inputs of a task."""
        notebook = Notebook(notebook_of(task))
        tests = {name: self._tests.of(name) for name in notebook.test_cells}
        files = hashlib.sha256(task.files).hexdigest()
        return Inputs(notebook=_cells(notebook), files=files, tests=tests, **self._common)


class _QuestionTests:
    """What judging a question follows from in the assignment's folder."""

    def __init__(self, assignment: Assignment, config: Config):
        self._assignment, self._sources, self._recipes = assignment, assignment.sources, assignment.recipes
        others = [
            path
            for path in assignment.files
            if path not in assignment.test_files and not path.name.startswith(_REGISTRY)
        ]
        shared = [path for path in others if path.name not in _TRAINING]
        self._shared = _digest([[str(path.relative_to(assignment.folder)), _file(path)] for path in shared])
        self._training: list[object] = [[path.name, _file(path)] for path in others if path.name in _TRAINING]
        self._data: list[object] = []
        if self._recipes:
            self._data = [_data_sets(assignment, config), Training(config=config).budget]
        self._known: dict[str, str] = {}

    def of(self, question: str) -> str:
        """Return the sum for a question: other questions' tests don't count, all that is shared does."""
        if question not in self._known:
            parts = self._parts(question)
            trains = question in self._recipes
            self._known[question] = _digest([*parts, [*self._training, *self._data]] if trains else parts)
        return self._known[question]

    def whatever_the_data(self, question: str) -> str:
        """Return the sum for a question, the same with whatever data set it trains on."""
        parts = self._parts(question)
        return _digest([*parts, [*self._training, *self._data[1:]]] if question in self._recipes else parts)

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


def _cells(notebook: Notebook) -> str:
    tests = [[cell.index, cell.grade_id, cell.points] for cell in notebook.test_cells.values()]
    judged = {cell.index for cell in notebook.test_cells.values()}
    code = [[i, text] for i, text in notebook.code.items() if i not in judged]  # a test cell's own text is never run
    return _digest([code, sorted(notebook.skipped - judged), tests, notebook.unanswered, notebook.handed_out])


def _grader(parts: Iterable[str] = _GRADER) -> str:
    root = Path(autograder.__file__).parent
    files = [path for name in parts for path in sorted((root / name).rglob("*.py")) or [root / name]]
    return _digest([[str(path.relative_to(root)), _file(path)] for path in files])


def _settings(config: Config) -> str:
    sections = {name: dict(config.get(name, {})) for name in ("StudentProvisioner", "NotebookJudge")}
    for name in _LOCAL:
        sections["StudentProvisioner"].pop(name, None)
    return _digest([sections, Grading(config=config).judge])


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


def _libraries() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}}


def _device() -> str:
    return f"cpu {platform.machine()}"


def _version(library: str) -> str:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _changed(now: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    return [name for name in {**now, **before} if now.get(name) != before.get(name)]


def _file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
