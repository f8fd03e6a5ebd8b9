"""Code of the judge's on the student side: a namespace of its own, and lines that are not taken for a student's."""

import builtins

import pytest

from autograder.student.call_server import describe
from autograder.student.crossed_code import compiled, has_crossed

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
