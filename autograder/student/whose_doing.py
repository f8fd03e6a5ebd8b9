"""Who has reached for what is not allowed: the student, or code of the judge's that tries out what they have written.

A probe may compute a gradient, a stand-in may be torch's own. What counts is who is nearest to it on the stack,
libraries left out.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, FrameType, FunctionType
from typing import Any

import torch

from autograder.student import crossed_code
from autograder.student.forbidden_table import module_of

_PATHS = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
_LIBRARIES = (*(f"{path}/" for path in sorted(_PATHS)), f"{Path(torch.__file__).parent.parent}/", "<frozen ")
_OURS = f"{Path(__file__).parent}/"
_WATCH = tuple(f"{_OURS}{name}.py" for name in ("forbidden_help", "torch_operators", "profilers"))
_ROOTS = (sys.stdlib_module_names | {"torch", "numpy", "scipy", "torchvision"}) - {"__main__", "builtins"}
_of_types: Any = type.__dict__
_HEAP_TYPE = 1 << 9  # of a type's flags: made by a class statement


class Answers:
    """Classes of the student's that a probe calls by itself, with what they have of torch's."""

    def __init__(self) -> None:
        self._codes: set[int] = set()
        self._functions: set[int] = set()
        self._kept: list[Any] = []  # so that nothing else gets its identity

    def add(self, answer: type) -> None:
        """Note the functions that a class has of its own, or from a class of torch's."""
        for kind in type.mro(answer):
            if kind not in (object, torch.nn.Module):
                for value in vars(kind).values():
                    self._note(value)

    def _note(self, value: Any) -> None:
        kind = type(value)  # an object of the student's is not asked for anything: it could answer
        if kind in (staticmethod, classmethod, partial):
            self._note(value.func if kind is partial else value.__func__)
        elif kind is FunctionType:
            self._codes.add(id(value.__code__))
            self._kept.append(value.__code__)
        elif kind is BuiltinFunctionType:
            self._functions.add(id(value))
            self._kept.append(value)
        elif issubclass(kind, torch.nn.Module) and module_of(kind).startswith("torch."):
            self._note(kind.forward)

    def have(self, what: Any) -> bool:
        """Return whether a built-in function, or the code of another one, is theirs."""
        return id(what) in self._codes or id(what) in self._functions


def is_the_students(frame: FrameType | None, answers: Answers) -> bool:
    """Return whether what happens in a frame is the student's doing."""
    for one in _upward(frame):
        if crossed_code.is_crossed(one):
            return False
        if not _is_library(one):
            return True
        if answers.have(one.f_code) or _is_about_theirs(one):
            return True
    return True


def is_import(frame: FrameType | None) -> bool:
    """Return whether a frame belongs to the import of a library, which nobody has called."""
    for one in _upward(frame):
        if not _is_library(one):
            return False
        if one.f_code.co_name == "<module>":
            return True
    return False


def _upward(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_WATCH):
            yield frame
        frame = frame.f_back


def _is_library(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith(_LIBRARIES) and not file.startswith(_OURS)


def _is_about_theirs(frame: FrameType) -> bool:
    """Return whether a library's method works for an object of a class of the student's."""
    code = frame.f_code
    return bool(code.co_argcount) and is_their_class(type(frame.f_locals.get(code.co_varnames[0])))


def is_their_class(kind: type) -> bool:
    """Return whether a class was made by the student."""
    module = module_of(kind)
    made = bool(_of_types["__flags__"].__get__(kind) & _HEAP_TYPE)
    return made and module.partition(".")[0] not in _ROOTS and not crossed_code.is_module(module)
