"""Why a name is not defined where a question is judged: which cell should have defined it, and what became of that."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping

from autograder.judge.defined_names import bound_names
from autograder.judge.evidence import CellResult, CellStatus
from autograder.judge.notebook import Notebook

_UNDEFINED = re.compile(r"NameError: name '(\w+)' is not defined")
_ABSENT = (
    (r"has no len\(\)$", "__len__"),
    (r"object is not iterable$", "__iter__"),
    (r"object is not (subscriptable|reversible)$", "__getitem__"),
    (r"object is not callable$", "__call__"),
    (r"\(\) takes no arguments$", "__init__"),
    (r"object does not support item assignment$", "__setitem__"),
    (r"object does not support the context manager protocol$", "__enter__"),
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What is searched is the student's: so no part of it may be of any length.
_LINE = re.compile(r"(?:Cell In\[\d{0,9}\], line |<ipython-input[^>]{0,80}> in .{0,200}\n-{1,80}> )(\d{1,9})")
_NO_PYTHON = re.compile(r"\(\S{1,80}\.py, (line \d{1,9})\)$")  # ipykernel's name for the cell, in a SyntaxError


def undefined_name(text: str) -> str:
    """Return the name that an exception complains of, or ""."""
    found = _UNDEFINED.search(text)
    return found[1] if found else ""


def absent_method(message: str) -> str:
    """Return the clause on the method that a class lacks, where an exception's message shows which; else ""."""
    found = next((method for pattern, method in _ABSENT if re.search(pattern, message)), "")
    kind = re.search(r"'(\w+)'", message)
    if not found or (kind is not None and (kind[1] == "NoneType" or hasattr(builtins, kind[1]))):
        return ""
    return f": there is no method `{found}`"


def why(name: str, notebook: Notebook, results: Mapping[int, CellResult], place: int) -> str:
    """Return a clause on the cell that defines ``name``, seen from the cell at ``place``; "" if there is none to blame.

    ``results`` are those of the cells that were come to.
    """
    binding = [i for i, source in notebook.code.items() if _may_bind(name, source)]
    above = [i for i in binding if i < place and i in results]
    failed = [i for i in above if results[i].status not in (CellStatus.OK, CellStatus.SKIPPED)]
    if failed:
        return what_became_of(results[failed[-1]], notebook.code[failed[-1]], name)
    if any(results[i].status is CellStatus.OK for i in above):
        return ""  # it was defined and is gone: there is no telling why
    if above:
        return f"cell {above[-1] + 1} defines it, and is not run when grading"
    below = [i for i in binding if i > place]
    return f"cell {below[0] + 1} defines it, below the place where this question is judged" if below else ""


def what_became_of(result: CellResult, source: str, name: str = "") -> str:
    """Return a clause on a cell that failed; of several lines that did, the one that binds ``name`` or the first."""
    cell = f"cell {result.index + 1}"
    if result.status is not CellStatus.ERROR:
        return f"{cell} was {result.status.value}: {result.reason}"
    raised = [output for output in result.outputs if output["output_type"] == "error"]
    told = [(_line(output, source), output) for output in raised]
    chosen = next((pair for pair in told if name in bound_names(pair[0])), told[0] if told else ("", None))
    line, output = chosen
    if output is None:
        return f"{cell} raised an exception"
    value = _NO_PYTHON.sub(r"(\1)", str(output["evalue"]))
    text = " ".join(f"{output['ename']}: {value}".split())[:200]
    return f"{cell} failed at `{line}` ({text})" if line else f"{cell} failed ({text})"


def _may_bind(name: str, source: str) -> bool:
    return name in source and name in bound_names(source)


def _line(output: Mapping[str, object], source: str) -> str:
    """Return the line of the cell that raised, as its traceback has it."""
    trace = output.get("traceback")
    text = _COLOUR.sub("", "\n".join(map(str, trace))) if isinstance(trace, list | tuple) else ""
    found, lines = _LINE.search(text), source.splitlines()
    number = int(found[1]) if found else 0
    return lines[number - 1].strip()[:120] if 0 < number <= len(lines) else ""
