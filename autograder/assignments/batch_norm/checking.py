"""What the hidden tests of several questions check alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

from autograder.judge.answer_checks import Answer, StudentFailed
from autograder.judge.carried_errors import carried
from autograder.judge.probes import Probe
from autograder.judge.student_fixture import Student

from . import probes

ABOUT = 1e-3  # of the numbers' size: for tests that ask for something else than the last digits


def double(value: Any) -> Any:
    """Return a probe's argument with all its tensors of floats in float64."""
    if isinstance(value, list):
        return [double(one) for one in value]
    return value.double() if isinstance(value, Tensor) and value.is_floating_point() else value


def right(probe: Probe, answer: Any, *arguments: Any) -> Any:
    """Return what a probe makes of a right class or function, in float64."""
    with torch.no_grad():
        return probe(answer, *double(list(arguments)))


def close_to_one(answer: Answer, rights: Sequence[Tensor], tolerance: Tensor | float, name: str) -> None:
    """Check numbers that are right if they are near one of several; the first of them is the right one."""
    *others, first = reversed(rights)
    for other in others:
        with suppress(StudentFailed):
            answer.close(other, tolerance, name)
            return
    answer.close(first, tolerance, name)


def with_own_or_right_batch_norm(student: Student, check: Callable[[Answer], None], probe: Probe, name: str,
                                 *arguments: Any) -> None:  # fmt: skip
    """Check what a probe makes of an answer that may use the notebook's ``batch_norm``, or else a right one."""

    def ask(*batch_norm: Any) -> Answer:
        return student.probe(probe, name, *arguments, *batch_norm)

    carried(lambda given: ask(*given), (), (probes.batch_norm,), check, may_do_without=True)
