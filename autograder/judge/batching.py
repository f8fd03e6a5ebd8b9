"""Runs the examples of a hidden test side by side, so that their calls cross to the student side in one message.

Each example is a greenlet: it runs until it asks for an answer, then the next one does; when all of them wait, what
they ask for goes out together. An example that makes several calls, each with what the last one gave back, makes
them one after another as ever.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]

from autograder.judge.connection import Request

Exchange = Callable[[list[Request]], list[Any]]  # answers, one for each request, in order


def run_together(examples: Sequence[Callable[[], None]], exchange: Exchange) -> None:
    """Run examples that call ``ask``; raises what the first of them raises, or ``exchange``, and ends the others."""
    waiting: deque[tuple[greenlet, Request]] = deque()

    def go_on(example: greenlet, *answer: Any) -> None:
        request = example.switch(*answer)
        if not example.dead:
            waiting.append((example, request))

    try:
        for body in examples:
            go_on(greenlet(body))
        while waiting:
            for answer in exchange([request for _, request in waiting]):
                example, _ = waiting.popleft()
                go_on(example, answer)
    finally:
        for example, _ in waiting:
            example.throw()


def ask(request: Request) -> Any:
    """Wait, within an example, for the answer to a request."""
    parent = getcurrent().parent
    assert parent is not None, "outside of run_together nobody would answer"
    return parent.switch(request)
