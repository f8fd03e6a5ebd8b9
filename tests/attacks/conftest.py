"""The same students as for the tests of the student side."""

from __future__ import annotations

from tests.student.conftest import *  # noqa: F403
