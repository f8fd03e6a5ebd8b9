"""``python -m tools.unseen_answers ASSIGNMENT``: grades answers that no registry has; prints which hints hold.

They are judged as the audit judges, in the release of this tree, and stand in a package of the assignment's name beside
this file, whose ``ANSWERS`` are all of them.

Exits with 1 where a hint is untrue or a right answer is accused.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from traitlets.config import Config

from autograder.authoring.audit import Case, Verdict, judged
from autograder.judge.assignment import Assignment
from tools.unseen_answers.answers import Unseen

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = sorted(file.parent.name for file in Path(__file__).parent.glob("*/__init__.py"))
CAUGHT, NAMED, UNTRUE, UNNAMED = "caught", "rightly named", "untrue", "unnamed"
LINE = "{:<30} {:>5} {:<7} {:<8} {}"


@dataclass(frozen=True)
class Judged:
    """An answer and what grading made of it."""

    answer: Unseen
    verdict: Verdict

    @property
    def names(self) -> list[str]:
        """The names of the misconceptions whose hints the student reads."""
        return [name for name in self.verdict.diagnosis.split("+") if name]

    @property
    def untrue(self) -> list[str]:
        """Those of them that aren't true of it."""
        return [name for name in self.names if name not in self.answer.true]

    @property
    def caught(self) -> bool:
        """Whether it lost points."""
        return self.verdict.points < self.verdict.max_points

    @property
    def kept(self) -> float:
        """The share of the question's points that it has."""
        return self.verdict.points / self.verdict.max_points

    def row(self) -> str:
        """Return its line of the table."""
        said = " + ".join(f"{name}{' ✗' if name in self.untrue else ''}" for name in self.names) or "-"
        truth = "untrue" if self.untrue else "true" if self.names else ""
        true = ", ".join(sorted(self.answer.true)) or "-"
        more = f"   (could not be judged: {self.verdict.unjudged.splitlines()[-1]})" if self.verdict.unjudged else ""
        caught = ("ACCUSED" if self.caught else "right") if self.answer.right else "yes" if self.caught else "ESCAPES"
        line = LINE.format(self.answer.slug, f"{self.kept:.0%}", caught, truth, f"{said}   [true: {true}]{more}")
        return line.rstrip()


def answers_to(assignment: str, held_back: bool) -> tuple[Unseen, ...]:
    """Return the answers to an assignment that stand beside this file, or those held back. Raises ImportError."""
    package = f"tools.unseen_answers.{assignment}{'.held_back' if held_back else ''}"
    found: tuple[Unseen, ...] = importlib.import_module(package).ANSWERS
    return found


def grade(answers: Sequence[Unseen], assignment: str, workers: int) -> list[Judged]:
    """Grade the answers through the audit's path, in the order given."""
    by_case = {(a.question, a.slug): a for a in answers}
    chosen = [Case(a.question, a.slug, a.code, right=a.right) for a in answers]
    config = Config(Grading={"workers": workers})
    verdicts = judged(chosen, Assignment.find(assignment), ROOT, config, alone=True)
    found = {(v.case.question, v.case.slug): v for v in verdicts}
    return [Judged(answer, found[key]) for key, answer in by_case.items()]


def totals(found: Sequence[Judged]) -> str:
    """Return the counts over wrong answers, and how many right ones were accused."""
    wrong = [one for one in found if not one.answer.right]
    right = [one for one in found if one.answer.right]
    counts = {
        CAUGHT: sum(one.caught for one in wrong),
        NAMED: sum(one.caught and bool(one.names) and not one.untrue for one in wrong),
        UNTRUE: sum(bool(one.untrue) for one in wrong),
        UNNAMED: sum(one.caught and not one.names for one in wrong),
    }
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    nameable = sum(bool(one.answer.true) for one in wrong)
    kept = sum(one.kept for one in wrong) / len(wrong) if wrong else 0.0
    accused = sum(one.caught for one in right)
    return (
        f"{len(wrong)} wrong: {said} ({nameable} have a true name); points kept {kept:.0%}. "
        f"{len(right)} right: {accused} accused."
    )


def report(found: Sequence[Judged]) -> Iterator[str]:
    """Yield the lines of the table, question by question, and the totals."""
    for question in dict.fromkeys(one.answer.question for one in found):
        own = [one for one in found if one.answer.question == question]
        yield f"\n{question}\n" + LINE.format("answer", "kept", "caught", "hint", "given   [true: the names that hold]")
        yield from (one.row() for one in own)
        yield f"{question}: {totals(own)}"
    yield f"\nall: {totals(found)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade all answers to an assignment, or those of some questions or names, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tools.unseen_answers", description=__doc__)
    parser.add_argument("assignment", choices=ASSIGNMENTS)
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="questions or answers")
    parser.add_argument("--held-back", action="store_true", help="the set that no rule was made for")
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args(arguments)
    everything = answers_to(chosen.assignment, chosen.held_back)
    answers = [a for a in everything if not chosen.only or {a.question, a.slug} & set(chosen.only)]
    found = grade(answers, chosen.assignment, chosen.workers)
    print("\n".join(report(found)))
    return 1 if any(one.untrue or (one.answer.right and one.caught) for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
