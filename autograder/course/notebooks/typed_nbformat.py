"""nbformat's functions, typed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import nbformat
from nbformat import v4
from nbformat.notebooknode import NotebookNode, from_dict
from nbformat.v4.rwbase import split_lines, strip_transient


def node(raw: Mapping[str, Any]) -> NotebookNode:
    """Return ``raw`` as a notebook node, nested mappings included."""
    return cast(NotebookNode, from_dict(dict(raw)))


def output(kind: str, **fields: Any) -> NotebookNode:
    """Return an nbformat 4 cell output of this kind, with all the fields it needs."""
    return node({"output_type": kind, **fields})


def valid_outputs(raw: Sequence[Mapping[str, Any]]) -> list[NotebookNode]:
    """Return a cell's recorded outputs but for those that are none: they came from the student's side."""
    try:
        found = [node(one) for one in raw]
    except Exception:  # too deep, no mapping, …: one by one it is found out which
        return [] if len(raw) == 1 else [made for one in raw for made in valid_outputs([one])]
    return found if _are_valid(found) else [one for one in found if _are_valid([one])]


def _are_valid(outputs: list[NotebookNode]) -> bool:
    """Whether these are outputs. nbformat checks a whole notebook much faster than a part of one."""
    cell: dict[str, Any] = {
        "id": "any",
        "cell_type": "code",
        "source": "",
        "metadata": {},
        "execution_count": None,
        "outputs": outputs,
    }
    try:
        nbformat.validate(node({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    except Exception:  # ValidationError, and what a validator makes of what nobody has thought of
        return False
    return True


def markdown_cell(source: str, cell_id: str, metadata: Mapping[str, Any]) -> NotebookNode:
    """Return a markdown cell."""
    return cast(NotebookNode, v4.new_markdown_cell(source, id=cell_id, metadata=node(metadata)))


def read(path: Path) -> NotebookNode:
    """Read a notebook that is known to be a good one, as nbformat 4."""
    return cast(NotebookNode, nbformat.read(path, as_version=4))


def keep(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook that is known to be a good one to a file of ours, for programs alone."""
    path.write_text(plain_text(notebook), encoding="utf-8")


def read_back(path: Path) -> NotebookNode:
    """Read what ``keep`` has written."""
    return cast(NotebookNode, v4.reads(path.read_text(encoding="utf-8")))


def plain_text(notebook: NotebookNode) -> str:
    """Return a notebook as JSON in one line."""
    return json.dumps(notebook, ensure_ascii=False)


def final_text(notebook: NotebookNode) -> str:
    """Return the text of a notebook's file, as ``nbformat.writes`` does, but unchecked; it is of no use afterwards.

    nbformat checks and copies it once more, which takes twice as long as writing it.
    """
    lines = strip_transient(split_lines(notebook))
    return json.dumps(
        lines, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "), cls=v4.nbjson.BytesEncoder
    )
