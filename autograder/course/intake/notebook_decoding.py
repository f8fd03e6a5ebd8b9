"""Bytes to a notebook: whatever the student's editor made of the file, or a plain reason why it can't be read."""

from __future__ import annotations

import codecs
import json
import os
import stat
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.course.intake.handed_in_outputs import Keeper
from autograder.course.intake.notebook_repair import well_formed
from autograder.report.text import one_line

MEBIBYTE = 2**20
_MOST_CELLS = 3000

_LOOKS_LIKE = (
    (b"PK\x03\x04", "it is a zip archive"),
    (b"\x1f\x8b", "it is a gzip archive"),
    (b"%PDF", "it is a PDF"),
    (b"<!", "it is a web page"),
    (b"<html", "it is a web page"),
)


class UnreadableNotebookError(Exception):
    """The file is not a readable notebook; the message is a clause that completes "… is not a readable notebook: "."""


def read_notebook(
    path: Path, max_size: int = 512 * MEBIBYTE, keeper: Keeper | None = None
) -> tuple[NotebookNode, list[str]]:
    """Read a submitted notebook of any age, encoding and state.

    Returns a valid nbformat 4.5 notebook, and notes on what had to be mended. It has no outputs but those that the
    ``keeper`` keeps, and no notebook metadata but the student's kernel name. ``max_size`` is in bytes. Raises
    UnreadableNotebookError.
    """
    text, notes = _decode(_read_bytes(path, max_size))
    raw = _parse(text, keeper)
    notebook, more = well_formed(raw)
    if len(notebook.cells) > _MOST_CELLS:
        raise UnreadableNotebookError(f"it has {len(notebook.cells):,} cells, the limit is {_MOST_CELLS:,}")
    return notebook, notes + more


def _read_bytes(path: Path, max_size: int) -> bytes:
    """Read a regular file, never through a link (it may lead anywhere) and never from a device (it may not end)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
    except OSError as error:
        raise UnreadableNotebookError(f"it can't be opened ({error.strerror})") from error
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise UnreadableNotebookError("it is not a file")
    with os.fdopen(descriptor, "rb") as file:
        if facts.st_size > max_size:
            size, limit = facts.st_size / MEBIBYTE, max_size / MEBIBYTE
            raise UnreadableNotebookError(f"it has {size:.0f} MiB, the limit is {limit:.0f} MiB (clear its outputs)")
        data = file.read(max_size + 1)
    if not data.strip(b"\x00 \t\r\n"):
        raise UnreadableNotebookError("it is empty" if not data else "it holds nothing but blanks")
    for start, guess in _LOOKS_LIKE:
        if data.lstrip().startswith(start):
            raise UnreadableNotebookError(guess)
    return data


def _decode(data: bytes) -> tuple[str, list[str]]:
    encoding = json.detect_encoding(data)  # by byte order mark, else by where the null bytes are
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return _decode_western(data)
    if encoding in ("utf-8", "utf-8-sig"):
        return text, []
    return text, [f"The file is encoded as {encoding.upper()}, not as UTF-8; it was read all the same."]


def _decode_western(data: bytes) -> tuple[str, list[str]]:
    data = data.removeprefix(codecs.BOM_UTF8)
    for encoding in ("cp1252", "latin-1"):  # latin-1 decodes anything, so one of them always returns
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    return text, [f"The file is not encoded as UTF-8; it was read as {encoding}: accented letters may look wrong."]


def _parse(text: str, keeper: Keeper | None = None) -> dict[str, Any]:
    def without_outputs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Drop a cell's outputs as soon as they are parsed: a submission is run afresh, and they can be 100 MB."""
        parsed = dict(pairs)
        if "cell_type" in parsed:
            outputs = parsed.pop("outputs", None)
            if keeper is not None:
                parsed["outputs"] = keeper.keep(outputs)
        return parsed

    try:
        raw = json.loads(text, object_pairs_hook=without_outputs)
    except json.JSONDecodeError as error:
        raise UnreadableNotebookError(_json_reason(text, error)) from error
    except RecursionError as error:  # 100,000 brackets
        raise UnreadableNotebookError("its brackets are nested deeper than any notebook's") from error
    except ValueError as error:  # a number of 5,000 digits
        raise UnreadableNotebookError(f"it is not JSON as notebooks use it ({one_line(error)})") from error
    if not isinstance(raw, dict) or not ("cells" in raw or "worksheets" in raw):
        raise UnreadableNotebookError("it is JSON, but not a notebook: it has no cells")
    return raw


def _json_reason(text: str, error: json.JSONDecodeError) -> str:
    if "<<<<<<< " in text and ">>>>>>> " in text:
        return "it holds the marks of an unresolved git merge"
    if not text.lstrip().startswith("{"):
        return "it is not JSON"
    if error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated"):
        return f"it is cut off in line {error.lineno}"
    return f"its JSON breaks off in line {error.lineno} ({error.msg})"
