"""Pytest sessions over hidden tests, each of which judges one notebook after another.

To start pytest and to collect the tests takes as long as a tenth of judging. So a session lives in a thread of its own
and waits, where pytest would run its tests, for one notebook after another.
"""

from __future__ import annotations

import atexit
import os
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch
from jupyter_core.utils import ensure_event_loop

from autograder.judge import hypothesis_examples, pytest_plugin
from autograder.judge.assignment import Assignment
from autograder.judge.errors import CannotJudge
from autograder.judge.judge_session import JudgeSession

# Of pytest's own plugins: two collect all garbage again and again, which takes as long as a third of the tests; the
# others serve its command line, or somebody who reads its reports. None has a fixture that a hidden test might use.
LEFT_OUT = (
    "unraisableexception", "threadexception", "cacheprovider", "terminal", "logging", "faulthandler", "debugging",
    "doctest", "pastebin", "setuponly", "setupplan", "stepwise",
)  # fmt: skip
_END = 5.0  # seconds for a session to end
_waiting: dict[tuple[Path, str], list[PytestSession]] = {}  # that nobody uses, by the assignment as it was read


def judge(session: JudgeSession, assignment: Assignment) -> None:
    """Run an assignment's hidden tests for one notebook. Raises CannotJudge where they can't be run."""
    free = _waiting_for(assignment)
    running = free.pop() if free else PytestSession(assignment)
    running.judge(session)
    free.append(running)  # one in which something went wrong is not used again


def begin(assignment: Assignment, examples: int) -> None:
    """Start a session that collects an assignment's tests and draws their examples, while others do other things.

    ``examples``: how many of each test, unless it says so itself.
    """
    _waiting_for(assignment).append(PytestSession(assignment, examples))


def _waiting_for(assignment: Assignment) -> list[PytestSession]:
    return _waiting.setdefault((assignment.folder, assignment.digest), [])


@atexit.register
def end_all() -> None:
    """End the sessions that wait."""
    for free in _waiting.values():
        while free:
            free.pop().end()


class PytestSession(threading.Thread):
    """A pytest session, and the plugin that makes it wait."""

    def __init__(self, assignment: Assignment, drawn: int = 0):
        """``drawn``: how many examples of each test to draw before any notebook comes."""
        super().__init__(name="hidden-tests", daemon=True)
        self._drawn = drawn
        self._tests = assignment.test_files
        self._notebooks: SimpleQueue[JudgeSession | None] = SimpleQueue()
        self._outcomes: SimpleQueue[object] = SimpleQueue()  # None for a notebook that is judged
        self.start()

    def judge(self, session: JudgeSession) -> None:
        """Run the tests for a notebook, and wait for it. Raises CannotJudge."""
        self._notebooks.put(session)
        status = self._outcomes.get()
        if status is not None:
            folder = self._tests[0].parent
            raise CannotJudge(
                f"the hidden tests can't be run (pytest says {status!r}): run `pytest {folder} --notebook PATH`"
            )

    def end(self) -> None:
        """End the session, as pytest would."""
        self._notebooks.put(None)
        self.join(_END)

    def run(self) -> None:
        """Run pytest; what it says in the end is the outcome of the notebook that it did not get through."""
        torch.set_num_threads(1)  # as JudgeSession does, but OpenMP counts by thread
        for theirs in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):  # of the instructor's shell, meant for other tests
            os.environ.pop(theirs, None)
        settings = Path(__file__).with_name("pytest.ini")
        options = ["-c", str(settings), "--rootdir", str(self._tests[0].parent), "--disable-plugin-autoload"]
        options += [part for name in LEFT_OUT for part in ("-p", f"no:{name}")]
        options += ["--assert=plain", "--import-mode=importlib", "--capture=no", *map(str, self._tests)]
        status: object = "nothing"
        try:
            status = pytest.main(
                options, plugins=[pytest_plugin, self]
            )  # by name it would be looked up among all packages
        finally:
            ensure_event_loop().close()  # this thread's, in which Jupyter's clients have run
            self._outcomes.put(status)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Have no long reports: nobody reads them, and finding a failure's source takes 10 ms."""
        config.option.tbstyle = "line"
        config.stash[pytest_plugin.JUDGING] = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Judge notebooks, as they come."""
        if session.testsfailed:  # to be collected: pytest's own loop says so
            return None
        if self._drawn:
            hypothesis_examples.draw_ahead(session.items, self._drawn)
        for judging in iter(self._notebooks.get, None):
            session.config.stash[pytest_plugin.SESSION] = judging
            items = list(session.items)
            judging.sort(items)
            with judging.budget.spending():
                for item, following in zip(items, [*items[1:], None], strict=False):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                judging.finish()
                judging.close()
            del session.config.stash[pytest_plugin.SESSION], judging, items  # nothing is kept while it waits
            self._outcomes.put(None)
        return True
