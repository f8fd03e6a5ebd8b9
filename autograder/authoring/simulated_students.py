"""Who is in a simulated class: a fixed one of twelve, or one drawn from the registry of right and wrong answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from autograder.authoring.damaged_notebooks import DAMAGES, Damage, hanging_cell
from autograder.authoring.student_names import names
from autograder.judge.assignment import Assignment
from autograder.judge.diagnosis.registry import Cause


@dataclass(frozen=True)
class Member:
    """A member of the simulated class: which answers they give, and what happened to their notebook."""

    student: str
    answers: tuple[str, ...]  # "question/slug"; a question without one stays as it was handed out
    damage: Damage | None = None
    truncated: bool = False  # the file ends in the middle
    kind: str = ""  # "right", "wrong", "unfinished" or "faulty"

    @property
    def harm(self) -> str:
        """What happened to the notebook, in a word or two."""
        return TRUNCATED if self.truncated else self.damage.__name__.replace("_", " ") if self.damage else ""


@dataclass(frozen=True)
class Shares:
    """How many of a class are of which kind, in proportion."""

    right: float = 0.5
    wrong: float = 0.35
    unfinished: float = 0.1
    faulty: float = 0.05


def usual_class(assignment: Assignment) -> list[Member]:
    """Return the fixed class of an assignment: the one it says itself, else twelve that are drawn."""
    said = assignment.simulated_class
    if not said:
        return Draw(assignment).members(12)
    damages = {damage.__name__: damage for damage in DAMAGES}
    return [
        Member(student, tuple(answers), damages.get(harm), truncated=harm == TRUNCATED)
        for student, answers, harm in said
    ]


TRUNCATED = "truncated"  # the harm of a file that ends in the middle
_SLOW = (Cause.HANG, Cause.MEMORY, Cause.DEATH)


@dataclass(frozen=True)
class Draw:
    """Draws members of a class, the same ones for the same seed."""

    assignment: Assignment
    seed: int = 0
    shares: Shares = field(default_factory=Shares)

    def members(self, number: int) -> list[Member]:
        """Return ``number`` members; the first ones of a larger class are those of a smaller one."""
        return [self._member(student) for student in islice(names(), number)]

    def _member(self, student: str) -> Member:
        chance = random.Random(f"{self.assignment.name} {self.seed} {student}")
        weights = vars(self.shares)
        kind = chance.choices(list(weights), list(weights.values()))[0]
        right = tuple(chance.choice(answers) for answers in self._right().values())
        member = Member(student, right, kind=kind)
        match kind:
            case "wrong":
                return replace(member, answers=self._spoilt(right, chance, slow=False))
            case "unfinished":
                kept = chance.sample(right, chance.randrange(len(right)))
                return replace(member, answers=tuple(answer for answer in right if answer in kept))
            case "faulty":
                return self._faulty(member, chance)
        return member

    def _faulty(self, member: Member, chance: random.Random) -> Member:
        what = chance.randrange(len(DAMAGES) + 2)
        if what == len(DAMAGES):
            return replace(member, truncated=True)
        if what > len(DAMAGES):
            spoilt = self._spoilt(member.answers, chance, slow=True)
            return replace(member, answers=spoilt) if spoilt != member.answers else replace(member, damage=hanging_cell)
        return replace(member, damage=DAMAGES[what])

    def _spoilt(self, answers: tuple[str, ...], chance: random.Random, slow: bool) -> tuple[str, ...]:
        """Replace one or two answers by wrong ones; ``slow``: by those that hang, crash or fill the memory."""
        wrong: dict[str, list[str]] = {}
        for entry in self.assignment.registry.wrong:
            if (entry.cause in _SLOW) is slow:
                wrong.setdefault(entry.question, []).append(f"{entry.question}/{entry.slug}")
        chosen = {question: chance.choice(wrong[question]) for question in _some(list(wrong), chance)}
        return tuple(chosen.get(answer.partition("/")[0], answer) for answer in answers)

    def _right(self) -> dict[str, list[str]]:
        answers: dict[str, list[str]] = {}
        for answer in self.assignment.registry.right:
            answers.setdefault(answer.question, []).append(f"{answer.question}/{answer.slug}")
        return answers


def _some(questions: Sequence[Any], chance: random.Random) -> Sequence[Any]:
    return chance.sample(questions, min(len(questions), chance.choice((1, 1, 2))))
