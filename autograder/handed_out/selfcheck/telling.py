"""Telling"""

from __future__ import annotations

import shutil
import sys
import textwrap

from autograder.handed_out.selfcheck.notebook import HIDDEN_TESTS, QUESTIONS
from autograder.handed_out.selfcheck.questions import Question, Result


def passes(result: Result) -> bool:
    """Return whether nothing more is asked of this question."""
    return result.state == "passed" or (result.state == "stub" and QUESTIONS[result.question].optional)


def terminal_width(most: int) -> int:
    """Return the columns there are, at most that many."""
    return max(min(shutil.get_terminal_size((most, 24)).columns, most), 20)


def described(result: Result, question: Question, width: int) -> str:
    """Return all that is known about one question: its state, and below it what to look at."""
    lines = [wrapped(f"{mark(result.state)} {result.question}: {summary(result, question)}", width, "    ")]
    for label, text in (
        ("came back", result.yours),
        ("expected", result.expected),
        ("hint", result.hint),
        ("your line", result.line),
    ):
        if text:
            lines.append(wrapped(f"    {label:<11}{text}", width, " " * (15 if width >= 60 else 6)))
    if result.call:
        lines += [wrapped("    to try it, copy this:", width, "    "), wrapped(result.call, width, "    ")]
    return "\n".join(lines)


def wrapped(text: str, width: int, indent: str) -> str:
    """Return the text in lines of at most width columns, if its words allow that; Python stays Python."""
    lines = textwrap.wrap(
        text,
        width,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
        drop_whitespace=True,
        replace_whitespace=True,
    )
    return "\n".join(lines)


def summary(result: Result, question: Question) -> str:
    """Return the words that follow a question's name."""
    if result.state == "passed":
        return f"the public checks pass. {HIDDEN_TESTS}"
    if result.state == "stub":
        return "not answered (optional)" if question.optional else "not answered yet"
    return f"not yet, {result.what}" if result.state == "wrong" else f"there is no {question.what} {result.what}"


def mark(state: str) -> str:
    """Return the sign for a state, in letters where the console can't show it."""
    signs = {"passed": ("✓", "OK"), "stub": ("…", "--")}.get(state, ("✗", "X"))
    try:
        "✓✗…".encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return signs[1]
    return signs[0]
