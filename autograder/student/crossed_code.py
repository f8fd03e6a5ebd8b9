"""Code of the judge's that crosses as text, to run beside the student's: probes and drivers.

It may be read by students and knows no expected value.
"""

from __future__ import annotations

import builtins
import linecache
from types import FrameType
from typing import Any

_BUILTINS = dict(vars(builtins))  # Python's own, whatever a student's cell may put in their place later
_names: set[str] = set()  # the file names of what has crossed
_modules: dict[int, dict[str, Any]] = {}  # its namespaces, by their identity: nobody can make another with it


def compiled(source: str, name: str) -> dict[str, Any]:
    """Run a module's source in a namespace of its own; return the namespace.

    ``name`` says what it is, "driver of intro": with angle brackets around it, that is the code's file name.
    Raises SyntaxError, and whatever the module's own statements raise.
    """
    file = f"<{name}>"
    _names.add(file)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for tracebacks
    names: dict[str, Any] = {"__builtins__": dict(_BUILTINS), "__name__": name}
    _modules[id(names)] = names
    exec(compile(source, file, "exec", dont_inherit=True), names)
    return names


def has_crossed(file: str) -> bool:
    """Whether a traceback's or frame's file name is that of code of the judge's: no line of the student's."""
    return file in _names


def is_crossed(frame: FrameType) -> bool:
    """Whether a frame runs code of the judge's: its names are, whatever file name it bears."""
    return id(frame.f_globals) in _modules


def is_module(name: str) -> bool:
    """Whether that is what code of the judge's has for its module's name."""
    return f"<{name}>" in _names
