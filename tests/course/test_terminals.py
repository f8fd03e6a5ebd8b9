"""A run that has written all grades ends well, whatever the terminal can show."""

from __future__ import annotations

import io
import sys

import pytest
from course import Course
from faults import ALL

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utc:DeprecationWarning")  # nbgrader, from Python 3.12


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_autograde_on_a_plain_terminal(course: Course, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    course.hand_in("josé")
    course.folder("li-李")
    terminal = io.TextIOWrapper(io.BytesIO(), encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    assert course.autograde() == 0
    assert course.scores("josé") == ALL
    terminal.flush()
    said = terminal.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert ("jose" if encoding == "ascii" else "josé") in said and "li-?" in said
