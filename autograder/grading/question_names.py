"""Which questions are meant by the names that ``--only`` gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.grading.errors import GradingError
from autograder.judge.assignment import Assignment
from autograder.judge.suggestions import commas, not_among

CONVERGENCE = "convergence"  # stands for all questions that are judged by training


def chosen_questions(names: Iterable[str], assignment: Assignment, trained: Sequence[str]) -> list[str]:
    """Return the questions that are meant, ``trained`` those that are judged by training.

    Raises GradingError, with the names there are, for one that is none.
    """
    found: list[str] = []
    for name in checked(names, assignment):
        found += trained if name == CONVERGENCE else [name]
    return found


def checked(names: Iterable[str], assignment: Assignment) -> list[str]:
    """Return the names as they are; raise GradingError for one that means nothing. Takes no torch along."""
    known = [*assignment.questions, *([CONVERGENCE] if assignment.has("recipes.py") else [])]
    found = list(names)
    for name in found:
        if name not in known:
            separated = commas(name)
            none = f"there is no question called {name}"
            raise GradingError(f"{none}. {separated}" if separated else not_among(known, name, "question"))
    return found
