"""An answer of the author's that is run in this process, for claims to be asked of it. A student's never is."""

from __future__ import annotations

import contextlib
import functools
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType, FrameType
from typing import Any

import numpy as np
import torch

from autograder.judge.diagnosis.formulas import given_names

STEPS = 500_000  # of the interpreter in an answer's own code, while a claim is evaluated; then it "never returns"
_FILE = "<an answer of the author's>"

Trial = Callable[[Any], Any]  # what is done with an answer (a ``LoadedAnswer``), and what comes back


class NeverReturnsError(BaseException):
    """An answer has taken more steps than any right one: no ``except Exception`` of its own is to catch this."""


class TrialNotEndedError(Exception):
    """A claim has called an answer that didn't return, without the care of ``attempt``."""


@dataclass(frozen=True)
class Raised:
    """What stands for a value where an answer raised instead of returning one. It is like no value."""

    kind: str  # the exception's type
    text: str


@dataclass(frozen=True)
class LoadedAnswer:
    """A question's answer: its text is ``code``, and what that defines are attributes (``answer.CE_loss(X, y, w)``).

    The code is run when the first of them is asked for. An answer whose code raises raises then.
    """

    code: str
    others: str = ""  # the code of other questions' answers that it may call or inherit from

    @cached_property
    def names(self) -> dict[str, Any]:
        """What the code defines, beside what every notebook has."""
        names = given_names()
        for code in (self.others, self.code):
            exec(_compiled(code), names)
        return names

    def __getattr__(self, name: str) -> Any:
        """Return what the code calls so. Raises AttributeError where there is no such thing."""
        if name.startswith("__") or name not in self.names:
            raise AttributeError(f"the answer defines no {name}")
        return self.names[name]

    def fresh(self) -> LoadedAnswer:
        """Return the same answer, as if nothing had been done with it yet."""
        return LoadedAnswer(self.code, self.others)


@functools.lru_cache(1000)
def _compiled(code: str) -> CodeType:
    return compile(code, _FILE, "exec")


def attempt(trial: Trial, answer: Any) -> Any:
    """Return what a trial gives with an answer; ``Raised`` where it raised something, or ran without end."""
    try:
        return trial(answer)
    except (Exception, NeverReturnsError, SystemExit) as error:
        return Raised(type(error).__name__, str(error))


def holds(claim: Callable[[Any], bool], code: str, others: str = "") -> bool:
    """Return whether a claim is true of an answer's code, beside ``others``.

    Raises what the claim raises, and TrialNotEndedError.

    Claims are evaluated as answers are judged: without gradients and without warnings. Random numbers are the same for
    all, and those of this process go on as if nothing had been. An answer whose own code takes too
    many steps is stopped.
    """
    with _own_random_numbers(), _one_thread(), _stopped_after(STEPS), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with np.errstate(all="ignore"):
            try:
                return bool(claim(LoadedAnswer(code, others)))
            except (NeverReturnsError, SystemExit) as error:
                raise TrialNotEndedError(f"the answer didn't return ({error}): try it out with attempt()") from error


@contextlib.contextmanager
def _own_random_numbers() -> Iterator[None]:
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        random.seed(0)
        np.random.seed(0)
        torch.manual_seed(0)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # all tensors are small: more threads only wait for each other
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _stopped_after(steps: int) -> Iterator[None]:
    """Raise NeverReturnsError in an answer that takes more steps than that."""
    left = steps

    def called(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != _FILE:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False  # a loop in one line is no new line each time
        return step

    def step(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise NeverReturnsError(f"more than {steps} steps were taken in the answer's code")
        return step

    before = sys.gettrace()
    sys.settrace(called)
    try:
        yield
    finally:
        sys.settrace(before)
