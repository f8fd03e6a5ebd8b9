"""Any parsed JSON that claims to be a notebook, made a valid nbformat 4.5 notebook.

nbformat's own upgrade and validation stop at the first oddity; here an odd cell is mended or dropped, with a note,
and the other cells are kept.
"""

from __future__ import annotations

import re
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.course.intake.handed_in_outputs import Kept, carry
from autograder.course.notebooks.typed_nbformat import node
from autograder.report.text import listed, one_line, quoted
from autograder.writable_text import writable

_CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_SCALARS, _MOST_TAGS = (str, int, float, bool), 100
_TEXT_CELLS = {"text": "markdown", "html": "markdown", "heading": "markdown"}  # cell types of nbformat 1 to 3


def well_formed(raw: dict[str, Any]) -> tuple[NotebookNode, list[str]]:
    """Return ``raw`` as a valid nbformat 4.5 notebook, and notes on what was mended.

    Kept are each cell's type, source, id, tags, nbgrader's metadata (it says which cell it was) and attachments, the
    notebook's kernel name, and outputs that were kept when the file was read; all others are dropped.
    """
    notes: list[str] = []
    cells: list[NotebookNode] = []
    no_cells: list[str] = []
    for position, cell in enumerate(_raw_cells(raw, notes), start=1):
        if isinstance(cell, dict):
            cells.append(_cell(cell, position, notes))
        else:
            no_cells.append(f"{position}")
    notes = [*_version_notes(raw), *_no_cells_notes(no_cells), *notes]
    _make_ids_unique(cells)
    metadata = {"kernelspec": {"name": name, "display_name": name}} if (name := _kernel_name(raw)) else {}
    notebook = node({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
    carry(cells, notebook.cells)
    return notebook, notes


def _no_cells_notes(places: list[str]) -> list[str]:
    if len(places) > 1:
        return [f"{len(places):,} cells of the file are not cells ({listed(places)}); they were left out."]
    return [f"Cell {place} of the file is not a cell; it was left out." for place in places]


def _version_notes(raw: dict[str, Any]) -> list[str]:
    version = raw.get("nbformat")
    if version == 4:
        return []
    if isinstance(version, int) and version < 4:
        return [f"The notebook is in the old format {version}; it was converted to format 4."]
    return [f"The notebook says it is in format {quoted(version)}; it was read as format 4."]


def _raw_cells(raw: dict[str, Any], notes: list[str]) -> list[Any]:
    found: list[Any] = []
    sheets = raw.get("worksheets", [])
    for holder in [raw, *(sheets if isinstance(sheets, list) else [])]:
        cells = holder.get("cells", []) if isinstance(holder, dict) else None
        if isinstance(cells, list):
            found.extend(cells)
        else:
            notes.append("The notebook's list of cells is not a list; it was left out.")
    return found


def _cell(raw: dict[str, Any], position: int, notes: list[str]) -> NotebookNode:
    kind = _cell_type(raw, position, notes)
    cell: dict[str, Any] = {
        "cell_type": kind,
        "metadata": _metadata(raw, position, notes),
        "source": _source(raw, position, notes),
    }
    if isinstance(raw.get("id"), str) and _CELL_ID.match(raw["id"]):
        cell["id"] = raw["id"]
    if kind == "code":
        kept = raw.get("outputs")
        cell |= {"execution_count": None, "outputs": kept if isinstance(kept, Kept) else []}
    elif attachments := _attachments(raw.get("attachments")):
        cell["attachments"] = attachments
    made = node(cell)
    carry([cell], [made])
    return made


def _metadata(raw: dict[str, Any], position: int, notes: list[str]) -> dict[str, Any]:
    """Return what of a cell's metadata may say which cell it was; all else may be of any size and depth."""
    metadata = raw.get("metadata", {})
    if not isinstance(metadata, dict):
        notes.append(f"Cell {position} had unreadable metadata.")
        return {}
    kept: dict[str, Any] = {}
    if isinstance(marks := metadata.get("nbgrader"), dict):
        flat = ((name, value) for name, value in marks.items() if value is None or isinstance(value, _SCALARS))
        kept["nbgrader"] = {name: writable(value) if isinstance(value, str) else value for name, value in flat}
    if isinstance(tags := metadata.get("tags"), list):
        kept["tags"] = [writable(tag) for tag in tags[:_MOST_TAGS] if isinstance(tag, str)]
    return kept


def _cell_type(raw: dict[str, Any], position: int, notes: list[str]) -> str:
    kind = raw.get("cell_type")
    if kind in ("code", "markdown", "raw"):
        return str(kind)
    if isinstance(kind, str) and kind in _TEXT_CELLS:
        return _TEXT_CELLS[kind]
    notes.append(f"Cell {position} is of no known type ({quoted(kind)}).")
    return "code" if "execution_count" in raw or "input" in raw else "raw"


def _source(raw: dict[str, Any], position: int, notes: list[str]) -> str:
    source = raw.get("source", raw.get("input", raw.get("text", "")))  # "input" before nbformat 4, "text" in nbformat 1
    if isinstance(source, list):
        lines = [line for line in source if isinstance(line, str)]
        if len(lines) < len(source):
            notes.append(f"Cell {position} held lines that are not text; they were left out.")
        source = "".join(lines)
    elif not isinstance(source, str):
        notes.append(f"Cell {position} held {quoted(type(source).__name__)} in place of text; it was emptied.")
        source = ""
    readable = writable(source)
    if readable != source:
        notes.append(f"Cell {position} held characters that can't be written; they were replaced by “?”.")
    if raw.get("cell_type") == "heading" and isinstance(level := raw.get("level", 1), int):
        return "#" * min(max(level, 1), 6) + " " + readable
    return readable


def _attachments(raw: object) -> dict[str, dict[str, str]]:
    """Return the well-formed attachments: file name to MIME bundle, data as text."""
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in raw.items() if isinstance(raw, dict) else ():
        if isinstance(bundle, dict) and bundle:
            data = {writable(mime): _joined(value) for mime, value in bundle.items()}
            if all(value is not None for value in data.values()):
                kept[writable(name)] = {mime: value for mime, value in data.items() if value is not None}
    return kept


def _joined(value: object) -> str | None:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "".join(value)
    return writable(value) if isinstance(value, str) else None


def _make_ids_unique(cells: list[NotebookNode]) -> None:
    """Give each cell an id of its own; a made-up one follows from the position, so that two gradings agree."""
    seen: set[str] = set()
    for cell in cells:
        if cell.get("id") in seen:
            del cell["id"]
        seen.add(cell.get("id", ""))
    for position, cell in enumerate(cells):
        if "id" not in cell:
            cell["id"] = new_id(f"submitted-{position}", seen)


def new_id(wish: str, taken: set[str]) -> str:
    """Return ``wish`` or the first of wish-1, wish-2, … that isn't taken, and take it."""
    found, count = wish, 0
    while found in taken:
        count += 1
        found = f"{wish}-{count}"
    taken.add(found)
    return found


def _kernel_name(raw: dict[str, Any]) -> str:
    metadata = raw.get("metadata")
    spec = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    name = spec.get("name", "") if isinstance(spec, dict) else ""
    return one_line(name, 60) if isinstance(name, str) else quoted(name)
