"""Checking in the notebook"""

from __future__ import annotations

import os
from typing import Any

from autograder.handed_out.selfcheck.judging import judge
from autograder.handed_out.selfcheck.notebook import QUESTIONS
from autograder.handed_out.selfcheck.telling import described, passes, terminal_width


class NotPassedError(Exception):
    """The check of a function has not passed; the message is what a student reads."""

    def _render_traceback_(self) -> list[str]:
        """Let Jupyter show the message alone."""
        return str(self).split("\n")


def check(answer: Any, question: str | None = None) -> None:
    """Check one answer and print what came of it.

    Where `nbgrader validate` runs the notebook, raise NotPassedError instead for what has not passed.

    Args:
        answer: your function or class; where a question asks for several, a tuple of them.
        question: which question it answers (a name in QUESTIONS); when left out, the answer's own name tells.

    """
    name = question or getattr(answer[0] if isinstance(answer, tuple) and answer else answer, "__name__", "")
    found = [one for one in QUESTIONS.values() if name in (one.name, *one.names)]
    if found:
        result = judge(found[0], answer)
        text, fine = described(result, found[0], terminal_width(80)), passes(result)
    else:
        names = ", ".join(f'"{one}"' for one in QUESTIONS)
        text = f"Which question is {name or answer!r}? Say check(my_function, question), question one of {names}."
        fine = False
    if not fine and os.environ.get("NBGRADER_EXECUTION") == "validate":
        raise NotPassedError(text)
    print(text)
