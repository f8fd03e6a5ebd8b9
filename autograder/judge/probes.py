"""Probes: functions of an assignment that try out an answer and say in plain data what came of it.

A probe's first argument is the student's class or function, or the right one, or a wrong one with a name: the same
probe is question, right answer and diagnosis. It knows no expected value. What it needs of its module crosses to the
student side, as it stands in the file (see ``needed_code``, ``student.crossed_code``).
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import string
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from autograder.judge import describe
from autograder.judge.crossing_rules import checked_text
from autograder.judge.errors import CannotJudge
from autograder.judge.needed_code import defined, needed
from autograder.judge.number_format import number
from autograder.judge.references import Named, Reference, StandIn
from autograder.wire.limits import pieces

Probe = Callable[..., Any]


class Code(NamedTuple):
    """What a probe needs of its module, and what that is called in tracebacks."""

    key: str
    name: str
    text: str
    defines: frozenset[str]

    @property
    def crossing(self) -> tuple[str, list[str]]:
        """As it crosses."""
        return self.name, pieces(self.text)


_codes: dict[str, Code] = {}  # those of all probes that were asked for, by their key


_text = functools.cache(checked_text)


@functools.cache
def _code(path: Path, names: tuple[str, ...]) -> Code:
    """Return what a probe and stand-ins, by their ``names``, need of a module."""
    text = needed(_text(path), names)
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    name = f"{path.stem} ({', '.join(names)}) of {path.parent.name}"  # no other's: lines are looked up by it
    code = Code(key, name, text, frozenset(defined(text)))
    _codes[code.key] = code
    return code


def _right_ones(answer: str) -> set[str]:
    """Return what a right one in the place of an answer may be called."""
    return {answer, f"right_{answer}", f"Right{answer}"}


def request(probe: Probe, answer: str, arguments: Sequence[Any]) -> dict[str, Any]:
    """Return what crosses of a probe, which is to try out the student's ``answer``, and of references to others.

    Raises CannotJudge for a probe that can't cross, or not with these arguments: because a right one of the very answer
    would be where the student's is at work, for instance.
    """
    if not inspect.isfunction(probe) or probe.__qualname__ != probe.__name__ or probe.__name__ == "<lambda>":
        raise _to_mend(probe, "is no function of its module's own")
    try:
        inspect.signature(probe).bind(None, *arguments)
    except TypeError as error:
        raise _to_mend(probe, f"is asked with other arguments than it has: {error}") from None
    references = [(i, value) for i, value in enumerate(arguments) if isinstance(value, Reference)]
    stand_ins = [(i, value.name) for i, value in references if isinstance(value, StandIn)]
    code = _code(Path(probe.__code__.co_filename), (probe.__name__, *sorted({name for _, name in stand_ins})))
    if there := _right_ones(answer) & code.defines - {probe.__name__}:
        raise _to_mend(probe, f"needs {min(there)}, which would be where the student's {answer} is tried out")
    return {
        "module": code.key,
        "function": probe.__name__,
        "named": [[i, value.name] for i, value in references if isinstance(value, Named)],
        "stand_ins": [list(place) for place in stand_ins],
    }


def code(requests: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, list[str]]]:
    """Return the text of all modules that calls need, by key, as it crosses."""
    keys = dict.fromkeys(call["probe"]["module"] for call in requests if "probe" in call)
    return {key: _codes[key].crossing for key in keys}


def referring(probe: Probe, arguments: Sequence[Any]) -> tuple[Any, ...]:
    """Return a probe's arguments, those that are classes or functions of its own module as references to them."""
    return tuple(_stand_in(probe, value) if callable(value) else value for value in arguments)


def _stand_in(probe: Probe, value: Any) -> Any:
    found = next((name for name, known in probe.__globals__.items() if known is value), None)
    if found is None:
        raise _to_mend(probe, f"is given {getattr(value, '__name__', value)!r}, which its own module doesn't have")
    return StandIn(found, value)


def on_this_side(probe: Probe, names: Mapping[str, Any], answer: str, arguments: Sequence[Any]) -> Any:
    """Return what a probe makes of an answer of the judge's own; ``names`` are those that its code has defined."""
    given = [names.get(v.name, v.right) if isinstance(v, Named) else _right(v) for v in arguments]
    return probe(names[answer], *given)


def _right(value: Any) -> Any:
    return value.right if isinstance(value, Reference) else value


def parameters(probe: Probe) -> tuple[str, ...]:
    """Return the names of a probe's arguments, without the answer that it is about."""
    found: list[str] = []
    for parameter in list(inspect.signature(probe).parameters.values())[1:]:
        found.append(parameter.name)
    return tuple(found)


def story(probe: Probe, arguments: Sequence[Any]) -> str:
    """Return what a probe did, in words: the first paragraph of its docstring with the arguments filled in.

    ``{x}`` is an argument in short, ``{x:kind}`` its shape and dtype, ``{x:len}`` how many elements it has;
    ``{x:len sample}`` says what they are, too: "1 sample", "10 samples" (``{x:len batch/batches}`` where no s will do).
    Raises CannotJudge for a docstring that asks for something else.
    """
    text = " ".join((inspect.getdoc(probe) or "").partition("\n\n")[0].split()).removesuffix(".")
    shown = {name: _InWords(value) for name, value in zip(parameters(probe), arguments, strict=False)}
    missing = {name: _InWords(default) for name, default in _defaults(probe).items() if name not in shown}
    try:
        return string.Formatter().vformat(text, (), {**missing, **shown})
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise _to_mend(probe, f"has a docstring that can't be filled in ({error})") from None


def _defaults(probe: Probe) -> dict[str, Any]:
    found = inspect.signature(probe).parameters.values()
    return {one.name: one.default for one in found if one.default is not one.empty}


class _InWords:
    """An argument as a probe's docstring shows it."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        value = self._value
        if form == "len":
            return str(len(value))
        if form.startswith("len "):
            one, _, many = form.removeprefix("len ").partition("/")
            return f"{len(value)} {one if len(value) == 1 else many or f'{one}s'}"
        if form == "kind" or (not form and isinstance(value, torch.Tensor) and value.dim()):
            return describe.kind(value)
        if form:
            raise ValueError(f"there is no form {form!r}: len, len NOUN, kind")
        if isinstance(value, str):
            return value
        return number(value) if isinstance(value, float) else describe.describe(value)


def _to_mend(probe: Probe, what: str) -> CannotJudge:
    name = getattr(probe, "__name__", probe)
    return CannotJudge(f"the probe {name} {what}; mend the test or the probe")
