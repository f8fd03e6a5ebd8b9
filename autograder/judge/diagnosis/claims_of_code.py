"""Claims about what an answer's code says or calls, whatever comes of it (see ``claims``, which offers them)."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from types import FrameType, FunctionType
from typing import Any

from autograder.judge.diagnosis.loaded_answer import Trial, attempt
from autograder.judge.diagnosis.registry import Claim
from autograder.judge.diagnosis.student_code import without_prose


def mentions(pattern: str) -> Claim:
    """Claim that the code, without comments and docstrings, holds a regular expression."""
    return lambda answer: re.search(pattern, without_prose(answer.code)) is not None


def has_unknown_name(answer: Any) -> bool:
    """Claim that a function or method of the answer's takes a name from outside that nothing defines."""
    classes = [vars(one) for one in answer.names.values() if isinstance(one, type)]
    functions = [one for names in (answer.names, *classes) for one in names.values() if isinstance(one, FunctionType)]
    unknown = (inspect.getclosurevars(one).unbound for one in functions)
    attributes = {node.attr for node in ast.walk(ast.parse(answer.code)) if isinstance(node, ast.Attribute)}
    return any(names - attributes for names in unknown)


def calls_a_value(answer: Any) -> bool:
    """Claim that the code calls what it has computed: a number, a parameter, or a name that it gives a value."""
    nodes = list(ast.walk(ast.parse(answer.code)))
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    return any(one.id in own if isinstance(one, ast.Name) else not isinstance(one, ast.Attribute) for one in called)


def uses(trial: Trial, pattern: str) -> Claim:
    """Claim that in a trial something is called whose dotted name holds a regular expression, whoever calls it.

    Names are those that things have where they are defined: ``torch.nn.functional.cross_entropy``,
    ``torch.optim.adam.Adam.step``, ``torch.utils.data.dataloader.DataLoader.__iter__``; of what is written in C the
    name alone is known for certain (``softmax``).
    """

    def claim(answer: Any) -> bool:
        called: set[str] = set()

        def note(frame: FrameType, event: str, argument: Any) -> None:
            if event == "call":
                called.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}")
            elif event == "c_call":
                called.add(f"{getattr(argument, '__module__', None) or ''}.{argument.__name__}")

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            attempt(trial, answer)
        finally:
            sys.setprofile(before)
        return any(re.search(pattern, name) for name in called)

    return claim
