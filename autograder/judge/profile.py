"""How Hypothesis runs hidden tests: the same tests for everyone, every time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase

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


def apply(test: Callable[..., Any], examples: int, shrink: bool = True) -> None:
    """Let a hidden test run with these settings and no others.

    Hypothesis takes a test's settings from the profile in force when the test's module was imported, whenever and by
    whomever that was. Its own attribute is the only way to settle them afterwards.
    """
    if hasattr(test, "hypothesis"):
        phases = JUDGING.phases if shrink else tuple(phase for phase in JUDGING.phases if phase is not Phase.shrink)
        settings = hypothesis.settings(JUDGING, max_examples=examples, phases=phases)
        test._hypothesis_internal_use_settings = settings  # type: ignore[attr-defined]
