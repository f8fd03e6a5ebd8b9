"""Judges one notebook: a pytest session over the assignment's hidden tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.judge import plugin
from autograder.judge.assignment import all_hidden_tests
from autograder.judge.cells import Notebook
from autograder.judge.errors import CannotJudge
from autograder.judge.evidence import Evidence
from autograder.judge.session import JudgeSession

ATTEMPTS = 3  # at a notebook whose processes somebody else may have ended
# Of pytest's own plugins: two collect all garbage again and again, which takes as long as a third of the tests; the
# others serve its command line, or somebody who reads its reports. None has a fixture that a hidden test might use.
LEFT_OUT = (
    "unraisableexception", "threadexception", "cacheprovider", "terminal", "logging", "faulthandler", "debugging",
    "doctest", "pastebin", "setuponly", "setupplan", "stepwise",
)  # fmt: skip


def judge_notebook(
    notebook: Notebook,
    assignment: str,
    student_files: Path,
    config: Config | None = None,
    questions: frozenset[str] | None = None,
) -> Evidence:
    """Judge one sanitised notebook, or only some ``questions`` of it, in a pytest session of its own.

    Raises CannotJudge when there is nothing to judge with; what goes wrong with a single test is in the evidence. Where
    somebody else may have ended a student's process (the system, out of memory; an administrator), all is done
    again: code that kills itself does so again.
    """
    tests = all_hidden_tests(assignment)
    for _ in range(ATTEMPTS):
        session = JudgeSession(notebook, student_files, config, questions)
        _run_session(session, tests)
        if not session.doubtful:
            break
    return session.evidence(assignment)


def _run_session(session: JudgeSession, tests: Sequence[Path]) -> None:
    settings = Path(__file__).with_name("pytest.ini")
    options = ["-c", str(settings), "--rootdir", str(tests[0].parent), "--disable-plugin-autoload", "--assert=plain"]
    options += [part for name in LEFT_OUT for part in ("-p", f"no:{name}")]
    options += ["--import-mode=importlib", "--capture=no", *map(str, tests)]
    status = pytest.main(options, plugins=[plugin, _Given(session)])  # by name it would be looked up among all packages
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise CannotJudge(
            f"the hidden tests can't be run (pytest says {status!r}): run `pytest {tests[0].parent} --notebook PATH`"
        )


class _Given:
    """Hands a session to the plugin, which would otherwise make one from the command line."""

    def __init__(self, session: JudgeSession):
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[plugin.SESSION] = self._session
        config.option.tbstyle = "line"  # nobody reads a longer report, and finding a failure's source takes 10 ms
