"""Running a check"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode

from autograder.handed_out.selfcheck.questions import Question
from autograder.handed_out.selfcheck.student_lines import busy_at


class ForbiddenError(Exception):
    """The answer used something the rules don't allow."""


class Watch(TorchFunctionMode):
    """Within this block functions of torch that aren't allowed raise ForbiddenError, under whatever name."""

    def __init__(self, forbidden: Mapping[Any, str]) -> None:
        super().__init__()
        self.forbidden = forbidden

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Pass everything on but what is forbidden."""
        if func in self.forbidden:
            raise ForbiddenError(self.forbidden[func])
        return func(*args, **(kwargs or {}))


def forbidding(name: str) -> Callable[..., None]:
    """Return what stands in for the __init__ of a class that isn't allowed."""

    def refuse(*_: Any, **__: Any) -> None:
        raise ForbiddenError(name)

    return refuse


@contextmanager
def rules(question: Question) -> Iterator[None]:
    """Let the answer run as the hidden tests do: under no_grad, and without what is forbidden."""
    with ExitStack() as stack:
        stack.enter_context(torch.enable_grad() if question.autograd else torch.no_grad())
        for one, name in question.forbidden.items():
            if isinstance(one, type):
                stack.enter_context(mock.patch.object(one, "__init__", forbidding(name)))
        stack.enter_context(Watch(question.forbidden))
        yield


def in_time(work: Callable[[], Any], seconds: float) -> Any:
    """Return work(), or raise TimeoutError(the line it is at): it runs in a thread, which nothing waits for."""
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["value"] = work()
        except BaseException as error:  # exit() in a notebook is no reason to stop checking
            outcome["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        at = busy_at(sys._current_frames().get(thread.ident or 0))
        # ends a loop of Python code at its next line, so that it doesn't keep the processor busy
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(SystemExit))
        raise TimeoutError(at)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def under_rules(question: Question, answer: tuple[Callable[..., Any], ...]) -> str:
    """Run the checks of one question the way the hidden tests do: positionally, by the rules. Return the state."""
    with rules(question):
        with suppress(Exception):  # a stub never raises; what does is judged by the checks below
            if question.is_stub(*answer):
                return "stub"
        for one_check in question.checks:
            one_check(*answer)
    return "passed"
