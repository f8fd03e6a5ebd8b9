"""Outputs as they were handed in: for people, of cells that the grader doesn't run, marked as such.

A question such as "describe what the plots show" is marked by a person who has to see the plots. A submission's outputs
may be 100 MB and hold anything: so what is kept of them is built anew here, within a budget. They lie in a file of the
run's own until the notebook is judged, and are no part of what is judged.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.course.notebooks.allowance import Allowance
from autograder.course.notebooks.cell_roles import marks
from autograder.course.notebooks.safe_display import harmless
from autograder.course.notebooks.typed_nbformat import output
from autograder.writable_text import writable

CELL, NOTEBOOK = 2_000_000, 8_000_000  # characters of output kept
TEXT = 20_000  # characters of one text
_PAGE = 200_000  # characters of one table
_MOST = 50  # outputs of a cell
_PICTURES = {"image/png": "iVBORw0KGg", "image/jpeg": "/9j/"}  # and what they begin with
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_TEXTS = {"text/plain": TEXT, "text/latex": TEXT, "text/markdown": TEXT, "text/html": _PAGE, "image/svg+xml": _PAGE}

ByCell = Mapping[int, list[NotebookNode]]  # by the cell's place in the restored notebook


class Kept(list[dict[str, Any]]):
    """What is kept of a cell's outputs; a file can't hold one, so it has been through a Keeper."""

    too_large = 0  # how many more there were


class Keeper:
    """Keeps what may be shown of a notebook's outputs, cell by cell, as long as there is room."""

    def __init__(self) -> None:
        self._room = NOTEBOOK

    def keep(self, outputs: object) -> Kept:
        """Return what is kept of a cell's outputs, whatever these are."""
        kept, room = Kept(), min(CELL, self._room)
        for raw in outputs if isinstance(outputs, list) else ():
            made = _made_anew(raw) if isinstance(raw, dict) else None
            if made is None:
                continue
            size = len(json.dumps(made))
            if size > room or len(kept) >= _MOST:
                kept.too_large += 1
                continue
            room -= size
            self._room -= size
            kept.append(made)
        return kept


def _made_anew(raw: dict[str, Any]) -> dict[str, Any] | None:
    """Return a valid output with what can be shown of this one; None if there is nothing."""
    kind = raw.get("output_type")
    if kind == "stream":
        text = _text(raw.get("text"), TEXT)
        name = "stderr" if raw.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": text} if text else None
    if kind == "error":
        line = f"{_text(raw.get('ename'), 200)}: {_text(raw.get('evalue'), 2000)}"
        return {"output_type": "stream", "name": "stderr", "text": f"{line}\n"}
    if kind not in ("display_data", "execute_result"):
        return None
    data = dict(_data(raw.get("data")))
    return {"output_type": "display_data", "data": data, "metadata": {}} if data else None


def _data(raw: object) -> Iterator[tuple[str, str]]:
    for kind, value in raw.items() if isinstance(raw, dict) else ():
        if kind in _PICTURES:
            picture = "".join(_text(value, None).split())
            if picture.startswith(_PICTURES[kind]) and _BASE64.fullmatch(picture):
                yield kind, picture
        elif kind in _TEXTS:
            text = _text(value, None)
            if kind == "text/plain" or len(text) <= _TEXTS[kind]:  # markup must not be cut
                yield kind, text[: _TEXTS[kind]]


def _text(value: object, limit: int | None) -> str:
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    text = writable(value) if isinstance(value, str) else ""
    return text if limit is None or len(text) <= limit else f"{text[:limit]}\n… (cut off here)\n"


def carry(cells: Sequence[Mapping[str, Any]], copies: list[NotebookNode]) -> None:
    """Give copies of cells what was kept of their outputs: to copy makes ordinary lists of them."""
    for cell, made in zip(cells, copies, strict=True):
        if isinstance(kept := cell.get("outputs"), Kept):
            made.outputs = kept


def take_out(notebook: NotebookNode) -> dict[int, Kept]:
    """Take the outputs that are kept out of a restored notebook, and return them by cell; a graded cell has none."""
    found: dict[int, Kept] = {}
    for i, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            kept, cell.outputs = cell.outputs, []
            if isinstance(kept, Kept) and (kept or kept.too_large) and not marks(cell).get("grade"):
                found[i] = kept
    return found


def write(folder: Path, student: str, notebook: str, found: Mapping[int, Kept]) -> None:
    """Write down what was handed in with a notebook, until it is judged."""
    plain = [[i, kept, kept.too_large] for i, kept in found.items()]
    _file(folder, student, notebook).write_text(json.dumps(plain), encoding="utf-8")


def read(folder: Path, student: str, notebook: str) -> dict[int, list[NotebookNode]]:
    """Return what was handed in, by cell: harmless, and marked as the student's."""
    path = _file(folder, student, notebook)
    if not path.exists():
        return {}
    plain, allowance = json.loads(path.read_text(encoding="utf-8")), Allowance()
    return {
        i: [_mark(len(kept), too_large), *(_harmless(one, allowance) for one in kept)] for i, kept, too_large in plain
    }


def _file(folder: Path, student: str, notebook: str) -> Path:
    name = hashlib.sha256(f"{student}\0{notebook}".encode("utf-8", "surrogateescape")).hexdigest()
    return folder / f"{name}.json"


def _harmless(raw: dict[str, Any], allowance: Allowance) -> NotebookNode:
    made = dict(raw)
    return harmless(output(made.pop("output_type"), **made), allowance)


def _mark(count: int, too_large: int) -> NotebookNode:
    line = "As handed in: the grader did not make this, the student's notebook held it."
    if too_large:
        much = "1 output was" if too_large == 1 else f"{too_large} outputs were"
        line = f"{line if count else 'As handed in:'} {much} too large to be shown."
    return output("stream", name="stdout", text=f"{line}\n")
