"""Probes and drivers can be read by students: they hold nothing of what is expected."""

from pathlib import Path

import pytest

import autograder.assignments
from autograder.judge import probes as judge_probes
from autograder.judge.crossing_rules import CROSSING, faults
from autograder.judge.errors import CannotJudge

HERE = Path(__file__).parent
PLACES = (HERE, HERE.parent / "assignments", Path(autograder.assignments.__path__[0]))
FILES = sorted(path for place in PLACES for name in CROSSING for path in place.glob(f"*/{name}"))


def test_all_of_these_files_are_looked_at():
    assert {f"{path.parent.name}/{path.name}" for path in FILES} >= {
        "probed/probes.py",
        "tiny/probes.py",
        "linear_mnist/drivers.py",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_crosses_gives_nothing_away(path):
    assert faults(path) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("import reference", "it imports reference, which it may not"),
        ("from reference import Loader", "it imports reference, which it may not"),
        ("from . import tolerances", "it imports from its own folder"),
        ("from .misconceptions import WRONG", "it imports from its own folder"),
        ("import autograder.judge.probes as p", "it imports autograder.judge.probes, which it may not"),
        ("from autograder.assignments.linear_mnist import reference", "it imports autograder.assignments.linear_mnist"),
        ("def late():\n    from autograder import wire", "line 2: it imports autograder, which it may not"),
        ("import importlib", "it imports importlib, which it may not"),
        ("r = __import__('reference')", "it calls __import__"),
        ("text = open('reference.py').read()", "it calls open"),
        ("def probe(x):\n    assert x == 3", "line 2: it asserts something"),
        ("def probe(x):\n    '''With {y}.'''", "names {y}, which is none of its arguments"),
        ("def probe(x):\n    '''With {x.'''", "can't be filled in"),
        ("def probe(x:", "line 1: "),
    ],
)
def test_what_would_give_something_away_is_found(tmp_path, line, says):
    (tmp_path / "reference.py").touch()
    path = tmp_path / "probes.py"
    path.write_text(line + "\n")
    (fault,) = faults(path)
    assert says in fault and str(path) in fault


def test_libraries_and_what_looks_alike_are_allowed(tmp_path):
    (tmp_path / "probes.py").write_text(
        "from __future__ import annotations\nimport torch.nn as nn, random\nfrom itertools import islice\n"
        "def probe(Layer, n=1):\n    '''A layer of {n}.'''\n    return Layer(n).eval()\n"
    )
    assert faults(tmp_path / "probes.py") == []


def test_such_a_file_does_not_cross(tmp_path):
    (tmp_path / "probes.py").write_text("import reference\ndef probe(Thing): pass\n")
    (tmp_path / "reference.py").touch()
    with pytest.raises(CannotJudge, match="line 1: it imports reference, which it may not"):
        judge_probes._code(tmp_path / "probes.py", ("probe",))
