"""Texts of a student's that are put into words for them: none takes long, whatever it is made of."""

import contextlib
import time

import pytest

from autograder.judge import missing_names
from autograder.judge.cell_outputs import LINES, TEXT, Collector
from autograder.judge.diagnosis.student_code import part_of
from autograder.judge.evidence import CellResult, CellStatus
from autograder.judge.kernel_messages import Message
from tests.judge.conftest import notebook

LONG = 400_000
VALUES = {
    "open brackets": "(" * LONG,
    "files": "(1.py, line " * (LONG // 12),
    "digits": "(" + "1" * LONG,
    "blanks": " " * LONG,
}
TRACES = {
    "notebooks": "<ipython-input" * (LONG // 14),
    "arrows": "<ipython-input-1> in x\n" + "-" * LONG,
    "frames": "<ipython-input-1> in " * (LONG // 21),
    "a line of many digits": "Cell In[1], line " + "1" * 5000,
    "a cell of many digits": "Cell In[" * (LONG // 8) + "1" * LONG,
    "colours": "\x1b[" * (LONG // 2),
}


def error(value, trace):
    return {"output_type": "error", "ename": "E" * 100, "evalue": value, "traceback": [trace]}


def quickly(function):
    """Call a function that may take a while on a slow machine, and no more."""
    began = time.process_time()
    result = function()
    assert time.process_time() - began < 5
    return result


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_why_a_name_is_missing_is_found_out_quickly(value, trace):
    result = CellResult(0, CellStatus.ERROR, outputs=(error(value, trace),))
    cells = notebook("f = 1/0", ("ce_loss", 4))
    said = quickly(lambda: missing_names.why("f", cells, {0: result}, 1))
    assert said.startswith("cell 1 failed") and len(said) < 400


def test_of_an_exception_so_much_is_kept_as_anybody_reads():
    cell = Collector("mine", 10 << 20)
    cell.take(Message("error", "mine", {"ename": "x" * LONG, "evalue": "y" * LONG, "traceback": ["z" * LONG] * 300}))
    (output,) = cell.outputs
    assert len(output["ename"]) == len(output["evalue"]) == TEXT
    assert [len(line) for line in output["traceback"]] == [TEXT] * LINES


@pytest.mark.parametrize(
    "code",
    ["f = " + "(" * LONG, "f = " + "1+" * 50_000 + "1", "f = " + "-" * 20_000 + "1", "f=1\n" * 4_000, "=" * LONG]
    + ["if 1:\n" + " " * 90 + "f = 1", "x" + "\n" * LONG + "y", "\\\n" * 100_000, "f = '''" + "\n%" * 100_000],
    ids=lambda code: repr(code[:20]),
)
def test_code_is_read_quickly_or_not_at_all(code):
    cells = notebook(code, ("ce_loss", 4))
    result = CellResult(0, CellStatus.ERROR, outputs=(error("", ""),))
    quickly(lambda: missing_names.why("f", cells, {0: result}, 1))
    with contextlib.suppress(RecursionError):  # there is no diagnosis then
        quickly(lambda: part_of(code, ["f"]))
