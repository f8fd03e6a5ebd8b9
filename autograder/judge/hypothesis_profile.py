"""How Hypothesis runs hidden tests: the same tests for everyone, every time."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis.configuration import set_hypothesis_home_dir

# Not ".hypothesis" in whatever folder a command is started from: that may be a course.
if "HYPOTHESIS_STORAGE_DIRECTORY" not in os.environ:
    set_hypothesis_home_dir(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "autograder/hypothesis").expanduser())

# No randomness, no memory of earlier runs, no deadline but the judge's own.
JUDGING = hypothesis.settings(
    derandomize=True,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    print_blob=False,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def chosen_examples(test: Callable[..., Any]) -> list[dict[str, Any]]:
    """Return the arguments of the ``@hypothesis.example`` decorators of a test, the uppermost first."""
    return [dict(example.kwargs) for example in reversed(getattr(test, "hypothesis_explicit_examples", ()))]


def makes_smaller(test: Callable[..., Any]) -> bool:
    """Return whether Hypothesis is to make a failing example of a test smaller."""
    settings = getattr(test, "_hypothesis_internal_use_settings", None)
    return settings is not None and Phase.shrink in settings.phases


def apply(test: Callable[..., Any], examples: int, shrink: bool = True) -> None:
    """Let a hidden test run with these settings and no others; ``examples`` are counted with the chosen ones.

    Hypothesis takes a test's settings from the profile in force when the test's module was imported, whenever and by
    whomever that was. Its own attribute is the only way to settle them afterwards.
    """
    if hasattr(test, "hypothesis"):
        drawn = max(examples - len(chosen_examples(test)), 1)
        test._hypothesis_internal_use_settings = _settings(drawn, shrink)  # type: ignore[attr-defined]


def apply_marker(item: pytest.Item, usual: int) -> None:
    """Let a hidden test run as its marker ``examples`` says, or with as many examples as is ``usual``."""
    if isinstance(item, pytest.Function):
        few = item.get_closest_marker("examples")
        apply(item.function, int(few.args[0]) if few else usual, not few or bool(few.kwargs.get("smaller")))


@functools.cache
def _settings(examples: int, shrink: bool) -> hypothesis.settings:
    phases = JUDGING.phases if shrink else tuple(phase for phase in JUDGING.phases if phase is not Phase.shrink)
    return hypothesis.settings(JUDGING, max_examples=examples, phases=phases)
