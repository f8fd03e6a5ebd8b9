"""Code of the judge's on the student side: a namespace of its own, and lines that are not taken for a student's."""

import builtins
import sys

import pytest

from autograder.student.call_server import describe
from autograder.student.crossed_code import compiled, has_crossed, is_untouched

SOURCE = """
from __future__ import annotations
import torch
from torch import nn

def layer(sizes):
    return nn.Linear(*sizes)

def calls(theirs, value):
    return theirs(value)

def fails(value):
    return value.no_such_name
"""


def test_it_has_what_it_imports_and_nothing_else():
    names = compiled(SOURCE, "driver of tiny")
    assert names["layer"]((2, 3)).weight.shape == (3, 2)
    assert "pytest" not in names and "compiled" not in names


def test_builtins_that_a_student_has_replaced_are_pythons_own(monkeypatch):
    monkeypatch.setattr(builtins, "sum", lambda values: 0)
    assert compiled("def total(values):\n    return sum(values)\n", "probe of tiny")["total"]([1, 2]) == 3


def test_two_do_not_share_their_names():
    first, second = compiled("seen = []", "driver of tiny"), compiled("seen = []", "driver of tiny")
    assert first["seen"] is not second["seen"]


def test_its_lines_are_never_told_as_the_students():
    names = compiled(SOURCE, "driver of tiny")
    theirs = {}
    exec(compile("def half(value):\n    return value / 0\n", "<ipython-input-1>", "exec"), theirs)
    for function, arguments in ((names["calls"], (theirs["half"], 1)), (names["fails"], (1,))):
        with pytest.raises((ZeroDivisionError, AttributeError)) as caught:
            function(*arguments)
        assert describe(caught.value)["line"] == ""  # half's text is not at hand here
    assert has_crossed("<driver of tiny>") and not has_crossed("<ipython-input-1>")


FAILS = "import sys\n\ndef fails(theirs):\n    theirs()\n    return sys._getframe()\n"


@pytest.mark.parametrize(
    ("does", "untouched"),
    [
        ("pass", True),
        ("names['sys'] = sys", True),
        ("names['more'] = 1", False),
        ("names['fails'] = None", False),
        ("del names['fails']", False),
        ("names['__builtins__']['list'] = tuple", False),
        ("del names['__builtins__']['list']", False),
    ],
)
def test_what_fails_where_a_student_has_been_at_work_is_not_the_codes_fault(does, untouched):
    theirs = "import sys\ndef theirs():\n    names = sys._getframe(1).f_globals\n    " + does
    names = {}
    exec(theirs, names)
    assert is_untouched(compiled(FAILS, "probe of tiny")["fails"](names["theirs"])) is untouched


def test_a_file_name_alone_makes_no_code_the_judges():
    names = {"sys": sys}
    compiled("", "probe of tiny")
    exec(compile("frame = sys._getframe()", "<probe of tiny>", "exec"), names)
    assert not is_untouched(names["frame"])
