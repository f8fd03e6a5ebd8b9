"""Named formulas run on the judge side, on the inputs that the student's function was given.

They are the registry's own code: nothing of the student's is ever run here.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from types import CodeType
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from autograder import wire
from autograder.judge import probes, pytree
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
        """Whether one call may depend on the calls before it: something beside functions and classes is defined."""
        return not all(map(_keeps_nothing, ast.parse(self.code).body))

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
            value, *after = wire.plain([_made(names, call, arguments), *(arguments[i] for i in call.back)])
    except Exception as error:
        failed = replace(call, value=None, back=(), after=(), cause=None)
        return replace(failed, error=type(error).__name__, error_message=str(error))
    return replace(call, value=value, after=tuple(after), error="", error_message="", cause=None)


def _made(names: dict[str, Any], call: RecordedCall, arguments: list[Any]) -> Any:
    if call.probe is not None:
        return probes.on_this_side(call.probe, names, call.function, arguments)
    return names[call.function](*arguments)


def _keeps_nothing(statement: ast.stmt) -> bool:
    """Return whether a statement makes nothing that could change from call to call."""
    if isinstance(statement, ast.ClassDef):
        return all(map(_keeps_nothing, statement.body))
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True  # a docstring
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.Pass)


def _copy(value: Any) -> Any:
    return value.clone() if isinstance(value, torch.Tensor) else value
