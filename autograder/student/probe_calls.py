"""A probe and the student's class or function that it tries out, put together for a call.

Probes are the judge's, in text (see ``crossed_code``). What they hand back crosses; objects of the student's never do.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from autograder.student.crossed_code import compiled, is_untouched

_OWN_FAULTS = (NameError, ImportError, SyntaxError)  # that no class of a student's causes in a line of the probe's


class Missing(Exception):  # noqa: N818 - a finding about the student's code, not an error of ours
    """The notebook doesn't define a name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Probes:
    """The probes that have crossed so far, and the notebook's names, which they are called with."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._texts: dict[str, tuple[str, str]] = {}
        self._modules: dict[str, dict[str, Any]] = {}

    def learn(self, code: Mapping[str, Any]) -> None:
        """Take in modules: ``{key: [name, pieces of the text]}``."""
        for key, (name, pieces) in code.items():
            self._texts[key] = name, "".join(pieces)

    def of(self, call: Mapping[str, Any]) -> tuple[Callable[..., Any], list[Any]]:
        """Return the function of a call, and the arguments to call it with.

        Raises Missing, and whatever is wrong with a probe's module.
        """
        answer, arguments = self._own(call["name"]), list(call["args"])
        probe = call.get("probe")
        if probe is None:
            return answer, call["args"]
        module = self._module(probe["module"])
        for place, name in probe["named"]:
            arguments[place] = _covered(self._own(name))
        for place, name in probe["stand_ins"]:
            arguments[place] = module[name]
        return module[probe["function"]], [_covered(answer), *arguments]

    def classes(self, call: Mapping[str, Any]) -> list[type]:
        """Return the student's classes that a probe is called with, which it may call by itself."""
        if "probe" not in call:
            return []
        names = [call["name"], *(name for _, name in call["probe"]["named"])]
        return [self._names[name] for name in names if _is_class(self._names.get(name))]

    def has_stand_ins(self, call: Mapping[str, Any]) -> bool:
        """Return whether a probe is called with right ones in the place of some of the student's answers."""
        return "probe" in call and bool(call["probe"]["stand_ins"])

    def _own(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            raise Missing(name) from None

    def _module(self, key: str) -> dict[str, Any]:
        if key not in self._modules:
            name, text = self._texts[key]
            self._modules[key] = compiled(text, name)
        return self._modules[key]


def _covered(answer: Any) -> Any:
    """Return a student's function in a cover, by whose frame the watch knows that it is theirs; a class as it is."""
    if _is_class(answer) or not callable(answer):
        return answer

    def theirs(*arguments: Any, **options: Any) -> Any:
        return answer(*arguments, **options)

    theirs.__wrapped__ = answer  # type: ignore[attr-defined] # for inspect.signature
    return theirs


def _is_class(answer: Any) -> bool:
    return issubclass(type(answer), type)  # whatever the answer says of itself


def is_own_fault(error: BaseException) -> bool:
    """Return whether an exception came of a line of the probe's that no answer makes fail: the probe is wrong."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not frames or not is_untouched(frames[-1]):
        return False
    if isinstance(error, AttributeError):
        return isinstance(error.obj, ModuleType)
    return isinstance(error, _OWN_FAULTS) and not isinstance(error, UnboundLocalError)
