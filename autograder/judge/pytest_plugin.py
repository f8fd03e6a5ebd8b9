"""Pytest plugin: a session with ``--notebook`` runs the hidden tests against that notebook's functions.

``pytest …/assignments/NAME/test_hidden.py --notebook N`` is how a hidden test is debugged by hand;
the grader runs the very same session. It is an entry point, so this module imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from autograder.judge.judge_session import JudgeSession
    from autograder.judge.student_fixture import Student
    from autograder.judge.training.trainer import Trainer

SESSION: pytest.StashKey[JudgeSession] = pytest.StashKey()
JUDGING: pytest.StashKey[bool] = pytest.StashKey()  # notebooks are yet to come


class HiddenTests(pytest.Module):
    """A file with hidden tests, imported as all files of its assignment are."""

    def _getobj(self) -> ModuleType:
        from autograder.judge.assignment import Assignment
        from autograder.judge.errors import CannotJudge

        try:
            return Assignment.at(self.path.parent).module(self.path.stem)
        except CannotJudge as error:
            raise self.CollectError(str(error)) from None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that make a pytest session judge a notebook."""
    group = parser.getgroup("autograder")
    group.addoption("--notebook", metavar="PATH", help="the notebook whose functions the hidden tests call")
    group.addoption(
        "--student-files", metavar="DIR", help="the student's own files (default: the folder of the notebook)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; with ``--notebook``, start judging."""
    for marker in (
        "question(name): the question of the assignment that a hidden test belongs to",
        "examples(number, smaller=False): at most that many examples, those chosen included; drawn ones that fail are "
        "made smaller only where that is asked for: it takes time with large inputs",
        "points(number): the points a hidden test is worth",
        "bonus(number): the points it gives beyond those of its question",
        "forbid(*names): what the question's answer must do without: categories (autograd, losses …) or torch.sort",
    ):
        config.addinivalue_line("markers", marker)
    path = config.getoption("--notebook")
    if path and not config.stash.get(SESSION, None):
        from autograder.judge.judge_session import JudgeSession
        from autograder.judge.notebook import Notebook

        files = config.getoption("--student-files") or Path(path).parent
        config.stash[SESSION] = JudgeSession(Notebook.read(Path(path)), Path(files))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests into the order of the questions in the notebook: it is run once, from top to bottom."""
    session = config.stash.get(SESSION, None)
    if session:
        session.sort(items)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Collect a file of an assignment; of any other, pytest's own way of doing it is the right one."""
    judging = parent.config.getoption("--notebook") or parent.config.stash.get(JUDGING, False)
    if not judging or not module_path.with_name("test_hidden.py").is_file():
        return None
    found: HiddenTests = HiddenTests.from_parent(parent, path=module_path)
    return found


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Iterator[Student]:
    """The student's functions, called in a copy of the notebook's kernel (see ``judge.student_fixture.Student``)."""
    session = request.config.stash.get(SESSION, None)
    if session is None:
        raise pytest.UsageError("hidden tests need a notebook to judge: add --notebook PATH")
    yield session.student(request)
    session.give_back(request.node)


@pytest.fixture
def training(request: pytest.FixtureRequest) -> Trainer:
    """Training with the student's functions, once for all tests of a question (see ``judge.training.trainer``)."""
    session = request.config.stash.get(SESSION, None)
    if session is None:
        raise pytest.UsageError("hidden tests need a notebook to judge: add --notebook PATH")
    return session.training(request)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a hidden test the judge's way."""
    session = pyfuncitem.config.stash.get(SESSION, None)
    if session is None:
        return None
    session.run_test(pyfuncitem)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note the outcome of each hidden test."""
    report = yield
    session = item.config.stash.get(SESSION, None)
    if session:
        session.note(item, call)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Run the notebook's remaining cells and complete the evidence."""
    judging = session.config.stash.get(SESSION, None)
    if judging:
        judging.finish()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the student's kernel, whatever happened."""
    judging = config.stash.get(SESSION, None)
    if judging:
        judging.close()
