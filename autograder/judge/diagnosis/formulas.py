"""Named formulas run on the judge side, on the inputs that the student's function was given.

They are the registry's own code: nothing of the student's is ever run here.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from types import CodeType
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from autograder import wire
from autograder.judge import probes, pytree
from autograder.judge.diagnosis.call_log import RecordedCall
from autograder.judge.memo import Memo

KEPT = 10_000  # formulas: those of a few questions, and some with students' own numbers
_known = Memo()  # what came of their calls: the hidden tests ask every student the same


@dataclass(frozen=True)
class Formula:
    """A cell's code that defines a question's function; ``names`` are the misconceptions in it (none: it is right).

    ``others`` is the code of other questions' answers that it may call or inherit from.
    """

    names: tuple[str, ...]
    code: str
    others: str = ""

    @property
    def compiled(self) -> CodeType:
        """The code, compiled."""
        return read(self.code).compiled

    @property
    def has_memory(self) -> bool:
        """Whether one call may depend on the calls before it: something beside functions and classes is defined."""
        return read(self.code).has_memory

    def outputs(self, calls: Iterable[RecordedCall]) -> Iterator[RecordedCall]:
        """Make the same calls, in order, in one fresh namespace; yield each with this formula's output."""
        names: dict[str, Any] = {}
        is_kept = not self.has_memory
        for call in calls:
            found = _known.get((self.code, self.others, call.given)) if is_kept else None
            if found is None:
                names = names or self._defined()
                found = _called(names, call)
                if is_kept:
                    _known.keep((self.code, self.others, call.given), found)
            value, after, error, message = found
            back = () if error else call.back
            yield replace(call, value=value, back=back, after=after, error=error, error_message=message, cause=None)

    def _defined(self) -> dict[str, Any]:
        names = given_names()
        if self.others:
            exec(read(self.others).compiled, names)
        exec(self.compiled, names)
        return names


def given_names() -> dict[str, Any]:
    """Return the names that answers may use without importing them. What they print is for nobody to see."""
    return {"torch": torch, "nn": nn, "np": np, "numpy": np, "math": math, "F": F, "print": _print_nothing}


def _print_nothing(*values: Any, **settings: Any) -> None:
    """Do nothing, in place of ``print``."""


class Read(NamedTuple):
    """What there is to know of a formula's code."""

    compiled: CodeType
    has_memory: bool


@lru_cache(KEPT)  # the same code stands in several formulas, and reading it takes as long as a call
def read(code: str) -> Read:
    """Parse and compile a formula's code, once. Raises SyntaxError."""
    tree = ast.parse(code)
    return Read(compile(tree, "<formula>", "exec"), not all(map(_keeps_nothing, tree.body)))


def _called(names: dict[str, Any], call: RecordedCall) -> tuple[Any, tuple[Any, ...], str, str]:
    """Return what comes of a call: its value, the arguments asked back, and the exception's type and message."""
    arguments = pytree.tree_map(_copy, call.arguments)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), torch.no_grad():
            warnings.simplefilter("ignore")
            value, *after = wire.plain([_made(names, call, arguments), *(arguments[i] for i in call.back)])
    except Exception as error:
        return None, (), type(error).__name__, str(error)
    return value, tuple(after), "", ""


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
