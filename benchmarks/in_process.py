"""The hidden tests as a stock notebook would have them: in one process with the student's functions, no sandbox.

What stock nbgrader is compared with, and the floor for what judging costs.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from autograder import wire
from autograder.assignments.linear_mnist import test_hidden
from autograder.judge import hypothesis_examples, hypothesis_profile
from autograder.judge.answer_checks import Answer, Call, StudentFailed
from autograder.judge.settings import NotebookJudge


class InProcess:
    """Stands in for the ``student`` fixture: calls the functions where they are."""

    def __init__(self, names: Mapping[str, Any]):
        self._names = names
        self.where = ""

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*arguments: Any, back: tuple[int, ...] = ()) -> Answer:
            given = [value.clone() if isinstance(value, torch.Tensor) else value for value in arguments]
            with torch.no_grad():
                value = self._names[name](*given)
            inputs = tuple(zip(inspect.signature(self._names[name]).parameters, arguments, strict=False))
            return Answer(Call(name, inputs, self.where), wire.plain(value), tuple(given[i] for i in back))

        return call


def score(question: str, names: Mapping[str, Any]) -> float:
    """Run a question's hidden tests on the functions in ``names``; return the points."""
    points = 0.0
    for test, worth in _tests(question):
        try:
            test(student=InProcess(names))
        except StudentFailed as failed:
            print(f"{test.__name__}: {failed.message}")
        else:
            points += worth
    return points


def examples_of(question: str, names: Mapping[str, Any]) -> list[Callable[[], None]]:
    """Return the examples that ``score`` tries, each drawn already: what is left is calling and comparing."""
    student = InProcess(names)
    found: list[Callable[[], None]] = []
    for test, _ in _tests(question):
        drawn = hypothesis_examples._draw(test, {"student": student})
        assert drawn is not None, f"{test.__name__} draws as it goes"
        found += [functools.partial(test.hypothesis.inner_test, student, **inputs) for inputs in drawn]
    return found


def _tests(question: str) -> Iterator[tuple[Any, float]]:
    """Yield the hidden tests of a question, set up as the judge does it, each with its points."""
    for test in vars(test_hidden).values():
        marks = {mark.name: mark.args for mark in getattr(test, "pytestmark", ()) if callable(test)}
        if marks.get("question") == (question,):
            few = marks.get("examples", ())
            hypothesis_profile.apply(test, few[0] if few else NotebookJudge().examples, shrink=not few)
            yield test, marks["points"][0]
