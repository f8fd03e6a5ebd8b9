"""``Assignment``: one folder that says what right and wrong mean, and the only way to anything in it."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import autograder
from autograder.judge.assignment.hidden_tests import points_in, questions_in
from autograder.judge.assignment.import_errors import why_not_imported
from autograder.judge.assignment.own_modules import load
from autograder.judge.crossing_rules import CROSSING
from autograder.judge.diagnosis.registry import Misconception, RightAnswer
from autograder.judge.errors import CannotJudge
from autograder.judge.suggestions import there_are

HIDDEN_TESTS = "test_hidden.py"
PACKAGED = Path(autograder.__file__).parent / "assignments"  # those that come with autograder
_NO_CONTENT = ("__pycache__", ".ipynb_checkpoints")


class UnknownAssignment(CannotJudge):
    """There is no such assignment: neither the course nor autograder has a folder of that name."""


class BrokenAssignment(CannotJudge):
    """A file of an assignment is of no use; the message says which, in which line and why."""


# What runs beside students' code, and what only names things. All else knows what is right.
_MAY_BE_READ = (*CROSSING, "__init__.py", "data_sets.py", "forbidden.py")


@dataclass(frozen=True)
class Registry:
    """The answers that are known of an assignment; all empty where it has none."""

    right: tuple[RightAnswer, ...] = ()  # the first one of a question is the canonical one
    wrong: tuple[Misconception, ...] = ()
    optional: tuple[RightAnswer, ...] = ()  # answers that only training tries
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)  # for cells that humans mark
    nothing: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by question: cells that must get no points


@dataclass(frozen=True)
class Assignment:
    """An assignment, by name and folder: plain data that means the same in any process.

    What is optional and isn't there reads as empty or None. Whatever is there and can't be used raises
    BrokenAssignment, as it is asked for.
    """

    name: str
    folder: Path

    @classmethod
    def find(cls, name: str, own: Path | None = None) -> Assignment:
        """Return an assignment: the one in ``own``, the course's folder of assignments, else the one of autograder.

        A folder in ``own`` wins as a whole, nothing is mixed; one without Python files is something else. Raises
        UnknownAssignment where there is no folder, and BrokenAssignment where there are no hidden tests in it.
        """
        for place in (own, PACKAGED):
            if place is not None and _is_name(name) and any((place / name).glob("*.py")):
                return cls.at(place / name)
        wanted = f"The files of one stand in {(own or PACKAGED) / name}/{HIDDEN_TESTS}"
        known = there_are([one.name for one in cls.all(own)], name)
        raise UnknownAssignment(f"there are no hidden tests for {name}. {known} {wanted}")

    @classmethod
    def at(cls, folder: Path) -> Assignment:
        """Return the assignment in a folder. Raises BrokenAssignment where there are no hidden tests."""
        found = cls(folder.name, folder.absolute())
        if not (found.folder / HIDDEN_TESTS).is_file():
            there = sorted(path.name for path in found.folder.glob("*.py")) if folder.is_dir() else []
            raise BrokenAssignment(f"there is no {HIDDEN_TESTS} in {found.folder}. {there_are(there, HIDDEN_TESTS)}")
        return found

    @classmethod
    def all(cls, own: Path | None = None) -> list[Assignment]:
        """Return the assignments that ``find`` finds, by name."""
        places = [place for place in (PACKAGED, own) if place is not None]
        found = {path.parent.name: cls(path.parent.name, path.parent.absolute()) for place in places
                 for path in place.glob(f"*/{HIDDEN_TESTS}")}  # fmt: skip
        return [found[name] for name in sorted(found)]

    def __reduce__(self) -> tuple[Any, ...]:
        return Assignment, (self.name, self.folder)  # nothing that was read goes to other processes

    @property
    def installed(self) -> bool:
        """Whether it comes with autograder; else it is a course's own."""
        return self.folder.parent == PACKAGED

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """All files that belong to it."""
        paths = (path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return tuple(sorted(path for path in paths if not _is_no_content(path.relative_to(self.folder))))

    @property
    def secrets(self) -> list[Path]:
        """The files that give something away: no student, and no student's code, may ever read them."""
        given = (path for path in sorted(self.folder.glob("*.py")) if path.stat().st_size)
        return [path for path in given if not any(path.match(pattern) for pattern in _MAY_BE_READ)]

    @cached_property
    def digest(self) -> str:
        """A sum of its files as they are now: what tells it from what it was, or is on another machine."""
        total = hashlib.sha256()
        for path in self.files:
            total.update(str(path.relative_to(self.folder)).encode() + b"\0" + path.read_bytes() + b"\0")
        return total.hexdigest()

    @cached_property
    def test_files(self) -> tuple[Path, ...]:
        """The files with hidden tests: ``test_hidden.py``, then others whose names begin with ``test_``."""
        first = self.folder / HIDDEN_TESTS
        return first, *sorted(path for path in self.folder.glob("test_*.py") if path != first)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The text of the files with hidden tests."""
        return tuple(path.read_text(encoding="utf-8") for path in self.test_files)

    @property
    def questions(self) -> list[str]:
        """The questions that its hidden tests belong to, read without running any of that code."""
        return questions_in(self.sources)

    @property
    def possible_points(self) -> dict[str, float]:
        """What the hidden tests of each question are worth, as far as they say it in plain numbers."""
        return points_in(self.sources)

    def has(self, name: str) -> bool:
        """Return whether there is a file of that name."""
        return (self.folder / name).is_file()

    def module(self, stem: str) -> ModuleType:
        """Import a file (without its ``.py``) and return it. Raises BrokenAssignment."""
        try:
            return load(self.folder, self.name, self.digest, stem, self.installed)
        except Exception as error:
            raise BrokenAssignment(why_not_imported(error, self.folder / f"{stem}.py")) from error

    def optional_module(self, stem: str) -> ModuleType | None:
        """Do the same with a file that need not be there."""
        return self.module(stem) if self.has(f"{stem}.py") else None

    @property
    def reference(self) -> ModuleType:
        """The right answers, with the students' names and parameters."""
        return self.module("reference")

    @property
    def registry(self) -> Registry:
        """The answers that are known: of ``right_answers.py`` and ``misconceptions.py``."""
        wrong = self.optional_module("misconceptions")
        right = self.optional_module("right_answers") or wrong
        return Registry(
            tuple(getattr(right, "RIGHT", ())),
            tuple(getattr(wrong, "WRONG", ())),
            tuple(getattr(right, "OPTIONAL", ())),
            dict(getattr(right, "TEXTS", {})),
            dict(getattr(right, "KNOWS_NOTHING", {})),
        )

    def canonical_answer(self, question: str) -> str:
        """Return the code of a question's canonical answer: the first right one. Raises BrokenAssignment."""
        for answer in self.registry.right:
            if answer.question == question:
                return answer.code
        path = self.folder / "right_answers.py"
        raise BrokenAssignment(f"there is no right answer to {question} in {path}: add one to its RIGHT")

    def answers_before(self, question: str) -> str:
        """Return the code of the canonical answers to the questions before one, which its answer may rely on."""
        first = dict.fromkeys(answer.question for answer in self.registry.right)
        before = itertools.takewhile(lambda other: other != question, first)
        return "\n".join(self.canonical_answer(other) for other in before)

    @property
    def tolerances(self) -> ModuleType | None:
        """How far right answers may be off."""
        return self.optional_module("tolerances")

    @property
    def tolerance_of_call(self) -> Callable[..., Any] | None:
        """``tolerances.of_call`` (see ``likeness.Tolerance``)."""
        return getattr(self.tolerances, "of_call", None)

    def inputs(self, question: str) -> Any:
        """Return a Hypothesis strategy for a question's inputs, (function, arguments); None where there is none."""
        strategies = self.optional_module("strategies")
        make = getattr(strategies, "inputs", None)
        return None if make is None else make(question)

    @property
    def recipes(self) -> dict[str, Any]:
        """How questions are trained with (``judge.training.recipe.Recipe``), by question."""
        return dict(getattr(self.optional_module("recipes"), "RECIPES", {}))

    @property
    def thresholds_file(self) -> Path:
        """What training reaches, as `autograder calibrate` writes it; it need not be there."""
        return self.folder / "convergence.toml"

    @property
    def data_sets(self) -> dict[str, tuple[str, ...]]:
        """The data sets that given cells read: torchvision's names, and the files of each."""
        return dict(getattr(self.optional_module("data_sets"), "DATASETS", {}))

    @property
    def simulated_class(self) -> tuple[tuple[str, Sequence[str], str], ...]:
        """The fixed class that is simulated: student, answers ("question/slug"), what happened to the notebook."""
        return tuple(getattr(self.optional_module("simulated_class"), "CLASS", ()))

    @property
    def probes(self) -> ModuleType | None:
        """Functions that drive students' classes on the student side."""
        return self.optional_module("probes")

    @property
    def drivers(self) -> ModuleType | None:
        """Generators that train with students' answers on the student side."""
        return self.optional_module("drivers")

    @property
    def forbidden_categories(self) -> dict[str, tuple[str, ...]]:
        """Categories of forbidden help of its own: the names of each."""
        return dict(getattr(self.optional_module("forbidden"), "CATEGORIES", {}))


def _is_name(name: str) -> bool:
    """Return whether a name can be that of a folder in another one."""
    return name not in ("", ".", "..") and "/" not in name


def _is_no_content(path: Path) -> bool:
    return any(part in _NO_CONTENT or part.startswith(".") for part in path.parts)
