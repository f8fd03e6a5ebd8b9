"""Named formulas run on the judge side, on the inputs that the student's function was given.

They are the registry's own code: nothing of the student's is ever run here.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from autograder import wire
from autograder.judge import pytree
from autograder.judge.diagnosis.call_log import RecordedCall


@dataclass(frozen=True)
class Formula:
    """A cell's code that defines a question's function; ``names`` are the misconceptions in it (none: it is right)."""

    names: tuple[str, ...]
    code: str

    @cached_property
    def compiled(self) -> CodeType:
        """The code, compiled."""
        return compile(self.code, f"<{'+'.join(self.names) or 'canonical answer'}>", "exec")

    @cached_property
    def has_memory(self) -> bool:
        """Whether one call may depend on the calls before it: something beside functions is defined."""
        known = (ast.Import, ast.ImportFrom, ast.FunctionDef)
        return any(not isinstance(statement, known) for statement in ast.parse(self.code).body)

    def outputs(self, calls: Iterable[RecordedCall]) -> Iterator[RecordedCall]:
        """Make the same calls, in order, in one fresh namespace; yield each with this formula's output."""
        names: dict[str, Any] = {"torch": torch, "np": np, "numpy": np, "math": math, "F": F}
        exec(self.compiled, names)
        for call in calls:
            yield _called(names, call)


def _called(names: dict[str, Any], call: RecordedCall) -> RecordedCall:
    arguments = pytree.tree_map(_copy, call.arguments)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), torch.no_grad():
            warnings.simplefilter("ignore")
            value, *after = wire.plain([names[call.function](*arguments), *(arguments[i] for i in call.back)])
    except Exception as error:
        return RecordedCall(call.function, call.arguments, error=type(error).__name__)
    return RecordedCall(call.function, call.arguments, value, call.back, tuple(after))


def _copy(value: Any) -> Any:
    return value.clone() if isinstance(value, torch.Tensor) else value
