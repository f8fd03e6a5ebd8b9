"""What the evidence on a submission follows from, and the key made of it: same inputs, same key, same evidence."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from traitlets.config import Config

import autograder
from autograder.grading.assignment_facts import AssignmentFacts
from autograder.grading.data_sets import missing_data
from autograder.grading.judging_task import Task, notebook_of
from autograder.grading.settings import Grading
from autograder.grading.sums import sum_of, sum_of_file
from autograder.judge.assignment import Assignment
from autograder.judge.notebook import Notebook

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
        return sum_of(asdict(self))

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
    def of(cls, facts: AssignmentFacts, config: Config, questions: Iterable[str]) -> Basis:
        """Return what the questions are judged by on this machine."""
        return cls(
            tests={name: facts.whatever_data_of(name) for name in questions},
            grader=code_sum(_COPIES),
            settings=_settings(config),
            libraries=libraries(),
            data=", ".join(facts.trained_on),
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

    def __init__(self, assignment: Assignment, facts: AssignmentFacts, config: Config):
        self._facts = facts
        self._common: dict[str, Any] = {
            "grader": code_sum(),
            "libraries": libraries(),
            "settings": _settings(config),
            "data": missing_data(assignment, config),
            "device": _device(),
        }

    def of(self, task: Task) -> Inputs:
        """Return the inputs of a task."""
        notebook = Notebook(notebook_of(task))
        tests = {name: self._facts.tests_of(name) for name in notebook.test_cells}
        files = hashlib.sha256(task.files).hexdigest()
        return Inputs(notebook=_cells(notebook), files=files, tests=tests, **self._common)


def _cells(notebook: Notebook) -> str:
    tests = [[cell.index, cell.grade_id, cell.points] for cell in notebook.test_cells.values()]
    judged = {cell.index for cell in notebook.test_cells.values()}
    code = [[i, text] for i, text in notebook.code.items() if i not in judged]  # a test cell's own text is never run
    return sum_of([code, sorted(notebook.skipped - judged), tests, notebook.unanswered, notebook.handed_out])


def code_sum(parts: Iterable[str] = _GRADER) -> str:
    """Return a sum of files and folders of autograder's own code, the ones that make evidence if not told."""
    root = Path(autograder.__file__).parent
    files = [path for name in parts for path in sorted((root / name).rglob("*.py")) or [root / name]]
    return sum_of([[str(path.relative_to(root)), sum_of_file(path)] for path in files])


def _settings(config: Config) -> str:
    sections = {name: dict(config.get(name, {})) for name in ("StudentProvisioner", "NotebookJudge")}
    for name in _LOCAL:
        sections["StudentProvisioner"].pop(name, None)
    return sum_of([sections, Grading(config=config).judge])


def libraries() -> dict[str, str]:
    """Return the versions of what numbers and outcomes come from, by name."""
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
