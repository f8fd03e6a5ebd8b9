"""What a driver is given of the student's, and whose fault it is where one of them fails."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from autograder.student.crossed_code import is_untouched
from autograder.student.plain_tensors import plain

_OF_THE_DRIVER = (NameError, ImportError, SyntaxError)  # raised by its own lines: nothing a student could have caused


class Refused(Exception):  # noqa: N818 - a finding about the student's code, not an error of ours
    """A part of the student's raised, or gave back something that training can't go on with."""

    def __init__(self, function: str, error: BaseException) -> None:
        super().__init__(function)
        self.function, self.error = function, error


class Missing(Exception):  # noqa: N818 - a finding about the student's code, not an error of ours
    """The notebook doesn't define a part."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Told(NamedTuple):
    """What of the parts' results the judge is told."""

    parts: Collection[str]  # by the driver's names
    shape: torch.Size  # of what they should give
    now: Callable[[], bool]  # whether the present step is one of which it is told


class Parts:
    """The student's functions and classes that are trained with, by the driver's names for them.

    A function is given in a cover that notes who is at work; a class as it is, so that it can be inherited from.
    """

    def __init__(
        self,
        names: dict[str, Any],
        wanted: Mapping[str, str],
        stand_ins: Mapping[str, str | None],
        driver: Mapping[str, Any],
        told: Told,
    ) -> None:
        """``wanted``: the student's name of each part; ``stand_ins``: what ``driver`` has in place of some.

        None in place of one: the judge does what it would. What the parts that are ``told`` give back is noted in
        ``gave``.
        """
        self._names, self._wanted, self._stand_ins, self._driver = names, wanted, stand_ins, driver
        self._told = told
        self.gave: dict[str, Tensor] = {}  # what parts gave back last, as it was then
        self._working = ""  # the student's function that was called last
        self.classes: dict[str, type] = {}  # the student's, by name

    def all(self) -> dict[str, Any]:
        """Return the parts. Raises Missing."""
        return {parameter: self._part(parameter, name) for parameter, name in self._wanted.items()}

    def refusal(self, error: BaseException) -> Refused:
        """Return who is to blame for an exception that came out of the driver; raise it again if that is the driver."""
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        if isinstance(error, _OF_THE_DRIVER) and is_untouched(frames[-1]):
            raise error
        owners = (frame.f_code.co_qualname.partition(".")[0] for frame in frames)
        return Refused(next((owner for owner in owners if owner in self.classes), self._working), error)

    def _part(self, parameter: str, name: str) -> Any:
        if parameter in self._stand_ins:
            stand_in = self._stand_ins[parameter]
            return None if stand_in is None else self._driver[stand_in]
        if name not in self._names:
            raise Missing(name)
        if isinstance(self._names[name], type):
            self.classes[name] = self._names[name]
            return self._names[name]
        return self._covered(parameter, name)

    def _covered(self, parameter: str, name: str) -> Callable[..., Any]:
        names, is_told = self._names, parameter in self._told.parts

        def call(*arguments: Any, **options: Any) -> Any:
            self._working = name
            try:
                back = names[name](*arguments, **options)
            except Refused:
                raise
            except BaseException as error:  # SystemExit and KeyboardInterrupt of the student's are a finding, too
                raise Refused(name, error) from None
            self._working = name  # it may have called others
            if is_told and self._told.now():
                self._note(parameter, back)
            return back

        call.__wrapped__ = names[name]  # type: ignore[attr-defined] # its own globals are the notebook's
        return call

    def _note(self, parameter: str, back: object) -> None:
        """Note what a part gave back, if it can be what it should: anything else might not fit into a message."""
        value = plain(back)
        if value is None or value.shape != self._told.shape:
            self.gave.pop(parameter, None)
        else:
            self.gave[parameter] = value.clone()
