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
_Names = dict[str, Any]
# Its namespaces, by their identity: nobody can make another with it. And what was in each at first.
_modules: dict[int, tuple[_Names, _Names]] = {}


def compiled(source: str, name: str) -> dict[str, Any]:
    """Run a module's source in a namespace of its own; return what is in it then.

    ``name`` says what it is, "driver of intro": with angle brackets around it, that is the code's file name.
    Raises SyntaxError, and whatever the module's own statements raise.
    """
    file = f"<{name}>"
    _names.add(file)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)  # for tracebacks
    names: dict[str, Any] = {"__builtins__": dict(_BUILTINS), "__name__": name}
    _modules[id(names)] = names, {}
    exec(compile(source, file, "exec", dont_inherit=True), names)
    first = dict(names)
    _modules[id(names)] = names, first
    return first


def has_crossed(file: str) -> bool:
    """Whether a traceback's or frame's file name is that of code of the judge's: no line of the student's."""
    return file in _names


def is_crossed(frame: FrameType) -> bool:
    """Whether a frame runs code of the judge's: its names are, whatever file name it bears."""
    return id(frame.f_globals) in _modules


def is_untouched(frame: FrameType) -> bool:
    """Whether a frame runs code of the judge's that finds all as it was at first.

    Then what fails there is the code's own fault.
    """
    names, first = _modules.get(id(frame.f_globals), ({}, {}))
    return bool(first) and _is_same(names, first) and _is_same(names["__builtins__"], _BUILTINS)


def _is_same(names: _Names, first: _Names) -> bool:
    return names.keys() == first.keys() and all(value is first[name] for name, value in names.items())


def is_module(name: str) -> bool:
    """Whether that is what code of the judge's has for its module's name."""
    return f"<{name}>" in _names
