"""The examples of a hidden test: drawn once, tried on every notebook.

Hypothesis runs derandomised, so what it draws for a test is the same for every student, and drawing costs more time
than trying. So it draws once per process; the drawn inputs are tried, side by side or one after another. Where one of
them fails, those that a test's author has chosen (``@hypothesis.example``) are tried first, which are small already;
only where all of these pass does Hypothesis itself run, which meets the same failure and makes it small.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NoReturn

import pytest
from hypothesis.strategies import DataObject

from autograder.judge import hypothesis_profile
from autograder.judge.answer_checks import StudentFailed
from autograder.judge.outcome_rules import UNSTEADY

Example = dict[str, Any]
_drawn: dict[Hashable, list[Example] | None] = {}


def one_after_another(examples: Sequence[Callable[[], None]]) -> None:
    """Run examples; raises what the first of them raises."""
    for example in examples:
        example()


def try_out(item: pytest.Function, run: Callable[[Sequence[Callable[[], None]]], None] = one_after_another) -> None:
    """Have a hidden test run on its examples; raises what the test raises."""
    test, fixtures = item.obj, _fixtures(item)
    examples = _examples(item, fixtures)
    if examples is None:
        test(**fixtures)
    else:
        run([functools.partial(test.hypothesis.inner_test, **fixtures, **example) for example in examples])


def draw_ahead(items: Sequence[pytest.Item], usual: int) -> None:
    """Draw the examples of hidden tests before there is anything to try them on; ``usual``: how many, unless marked."""
    for item in items:
        if isinstance(item, pytest.Function):
            hypothesis_profile.apply_marker(item, usual)
            _examples(item, dict.fromkeys(item._fixtureinfo.argnames))


def make_smaller(item: pytest.Function, failed: StudentFailed) -> NoReturn:
    """Raise the smallest failure of a hidden test that has ``failed`` when tried out."""
    test, fixtures = item.obj, _fixtures(item)
    if _examples(item, fixtures) is None:
        raise failed
    _try_chosen(test, fixtures)  # raises if one of them fails
    if hypothesis_profile.makes_smaller(test):
        test(**fixtures)  # raises
        raise StudentFailed(failed.message + UNSTEADY, failed.counterexample)
    raise failed


def _try_chosen(test: Callable[..., Any], fixtures: Example) -> None:
    """Try all chosen examples, so that what is wrong can be told from the calls; raise the first one's failure."""
    run: Callable[..., None] = test.hypothesis.inner_test  # type: ignore[attr-defined]
    failures: list[tuple[Example, StudentFailed]] = []
    for chosen in hypothesis_profile.chosen_examples(test):
        try:
            run(**fixtures, **chosen)
        except StudentFailed as failed:
            failures.append((chosen, failed))
    if failures:
        chosen, failure = failures[0]
        run(**fixtures, **chosen)  # raises again
        raise StudentFailed(failure.message + UNSTEADY, failure.counterexample)


def identity(item: pytest.Function) -> Hashable:
    """Return what tells a hidden test's examples from others."""
    settings = getattr(item.obj, "_hypothesis_internal_use_settings", None)
    return item.path, item.path.stat().st_mtime_ns, item.name, settings and settings.max_examples


def _fixtures(item: pytest.Function) -> Example:
    return {name: item.funcargs[name] for name in item._fixtureinfo.argnames}


def _examples(item: pytest.Function, fixtures: Example) -> list[Example] | None:
    """Return what Hypothesis draws for this test, and then those that are chosen.

    None where that depends on what the test does with it.
    """
    if not hasattr(item.obj, "hypothesis"):
        return None
    key = identity(item)
    if key not in _drawn:
        _drawn[key] = _draw(item.obj, fixtures)
    return _drawn[key]


def _draw(test: Callable[..., Any], fixtures: Example) -> list[Example] | None:
    handle: Any = test.hypothesis  # type: ignore[attr-defined]
    inner = handle.inner_test
    examples: list[Example] = []

    @functools.wraps(inner)  # Hypothesis derives its seed from the source of the test
    def keep(**arguments: Any) -> None:
        examples.append({name: value for name, value in arguments.items() if name not in fixtures})

    handle.inner_test = keep
    try:
        test(**fixtures)
    finally:
        handle.inner_test = inner
    interactive = any(isinstance(value, DataObject) for example in examples for value in example.values())
    first = len(
        hypothesis_profile.chosen_examples(test)
    )  # Hypothesis begins with them; drawn ones tell more of what is wrong
    return None if interactive else [*examples[first:], *examples[:first]]
