"""The form in which an assignment names right and wrong answers, for diagnosis, audit and simulation alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

Claim = Callable[[Any], bool]  # of an answer that is run (``loaded_answer.LoadedAnswer``): whether the hint is true
Edit = tuple[str, str]  # a piece of code and what stands in its place


class Cause(StrEnum):
    """What ended a call that gave no output at all."""

    AUTOGRAD = "automatic differentiation"
    LOSS = "a ready-made loss"
    OPTIMISER = "torch.optim"
    SOFTMAX = "a ready-made softmax"
    CONTAINER = "torch.nn's containers"
    DATA_TOOLS = "torch.utils.data"
    NORMALISATION = "a ready-made normalisation"
    OTHER_HELP = "something else that the question forbids"
    HANG = "did not return in time"
    DEATH = "ended its process"
    MEMORY = "used up the memory"

    @property
    def is_forbidden_help(self) -> bool:
        """Whether it is something that a question asks to do without."""
        return self not in (Cause.HANG, Cause.DEATH, Cause.MEMORY)


class Symptom(StrEnum):
    """How a student's outputs differ from a formula's, where no formula gives the very numbers."""

    OVERFLOW = "broken down where numbers get too large or too small, and inaccurate just before"
    FLOAT32 = "the same to float32 accuracy only, where the inputs are float64"
    CHANGED = "the same, but an input is changed"
    UNSTEADY = "not the same twice for the same inputs"


class Look:
    """What can be seen of an answer beside the right one in all calls (see ``looks``)."""

    says_right: ClassVar[bool] = False  # whether it says of something that it is right

    def holds(self, seen: Sequence[Any]) -> bool:
        """Return whether it is so of these calls (``seen_calls.Seen``)."""
        raise NotImplementedError


class RegistryError(Exception):
    """An entry of the registry makes no sense; the message says which and why."""


@dataclass(frozen=True)
class RightAnswer:
    """A right answer as a student might write it into one solution cell."""

    question: str  # the solution cell's grade_id
    slug: str  # stable name
    sentence: str  # how it goes about it, for the instructor
    code: str  # the whole cell


@dataclass(frozen=True)
class Misconception:
    """A wrong answer with a name.

    Its code is given by edits to the question's canonical answer (the first of ``RIGHT``), so that two misconceptions
    can be combined, or else as a whole cell. A ``K`` in either stands for a number of the student's choice.
    """

    question: str
    slug: str  # stable name: statistics over years depend on it
    sentence: str  # what the answer does, for the instructor
    hint: str  # for the student: where to look, without the answer
    edits: tuple[Edit, ...] = ()
    code: str = ""
    also: tuple[tuple[Edit, ...], ...] = ()  # other ways of variant it that give other numbers
    numbers: tuple[float, ...] = ()  # what ``K`` may be; the first is the one that is audited and simulated
    symptom: Symptom | None = None  # recognised by this as well
    cause: Cause | None = None  # recognised by this alone: there is no output to compare
    looks: Look | None = None  # recognised by this alone, where no formula explains the answer
    raises: str = ""  # a regular expression: also recognised by the exception, type and message, that all calls raised
    written_with: str = ""  # a regular expression: the hint speaks of code that is never without it
    # No part of what it looks like: evidence follows from that, and a function looks different in each process.
    claim: Claim | None = field(
        default=None, repr=False
    )  # what the hint says, for the audit to find out (see ``claims``); never of a student's

    @property
    def is_a_formula(self) -> bool:
        """Whether it says what comes out: random numbers, and what is seen of many answers, explain nothing."""
        return self.symptom is not Symptom.UNSTEADY and not self.cause and self.looks is None

    def may_be_said_of(self, code: str, raised: Iterable[str] = ()) -> bool:
        """Return whether what the hint speaks of may be in a student's ``code`` (see ``student_code.part_of``).

        ``raised``: all exceptions; where it has an exception of its own, no other one is explained by it.
        """
        if self.raises and not all(re.search(self.raises, text) for text in raised):
            return False
        return not self.written_with or re.search(self.written_with, code) is not None

    def variants(self, canonical: str) -> Iterator[str]:
        """Yield the wrong answer's code in every variant and with every number, given the question's canonical answer.

        Raises RegistryError when an edit does not fit.
        """
        texts = [self.code] if self.code else [apply(edits, canonical, self.slug) for edits in (self.edits, *self.also)]
        for text in texts:
            yield from (_with_number(number, text) for number in self.numbers) if self.numbers else (text,)


def _with_number(number: float, text: str) -> str:
    return re.sub(r"\bK\b", repr(int(number) if number == int(number) else float(number)), text)


def apply(edits: tuple[Edit, ...], code: str, slug: str) -> str:
    """Return ``code`` with the edits made, one after another; raise RegistryError when one does not fit."""
    for old, new in edits:
        if old not in code:
            raise RegistryError(f"{slug}: there is no {old!r} in the answer that is to be edited")
        code = code.replace(old, new)
    return code


def giving(head: str, *values: str) -> tuple[str, ...]:
    """Return the code of functions that give one of some values, whatever comes in; ``head`` as in "f(x, y)"."""
    return tuple(f"def {head}:\n    return {value}\n" for value in values)
