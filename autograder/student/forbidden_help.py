"""Notices the use of what a question does not allow, however it was imported, aliased or looked up.

It watches calls as they happen (``sys.setprofile``), so a name in a comment, a string or a line that never runs
costs nothing, and a method of the student's own that happens to be called ``backward`` is no offence. What can't be
seen in this way is seen by ``operators``. A profiler of the student's own, or a recursion without end, may take the
watch's place: that is no offence either, but the watch puts itself back, or looks again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import torch
import torch.nn.functional as F

from autograder.student import profilers, torch_operators
from autograder.student.torch_operators import LOSSES

TORCH = str(Path(torch.__file__).parent)

# Every way of asking torch for a derivative ends in one of these files or in the engine's own run_backward.
AUTOGRAD_FILES = (
    "autograd/__init__.py",
    "autograd/functional.py",
    "autograd/forward_ad.py",
    "_functorch/eager_transforms.py",
)

CATEGORIES = {
    "autograd": "automatic differentiation",
    "losses": "a ready-made loss",
    "optimisers": "torch.optim",
}


def _loss_codes() -> dict[CodeType, str]:
    codes = {name: getattr(getattr(F, name, None), "__code__", None) for name in LOSSES}
    return {code: f"torch.nn.functional.{name}" for name, code in codes.items() if code}


_LOSS_CODES = _loss_codes()
_ORDINARY: set[str] = set()  # names of built-in functions that have been called and are of no interest
_OPERATOR_CODES = {torch._ops.OpOverload.__call__.__code__, torch._ops.OpOverloadPacket.__call__.__code__}


class Watch:
    """Context manager around one call of a student's function; ``used`` lists what it should have done without.

    ``closely``: every operator is looked at as well, which takes several times as long as a small call itself.
    ``blind``: whether something took the watch's place, so that it may not have seen everything. (Not ``closely``: then
    it is back with the next operator, and looks where that was asked for.)
    """

    def __init__(self, categories: frozenset[str], closely: bool = True):
        unknown = categories - CATEGORIES.keys()
        if unknown:
            raise ValueError(f"no such category to watch for: {', '.join(sorted(unknown))}")
        self.categories = categories
        self.used: set[str] = set()
        self._modes = ExitStack() if closely else None
        self.blind = False
        self._hook: Callable[..., object] = self._see  # one bound method, so that "still ours?" can be asked
        self._report: torch_operators.Report = self._operator

    def __enter__(self) -> Watch:
        if self.categories:
            torch_operators.listen(self._report)
            if self._modes is not None:
                self._modes.enter_context(torch_operators.computed(self._report))
            profilers.hold(self._hook)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self.categories:
            self.blind = self._modes is None and not profilers.is_held()
            profilers.let_go()
            if self._modes is not None:
                self._modes.close()
            torch_operators.no_longer_listen(self._report)

    def _see(self, frame: FrameType, event: str, argument: Any) -> None:
        # Runs for every call there is, so the ordinary ones leave it early.
        if event == "c_call":
            if argument.__name__ not in _ORDINARY and (name := self._builtin_call(argument)):
                self.used.add(name)
        elif event == "call":
            code = frame.f_code
            if code.co_filename.startswith(TORCH) and (name := self._torch_call(frame, code)):
                self.used.add(name)

    def _torch_call(self, frame: FrameType, code: CodeType) -> str:
        if "losses" in self.categories and code in _LOSS_CODES:
            return _LOSS_CODES[code]
        path = code.co_filename[len(TORCH) + 1 :].replace("\\", "/")
        if code in _OPERATOR_CODES:
            operator = str(frame.f_locals.get("self", ""))
            return self._builtin_name(operator.partition(".")[2].partition(".")[0], f"torch.ops.{operator}")
        if "optimisers" in self.categories and path.startswith("optim/") and code.co_name != "<module>":
            return f"torch.optim ({path.removeprefix('optim/').removesuffix('.py')})"
        if "autograd" in self.categories:
            if path == "_tensor.py" and code.co_name == "backward":
                return "Tensor.backward"
            if path.endswith(AUTOGRAD_FILES) and code.co_name in _DERIVATIVES:
                return f"torch.autograd ({code.co_name})"
        return ""

    def _builtin_call(self, function: Any) -> str:
        name = function.__name__
        if torch_operators.category(name):
            owner = f"{getattr(function, '__module__', '')} {type(getattr(function, '__self__', None)).__module__}"
            if "torch" in owner:
                return self._builtin_name(name, f"torch's {name}")
        else:
            _ORDINARY.add(name)
        return ""

    def _builtin_name(self, name: str, shown: str) -> str:
        if torch_operators.category(name) not in self.categories:
            return ""
        return "automatic differentiation (backward)" if name == "run_backward" else shown

    def _operator(self, name: str) -> None:
        if not profilers.is_held():
            profilers.hold_again()
            self._look_at_callers()
        shown = self._builtin_name(name, f"torch's {name}")
        if shown:
            self.used.add(shown)

    def _look_at_callers(self) -> None:
        """Look at the calls that were made while something was in the watch's place, and are not over yet."""
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            code = frame.f_code
            if code.co_filename.startswith(TORCH) and (name := self._torch_call(frame, code)):
                self.used.add(name)
            frame = frame.f_back


# The entry points of the files above; their helpers are also called by innocent code (torch.vmap, no_grad).
_DERIVATIVES = frozenset(
    ("backward", "grad", "jacobian", "hessian", "vjp", "jvp", "vhp", "hvp", "make_dual", "_vjp_with_argnums")
    + ("_jvp_with_argnums", "jacrev", "jacfwd", "grad_impl", "grad_and_value_impl", "linearize")
)
