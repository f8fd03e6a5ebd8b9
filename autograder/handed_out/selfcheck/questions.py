"""What a check is made of"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch


@dataclass(frozen=True)
class Question:
    """One question: what the answer is called, how to recognise its stub, its public checks.

    ``tested_at`` names the graded cell test_... where it is checked, when that has another name than the question.
    ``what`` the answer is: a "function" or a "class". Where it consists of several, ``also`` names the further ones:
    ``is_stub`` and the checks are given them after the first. ``forbidden``: functions of torch, and classes, that the
    answer may not use, and what to call them. ``autograd``: whether gradients are recorded while it is checked.
    """

    name: str
    function: str
    is_stub: Callable[..., bool]
    checks: tuple[Callable[..., None], ...]
    tested_at: str = ""
    optional: bool = False
    also: tuple[str, ...] = ()
    what: str = "function"
    forbidden: Mapping[Any, str] = field(default_factory=dict)
    autograd: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All that the answer consists of."""
        return (self.function, *self.also)


def by_name(*questions: Question) -> dict[str, Question]:
    """Return the questions by their names."""
    return {question.name: question for question in questions}


@dataclass(frozen=True)
class Result:
    """What the public checks say about one question; state is "passed", "wrong", "stub" or "missing".

    ``what`` says what is wrong ("w after step 2"), ``line`` where in the student's code, ``call`` is Python to try it.
    """

    question: str
    state: str
    yours: str = ""
    expected: str = ""
    hint: str = ""
    what: str = ""
    line: str = ""
    call: str = ""


class WrongError(Exception):
    """A check that failed: what is wrong, what came back, what was expected, a hint.

    The call to try is the last one made, unless ``calls`` is false: then it takes many to see the fault. ``example`` is
    Python to try instead, where one call shows nothing: a class is made, and then used.
    """

    def __init__(
        self, what: str, yours: str, expected: str, hint: str = "", calls: bool = True, example: str = ""
    ) -> None:
        super().__init__(what, yours, expected, hint)
        self.what, self.yours, self.expected, self.hint = what, yours, expected, hint
        self.calls, self.example = calls, example


def matrix(rows: list[list[float]], dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Return the rows as a tensor."""
    return torch.tensor(rows, dtype=dtype, device="cpu")  # whatever the notebook has made the default
