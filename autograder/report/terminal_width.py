"""Text made to fit a number of terminal columns: letters may be two columns wide, and names stay recognisable."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from autograder.report.text import line, shortened

LEAST_NAME = 16  # columns of a name that is shortened
_LONGEST_NAME = 200  # characters of one that may be shown in full


def wrapped(text: str, width: int, lines: int, indent: str = "") -> str:
    """Return ``text`` in at most ``lines`` lines of ``width`` columns, all but the first indented."""
    text = line(text)
    first = _wrap(text, width)[:1]
    rest = text[len(first[0]) :].lstrip() if first else ""
    found = first + [indent + part for part in _wrap(rest, width - len(indent))]
    if len(found) > lines:
        found = found[:lines]
        found[-1] = _cut(found[-1], width - 2) + " …"
    return "\n".join(found)


def lines_of(text: str, width: int) -> int:
    """Return how many lines of ``width`` columns a text takes."""
    return len(_wrap(line(text), width))


def flowing(items: Sequence[str], width: int) -> str:
    """Return items one after another, none of them broken over two lines of ``width`` columns unless it must be."""
    lines: list[str] = []
    for item in (f"{item}," for item in items[:-1]) if len(items) > 1 else ():
        _add(lines, item, width)
    _add(lines, items[-1] if items else "", width)
    return "\n".join(lines)


def _add(lines: list[str], item: str, width: int) -> None:
    if lines and cell_len(lines[-1]) + 1 + cell_len(item) <= width:
        lines[-1] += f" {item}"
    else:
        lines += chop_cells(item, width)


def _wrap(text: str, width: int) -> list[str]:
    if not text:
        return []
    return [part.plain.rstrip() for part in Text(text).wrap(Console(width=max(width, 2)), max(width, 2))]


def _cut(text: str, width: int) -> str:
    return (chop_cells(text, max(width, 2)) or [""])[0].rstrip()


def names(students: Sequence[str], width: int) -> dict[str, str]:
    """Return how each student is called in ``width`` columns (16 at least): in full, or by beginning and end.

    No two are called the same: where they would be, all names are longer.
    """
    full = {student: shortened(line(student) or "(no name)", _LONGEST_NAME) for student in students}
    longest = max(map(cell_len, full.values()), default=0)
    for limit in range(max(width, LEAST_NAME), longest):
        short = {student: _middle_out(name, limit) for student, name in full.items()}
        if len(set(short.values())) == len(set(full.values())):
            return short
    return full


def _middle_out(name: str, width: int) -> str:
    """Return a name without its middle: what tells accounts apart is often at the end."""
    if cell_len(name) <= width:
        return name
    end = chop_cells(name[::-1], (width - 1) // 2)[0][::-1]
    return f"{_cut(name, width - 1 - cell_len(end))}…{end}"
