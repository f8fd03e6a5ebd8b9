"""Late penalties follow from a rule; where it is another one, they are set anew."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from traitlets.config import Config

from autograder.course.gradebook.late_penalties import rule

PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin

class Mine(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 1.0
"""


def test_plug_in_settings_and_code_make_the_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    path = tmp_path / "late_plug_in.py"
    path.write_text(PLUGIN)
    zero, chosen = {"penalty_method": "zero"}, {"plugin_class": "late_plug_in.Mine"}
    mine = Config(AssignLatePenalties=chosen)
    both = Config(AssignLatePenalties=chosen, LateSubmissionPlugin=zero)  # what it is made of has settings, too
    rules = [rule(one) for one in (Config(), Config(LateSubmissionPlugin=zero), mine, both)]
    assert len(set(rules)) == 4
    assert rule(Config(Grading={"workers": 2})) == rules[0] == rule(Config())
    path.write_text(PLUGIN.replace("1.0", "25.0"))
    importlib.reload(importlib.import_module("late_plug_in"))
    assert rule(mine) not in rules
