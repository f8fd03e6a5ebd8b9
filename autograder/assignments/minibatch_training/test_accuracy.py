"""Hidden tests of the accuracy. A test's docstring is the sentence a student reads about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from torch import Tensor

from autograder.judge.student_fixture import Student
from autograder.wire import Array

from . import reference, tolerances
from . import strategies as draw

Pair = tuple[Tensor, Tensor]


@pytest.mark.question("accuracy")
@pytest.mark.points(1)
@given(pair=draw.guesses())
def test_accuracy_value(student: Student, pair: Pair) -> None:
    """accuracy is the fraction of rows whose largest logit is the label's, for batches of any size."""
    student.accuracy(*pair).close(reference.accuracy(*pair), tolerances.ACCURACY, "The accuracy")


@pytest.mark.question("accuracy")
@pytest.mark.points(0.5)
@pytest.mark.examples(8)
@given(pair=draw.many_guesses())
def test_accuracy_many(student: Student, pair: Pair) -> None:
    """accuracy is right for some hundreds of rows, too."""
    student.accuracy(*pair).close(reference.accuracy(*pair), tolerances.ACCURACY, "The accuracy")


@pytest.mark.question("accuracy")
@pytest.mark.points(0.5)
@given(pair=draw.guesses(most=8, clear=True))
def test_accuracy_kind(student: Student, pair: Pair) -> None:
    """accuracy returns a float or a floating number without dimensions, about the right one; logits and y stay."""
    answer, right = student.accuracy(*pair, back=(0, 1)), reference.accuracy(*pair)
    value = answer.value
    if isinstance(value, float) or (isinstance(value, Tensor) and value.is_floating_point() and value.dim() == 0):
        pass
    elif not (isinstance(value, Array) and value.scalar and value.values.is_floating_point()):
        raise answer.fail("accuracy must return a float, or a floating tensor without dimensions.", "a float")
    if not abs(answer.number(strict=False) - float(right)) <= 0.4:
        raise answer.fail("The accuracy is nothing like the right one yet.", f"about {float(right):g}")
    answer.unchanged(("logits", "y"), pair)
