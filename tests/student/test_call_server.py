"""What is said of an exception: its type, its words, and the student's own line that raised it."""

from __future__ import annotations

import linecache
from typing import Any

import pytest

from autograder.student.call_server import MAX_TEXT, describe

CELL = "/tmp/ipykernel_1/2.py"  # as ipykernel names cells


def cell(source: str, file: str = CELL) -> dict[str, Any]:
    """Run source as a cell whose lines are known, as IPython does it; return its names."""
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    names: dict[str, Any] = {}
    exec(compile(source, file, "exec"), names)
    return names


def line_of(function: Any) -> str:
    with pytest.raises(BaseException) as info:
        function()
    return describe(info.value)["line"]


NESTED = """
def innermost(x):
    return 1 / x

def middle(x):
    return innermost(x) + 1

def step():
    return middle(0)
"""


def test_the_line_is_the_innermost_of_the_students() -> None:
    assert line_of(cell(NESTED)["step"]) == "return 1 / x"


def test_a_librarys_lines_below_it_are_left_out() -> None:
    source = "import json\n\ndef helper(text):\n    return json.loads(text)\n\ndef step():\n    return helper('{')\n"
    assert line_of(cell(source)["step"]) == "return json.loads(text)"


def test_a_line_in_another_cell_counts_too() -> None:
    other = cell("def helper():\n    raise KeyError('x')\n", "/tmp/ipykernel_1/3.py")["helper"]
    names = cell("def step(helper):\n    return helper()\n")
    assert line_of(lambda: names["step"](other)) == "raise KeyError('x')"


def test_an_exception_of_a_library_alone_has_no_line() -> None:
    assert line_of(lambda: __import__("json").loads("{")) == ""


def test_what_is_said_has_its_length() -> None:
    long = type("E" * 500, (Exception,), {})("m" * 5000)
    found = describe(long)
    assert (len(found["type"]), len(found["message"])) == (100, MAX_TEXT)
