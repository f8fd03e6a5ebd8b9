"""Notices the use of what a question does not allow, however it was imported, aliased or looked up.

It watches calls as they happen (``sys.setprofile``), so a name in a comment, a string or a line that never runs costs
nothing, and a method of the student's own that happens to be called ``backward`` is no offence. What can't be seen in
this way is seen by ``torch_operators``; what is forbidden stands in ``forbidden_table``. A profiler of the student's
own, or a recursion without end, may take the watch's place: that is no offence either, but the watch puts itself back,
or looks again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import CodeType, FrameType, FunctionType, TracebackType
from typing import Any

import torch
from torch import nn

from autograder.student import profilers, torch_operators
from autograder.student.forbidden_table import forbidden_base, layer_name, sought
from autograder.student.whose_doing import Answers, is_import, is_the_students, is_their_class

TORCH = str(Path(torch.__file__).parent)

# Every way of asking torch for a derivative ends in one of these files or in the engine's own run_backward.
AUTOGRAD_FILES = (
    "autograd/__init__.py",
    "autograd/functional.py",
    "autograd/forward_ad.py",
    "_functorch/eager_transforms.py",
)

_OPERATOR_CODES = {torch._ops.OpOverload.__call__.__code__, torch._ops.OpOverloadPacket.__call__.__code__}
_MODULE = {id(value.__code__) for value in vars(nn.Module).values() if isinstance(value, FunctionType)}
_ADDING = ("add_module", "register_module")  # methods that make a container of any module

_NO_ANSWERS = Answers()
_MADE = (nn.Module, torch.optim.Optimizer)

Found = tuple[str, str]  # what was forbidden, a category or a dotted name; and under which name it was used


class Watch:
    """Context manager around one call of a student's function; ``found`` lists what it should have done without.

    ``closely``: every operator is looked at as well, which takes several times as long as a small call itself.
    ``blind``: whether something took the watch's place, so that it may not have seen everything. (Not ``closely``: then
    it is back with the next operator, and looks where that was asked for.)
    """

    def __init__(self, categories: frozenset[str], closely: bool = True):
        self._sought = sought(categories)
        self._ordinary, self._single = self._sought.ordinary, self._sought.single
        self.categories = categories
        self.found: set[Found] = set()
        self._answers = _NO_ANSWERS
        self._made: list[object] = []  # layers and optimisers that the judge's own code has made in this call
        self._modes = ExitStack() if closely else None
        self.blind = False
        self._hook: Callable[..., object] = self._see  # one bound method, so that "still ours?" can be asked
        self._report: torch_operators.Report = self._operator

    @property
    def used(self) -> set[str]:
        """The names of what was found."""
        return {name for _, name in self.found}

    def look_at(self, answer: type, alone: bool = False) -> None:
        """Look at a class that code of the judge's will call by itself: what it inherits is the student's doing.

        ``alone``: right ones take the place of other answers, so what it inherits through one of these doesn't count.
        """
        if self.categories:
            if self._answers is _NO_ANSWERS:
                self._answers = Answers()
            self._answers.add(answer)
            self.found |= set(forbidden_base(answer, self.categories, alone))

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
            if argument.__name__ not in self._ordinary and (found := self._builtin_call(argument)):
                self._note(found, frame, argument)
        elif event == "call":
            code = frame.f_code
            if code.co_filename.startswith(TORCH):
                if found := self._torch_call(frame, code):
                    self._note(found, frame)
            elif code.co_name in self._single and (found := self._sought.elsewhere(code)):
                self._note(found, frame)

    def _note(self, found: Found, frame: FrameType | None, function: Any = None) -> None:
        if found in self.found:
            return
        if self._answers.have(function) or is_the_students(frame, self._answers) or self._is_handed_out(frame):
            self.found.add(found)

    def _is_handed_out(self, frame: FrameType | None) -> bool:
        """Return whether the judge's own code works with a layer or optimiser that it has not made itself."""
        thing = frame.f_locals.get("self") if frame is not None else None
        if frame is None or not issubclass(type(thing), _MADE):
            return False
        if frame.f_code.co_name == "__init__":
            self._made.append(thing)
        return all(thing is not made for made in self._made)

    def _torch_call(self, frame: FrameType, code: CodeType) -> Found | None:
        if (known := self._sought.codes.get(id(code))) is not None:
            return known
        if (entry := self._sought.layers.get(id(code))) is not None:
            return entry, layer_name(type(frame.f_locals.get("self")))
        if (entry := self._sought.made.get(id(code))) is not None and not _is_within_torch(frame):
            return entry, layer_name(type(frame.f_locals.get("self")))
        path = code.co_filename[len(TORCH) + 1 :].replace("\\", "/")
        if code in _OPERATOR_CODES:
            operator = str(frame.f_locals.get("self", ""))
            return self._builtin_name(operator.partition(".")[2].partition(".")[0], f"torch.ops.{operator}")
        for start, entry in self._sought.files.items():
            if path.startswith(start) and not is_import(frame):
                return entry, _public_name(start, path, code)
        if "autograd" in self.categories:
            if path == "_tensor.py" and code.co_name == "backward":
                return "autograd", "Tensor.backward"
            if path.endswith(AUTOGRAD_FILES) and code.co_name in _DERIVATIVES:
                return "autograd", f"torch.autograd ({code.co_name})"
        return self._container(frame, code) if "containers" in self.categories else None

    def _container(self, frame: FrameType, code: CodeType) -> Found | None:
        """Return what holds layers or parameters by torch's means: a container, or a module of the student's own."""
        if id(code) not in _MODULE:
            return None
        kind = type(frame.f_locals.get("self"))
        if not issubclass(kind, nn.Module):
            return "containers", f"torch.nn.Module.{code.co_name}"
        if _is_within_torch(frame):
            return None
        if code.co_name in _ADDING:
            return "containers", f"torch.nn.Module.{code.co_name}"
        if code.co_name == "__init__" and (kind is nn.Module or is_their_class(kind)):
            return "containers", "torch.nn.Module"
        return None

    def _builtin_call(self, function: Any) -> Found | None:
        name = function.__name__
        entry, single = self._sought.operator(name), name in self._single
        if entry:
            owner = f"{getattr(function, '__module__', '')} {type(getattr(function, '__self__', None)).__module__}"
            if "torch" in owner:
                return self._builtin_name(name, f"torch's {name}")
        if single:
            return self._sought.builtin(function)
        if not entry:
            self._ordinary.add(name)
        return None

    def _builtin_name(self, name: str, shown: str) -> Found | None:
        entry = self._sought.operator(name)
        if not entry:
            return None
        if "." in entry:
            return entry, entry
        return entry, "automatic differentiation (backward)" if name == "run_backward" else shown

    def _operator(self, name: str) -> None:
        if not profilers.is_held():
            profilers.hold_again()
            self._look_at_callers()
        if self._sought.operator(name) and (found := self._builtin_name(name, f"torch's {name}")):
            self._note(found, sys._getframe())

    def _look_at_callers(self) -> None:
        """Look at the calls that were made while something was in the watch's place, and are not over yet."""
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            code = frame.f_code
            if code.co_filename.startswith(TORCH) and (found := self._torch_call(frame, code)):
                self._note(found, frame)
            frame = frame.f_back


def _public_name(folder: str, path: str, code: CodeType) -> str:
    """Return the name by which people use what runs in a file below one of torch's folders; else that of the file."""
    package = f"torch.{folder.rstrip('/').replace('/', '.')}"
    outermost = code.co_qualname.partition(".")[0]
    if hasattr(sys.modules.get(package), outermost):
        return f"{package}.{outermost}"
    return f"{package} ({path.removeprefix(folder).removesuffix('.py')})"


def _is_within_torch(frame: FrameType) -> bool:
    """Return whether a layer of torch's own is made of this."""
    above = frame.f_back
    return above is not None and above.f_code.co_filename.startswith(TORCH)


# The entry points of the files above; their helpers are also called by innocent code (torch.vmap, no_grad).
_DERIVATIVES = frozenset(
    ("backward", "grad", "jacobian", "hessian", "vjp", "jvp", "vhp", "hvp", "make_dual", "_vjp_with_argnums")
    + ("_jvp_with_argnums", "jacrev", "jacfwd", "grad_impl", "grad_and_value_impl", "linearize")
)
