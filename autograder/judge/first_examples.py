"""Examples of a hidden test that its author has chosen, to be tried before any that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import example

Test = TypeVar("Test", bound=Callable[..., Any])
Case = dict[str, Any]  # a hidden test's arguments


def tried_first(cases: Sequence[Case]) -> Callable[[Test], Test]:
    """Decorate a hidden test with examples that are tried before any other, the first one first."""

    def decorate(test: Test) -> Test:
        for case in reversed(cases):  # decorators are applied from below
            test = example(**case)(test)
        return test

    return decorate
