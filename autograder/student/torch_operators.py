"""What torch computes, by operator, however it was asked to: seen by torch's own modes and in scripted code.

``sys.setprofile`` (see ``watch``) sees no call that C code makes: ``map``, ``functools.partial``, a ``grad_fn``, the
inside of a scripted function. A function mode sees calls of torch's functions whoever makes them; a dispatch mode sees
the operators that are computed, those of the autograd engine included; what is scripted is read before it runs, since
some of it (cross_entropy with probabilities) is computed with the same operators as an answer by hand.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch._dynamo  # a dispatch mode would import it at its first use, which takes seconds, within a student's call
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

# Names of functions in torch.nn.functional.
LOSSES = (
    "cross_entropy",
    "linear_cross_entropy",
    "nll_loss",
    "gaussian_nll_loss",
    "poisson_nll_loss",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "soft_margin_loss",
    "multilabel_soft_margin_loss",
)
_LOSSES = frozenset(LOSSES)
# The same as operators: torch._C._nn.nll_loss_nd, torch.ops.aten.cross_entropy_loss, …
_LOSS_FAMILIES = ("cross_entropy_loss", "nll_loss", "binary_cross_entropy")
_DERIVATIVES = frozenset({"run_backward", "backward", "_make_dual"})
_OPTIMISERS = ("_fused_sgd", "_fused_adam", "_fused_adagrad")  # not all that is called _fused_

Report = Callable[[str], None]  # is told the name of an operator that was used


@functools.cache
def category(name: str) -> str:
    """Return what kind of forbidden thing an operator of that name is; "" for an ordinary one."""
    if name in _DERIVATIVES or "_backward" in name:
        return "autograd"
    if name in _LOSSES or name.startswith(_LOSS_FAMILIES):
        return "losses"
    return "optimisers" if name.startswith(_OPTIMISERS) else ""


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
