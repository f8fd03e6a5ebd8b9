"""What crosses of a module of probes: what a probe needs, and nothing that it doesn't."""

import pytest

from autograder.judge.needed_code import defined, needed

MODULE = '''"""Probes."""

from __future__ import annotations

import torch
from itertools import islice

MANY = 5; FEW = 2


def decorator(many):
    return lambda function: function


@decorator(
    MANY
)
def probe(Thing, right_thing=None):
    """It is tried."""
    helper = [islice(Thing, n) for n in range(MANY)]
    return _outer(helper, right_thing)


def _outer(x, helper):
    def inner(FEW):
        return lambda: TABLE[x], FEW

    return inner


class Thing:
    """A right one."""

    size = FEW

    def __len__(self):
        return helper(self.size)


def right_thing(x):
    return torch.softmax(x, 1)


def helper(n):
    return n


TABLE = {
    "a": 1,
}
TABLE["b"] = 2
'''


def functions_of(text):
    names = {}
    exec(compile(text, "probes", "exec"), names)
    return {name for name, value in names.items() if callable(value) and name != "islice"}


def test_what_a_probe_needs_is_there_and_nothing_else():
    text = needed(MODULE, ["probe"])
    assert functions_of(text) == {"probe", "_outer", "decorator"}
    assert "right one" not in text and "softmax" not in text and "import torch" in text
    assert defined(text) == {"probe", "_outer", "decorator", "MANY", "FEW", "TABLE"}


def test_what_was_asked_for_is_there_with_what_it_needs():
    assert functions_of(needed(MODULE, ["probe", "right_thing"])) == {"probe", "_outer", "decorator", "right_thing"}
    assert functions_of(needed(MODULE, ["Thing"])) == {"Thing", "helper"}


def test_each_line_stays_where_it_was():
    before, after = MODULE.split("\n"), needed(MODULE, ["Thing"]).split("\n")
    assert len(before) == len(after)
    assert all(new in ("", old) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("needs", "statement"),
    [
        (True, "def probe(): return right()"),
        (True, "def probe(x: right): return x"),
        (True, "class probe(right): pass"),
        (True, "class probe:\n    right = right"),
        (True, "def probe(x=right): return x"),
        (True, "def probe():\n    global right\n    right = 1"),
        (True, "def probe(): return [right for x in right]"),
        (True, "def probe(): pass\nif True: right.more = 1"),
        (True, "def probe(): return other()\ndef other(): return lambda: right"),
        (False, "def probe(right): return right, [right for x in right], lambda: right"),
        (False, "def probe():\n    right = 1\n    return right"),
        (False, "def probe(x): return x.right, 'right', dict(right=1)"),
        (False, "def probe(x): return [right for right in x]"),
    ],
)
def test_whether_a_name_is_the_modules(needs, statement):
    text = needed(f"{statement}\ndef right(): return 'the answer'\n", ["probe"])
    assert ("the answer" in text) is needs
