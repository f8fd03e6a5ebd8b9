"""What a student can copy and run"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from typing import Any

import torch


class LastCall:
    """What a student's functions and classes were last called with."""

    def __init__(self) -> None:
        self.name = ""
        self.arguments: tuple[Any, ...] = ()
        self.settings: dict[str, Any] = {}

    def remembering(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that does the same, and is remembered here when it is called."""

        def call(*arguments: Any, **settings: Any) -> Any:
            self.name, self.arguments, self.settings = name, copied(arguments), copied(settings)  # may be written into
            return function(*arguments, **settings)

        call.__wrapped__ = function  # type: ignore[attr-defined]  # for a check that asks what class an object has
        return call

    def python(self) -> str:
        """Return the last call as Python, "" if there was none."""
        given = [literal(one) for one in self.arguments]
        given += [f"{name}={literal(one)}" for name, one in self.settings.items()]
        return f"{self.name}({', '.join(given)})" if self.name else ""


def copied(value: Any) -> Any:
    """Return a copy of tensors, and of lists, tuples and dictionaries of them; anything else as it is."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if type(value) in (list, tuple):
        return type(value)(copied(one) for one in value)
    return {key: copied(one) for key, one in value.items()} if type(value) is dict else value


def literal(value: Any) -> str:
    """Return Python that makes the value; what can't be written is shortened."""
    if isinstance(value, torch.Tensor) and value.numel() <= 100:
        return f"torch.tensor({nested(value.tolist(), value.dtype)}, dtype={value.dtype})"
    if type(value) in (list, tuple):
        inner = ", ".join(literal(one) for one in value)
        return f"[{inner}]" if type(value) is list else f"({inner}{',' if len(value) == 1 else ''})"
    if type(value) is dict:
        return "{" + ", ".join(f"{key!r}: {literal(one)}" for key, one in value.items()) + "}"
    return textwrap.shorten(repr(value), 80)


def nested(value: Any, dtype: torch.dtype) -> str:
    """Return nested lists of numbers as Python, each with as few digits as make the same number."""
    if isinstance(value, list):
        return f"[{', '.join(nested(one, dtype) for one in value)}]"
    if isinstance(value, float) and math.isfinite(value):
        texts = (f"{value:.{digits}g}" for digits in range(1, 18))
        return repr(float(next((text for text in texts if rounded_to(float(text), dtype) == value), repr(value))))
    return repr(value) if not isinstance(value, float) else f'float("{value}")'


def rounded_to(value: float, dtype: torch.dtype) -> float:
    """Return the number of that dtype next to value."""
    return float(torch.tensor(value, dtype=dtype, device="cpu"))
