"""What a hidden test gives to a student's function has to arrive there as it is, or the student is blamed for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from autograder.judge import pytree
from autograder.judge.errors import CannotJudge
from autograder.wire import Array, Opaque, limits
from autograder.wire.values import DTYPES

_AS_THEY_ARE = frozenset({float, bool, type(None)})  # most that are no tensors
_DTYPES = frozenset(DTYPES.values())
_THEIRS = (Array, Opaque)  # what a student's function has given back, and the next one is given


def check(function: str, arguments: Sequence[Any]) -> None:
    """Raise CannotJudge for an argument that would arrive as something else."""
    for path, leaf in pytree.leaves(arguments):
        if type(leaf) not in _AS_THEY_ARE and (what := _not_sent(leaf)):
            place = f"argument {path[0] + 1} of {function}" + (f", at {list(path[1:])}," if path[1:] else "")
            wanted = "tensors, numbers, strings, lists and dictionaries can be"
            raise CannotJudge(f"{place} is {what}, which can't be sent ({wanted}); mend the test")


def _not_sent(value: Any) -> str:
    """Return what a value is that can't be sent as it is, "" for others."""
    if isinstance(value, torch.Tensor):
        fits = value.dtype in _DTYPES and value.layout is torch.strided and value.device.type != "meta"
        return "" if fits else f"a {value.dtype} tensor ({value.layout}, {value.device})"
    if type(value) is int:
        return "" if abs(value) < 2**63 else "an int of more than 64 bits"
    if type(value) is str:
        return "" if len(value) <= limits.MAX_STRING else f"a string of more than {limits.MAX_STRING} characters"
    return "" if isinstance(value, _THEIRS) else f"an object of type {type(value).__name__}"
