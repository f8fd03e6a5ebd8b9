"""What is open"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from autograder.handed_out.selfcheck.cells import tested_question
from autograder.handed_out.selfcheck.notebook import HIDDEN_TESTS, NOT_CHECKED, QUESTIONS, TEXTS
from autograder.handed_out.selfcheck.running import Found
from autograder.handed_out.selfcheck.telling import described, mark, wrapped

PLACEHOLDER = "YOUR ANSWER HERE"


def open_texts(cells: list[dict[str, Any]]) -> list[str]:
    """Return what is to be said of written answers that aren't there."""
    found = {str(cell["metadata"].get("nbgrader", {}).get("grade_id")): cell["source"] for cell in cells}
    missing = [f"{name}: its cell is not in the notebook" for name in TEXTS if name not in found]
    empty = [name for name in TEXTS if name in found and not found[name].replace(PLACEHOLDER, "").strip()]
    return [f"{name}: the text is still to be written" for name in empty] + missing


def not_checked(cells: list[dict[str, Any]]) -> list[str]:
    """Return the questions of the notebook that have no public check."""
    tested = [tested_question(cell) for cell in cells]
    return [name for name in tested if name and name not in QUESTIONS]


def report(found: Found, cells: list[dict[str, Any]], width: int) -> str:
    """Return all there is to say about a notebook."""
    parts = []
    states = {"passed": "passes", "stub": "not answered yet", "wrong": "not yet", "missing": "not found"}
    size = max((len(name) for name in QUESTIONS), default=0)
    for result in found.results:
        optional = " (optional)" if QUESTIONS[result.question].optional else ""
        parts.append(f"{mark(result.state):<2} {result.question:<{size}}  {states[result.state]}{optional}")
    for result in found.results:
        if result.state in ("wrong", "missing"):
            parts.append("\n" + described(result, QUESTIONS[result.question], width))
    parts += ["", *(wrapped(f"Note: {note}", width, "    ") for note in found.notes)]
    counted = [one for one in found.results if not QUESTIONS[one.question].optional]
    passed = sum(one.state == "passed" for one in counted)
    parts.append(wrapped(f"{passed} of {len(counted)} questions pass the public checks. {HIDDEN_TESTS}", width, ""))
    stubs = [QUESTIONS[one.question] for one in counted if one.state == "stub"]
    still = [f"{one.name}: the {one.what} is still to be written" for one in stubs]
    still += open_texts(cells)
    parts += ["", "Still open:", *(wrapped(f"  - {line}", width, "    ") for line in still)] if still else []
    unchecked = not_checked(cells)
    if unchecked:
        parts += ["", wrapped(f"Not checked here: {', '.join(unchecked)} ({NOT_CHECKED}).", width, "    ")]
    return "\n".join(parts)


@contextmanager
def silence() -> Iterator[None]:
    """Throw away what is printed in this block."""
    # not into memory: a cell may print for ever
    with Path(os.devnull).open("w", encoding="utf-8") as out, redirect_stdout(out), redirect_stderr(out):
        yield
