from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nbgrader import api

sys.path.insert(0, str(Path(__file__).parent))  # the helpers beside the tests; packages of tests would shadow ours

from course import Course, make_course


@pytest.fixture(scope="session", autouse=True)
def _asked_once() -> Iterator[None]:
    """What takes seconds and comes out the same for every course of these tests is done for the first one only.

    For each new gradebook nbgrader starts a process that imports all of it, to ask for the version of its tables.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "get_alembic_version", functools.cache(api.get_alembic_version))
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
