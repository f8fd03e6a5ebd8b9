"""What torch computes, by operator, however it was asked to: seen by torch's own modes and in scripted code.

``sys.setprofile`` (see ``watch``) sees no call that C code makes: ``map``, ``functools.partial``, a ``grad_fn``, the
inside of a scripted function. A function mode sees calls of torch's functions whoever makes them; a dispatch mode sees
the operators that are computed, those of the autograd engine included; what is scripted is read before it runs, since
some of it (cross_entropy with probabilities) is computed with the same operators as an answer by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch._dynamo  # a dispatch mode would import it at its first use, which takes seconds, within a student's call
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

Report = Callable[[str], None]  # is told the name of an operator that was used


class _Functions(TorchFunctionMode):
    def __init__(self, report: Report):
        super().__init__()
        self._report = report

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._report(getattr(function, "__name__", "").partition(".")[0])
        return function(*args, **(kwargs or {}))


class _Operators(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, report: Report):
        super().__init__()  # type: ignore[no-untyped-call]
        self._report = report

    def __torch_dispatch__(self, operator: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self._report(operator._opname)
        return operator(*args, **(kwargs or {}))


@contextmanager
def computed(report: Report) -> Iterator[None]:
    """Report the name of every function of torch and every operator that is used inside."""
    with _Functions(report), _Operators(report):
        yield


_listening: list[Report] = []


def listen(report: Report) -> None:
    """Report the names of the operators in every scripted or traced function that is called from now on."""
    _listening.append(report)


def no_longer_listen(report: Report) -> None:
    """Stop reporting."""
    _listening.remove(report)


def _reporting(usual: Callable[..., Any]) -> Callable[..., Any]:
    def call(function: Any, *args: Any, **kwargs: Any) -> Any:
        if _listening:
            for name in set(re.findall(r"aten::(\w+)", str(function.inlined_graph))):
                for report in _listening:
                    report("backward" if name == "grad" else name)
        return usual(function, *args, **kwargs)

    return call


# Once and for all: changing a class makes Python forget what it knows of it, which takes longer than a small call.
for _kind in (torch._C.ScriptFunction, torch._C.ScriptMethod):
    setattr(_kind, "__call__", _reporting(_kind.__call__))  # noqa: B010 - mypy knows no other way
