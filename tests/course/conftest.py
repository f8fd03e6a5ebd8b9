from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from nbgrader import api

from autograder.course import autograde_command
from autograder.judge.assignment import Assignment

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside the tests; packages of tests would shadow ours

from course import Course, make_course


@pytest.fixture(scope="session", autouse=True)
def _asked_once() -> Iterator[None]:
    """What takes seconds and comes out the same for every course of these tests is done for the first one only.

    For each new gradebook nbgrader starts a process that imports all of it, to ask for the version of its tables. And
    an assignment in which nothing was wrong is right for as long as its files are as they were.
    """
    version, check, right = api.get_alembic_version, autograde_command.check, set()

    def check_once(assignment: Assignment, points: Mapping[str, float] | None = None) -> None:
        known = assignment.folder, assignment.digest, None if points is None else tuple(sorted(points.items()))
        if known not in right:
            check(assignment, points)
            right.add(known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", functools.cache(version))
        patch.setattr(autograde_command, "check", check_once)
        yield


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("generated")).root


@pytest.fixture(scope="session")
def new_course(generated: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Course]:
    def new() -> Course:
        root = tmp_path_factory.mktemp("course")
        shutil.copytree(generated, root, dirs_exist_ok=True)
        return Course(root)

    return new


@pytest.fixture
def course(new_course: Callable[[], Course]) -> Iterator[Course]:
    yield new_course()
