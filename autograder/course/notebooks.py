"""nbformat's functions, typed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import nbformat
from nbformat import v4
from nbformat.notebooknode import NotebookNode, from_dict


def node(raw: Mapping[str, Any]) -> NotebookNode:
    """Return ``raw`` as a notebook node, nested mappings included."""
    return cast(NotebookNode, from_dict(dict(raw)))


def output(kind: str, **fields: Any) -> NotebookNode:
    """Return an nbformat 4 cell output of this kind."""
    return cast(NotebookNode, v4.new_output(kind, **fields))


def markdown_cell(source: str, cell_id: str) -> NotebookNode:
    """Return a markdown cell."""
    return cast(NotebookNode, v4.new_markdown_cell(source, id=cell_id))


def read(path: Path) -> NotebookNode:
    """Read a notebook that is known to be a good one, as nbformat 4."""
    return cast(NotebookNode, nbformat.read(path, as_version=4))


def write(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook."""
    nbformat.write(notebook, path)
