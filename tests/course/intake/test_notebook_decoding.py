from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.course.intake.notebook_decoding import UnreadableNotebookError, _parse, read_notebook

CELL = {"cell_type": "code", "source": "x = 'é'", "metadata": {}, "outputs": [], "execution_count": None}


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "n.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode())
    return path


def notebook(*cells: Any, **more: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_every_encoding_is_read(tmp_path: Path, encoding: str, note: str | None) -> None:
    text = json.dumps(notebook(CELL), ensure_ascii=False)
    read, notes = read_notebook(written(tmp_path, text.encode(encoding)))
    assert read.cells[0].source == "x = 'é'"
    assert (note is None and not notes) or note in notes[0]


def test_bytes_no_encoding_knows_are_read_as_latin_1(tmp_path: Path) -> None:
    text = json.dumps(notebook(CELL)).encode().replace(b"\\u00e9", b"\x81\xe9")
    read, notes = read_notebook(written(tmp_path, text))
    assert read.cells[0].source == "x = '\x81é'"
    assert "latin-1" in notes[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is empty"),
        (b" \n\x00", "it holds nothing but blanks"),
        (b"PK\x03\x04zip", "it is a zip archive"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"\n<!DOCTYPE html>", "it is a web page"),
        (b"\x1f\x8b\x08", "it is a gzip archive"),
        (b"import torch", "it is not JSON"),
        (b'{"cells": [', "it is cut off in line 1"),
        (b'{"cells": [{"source": "x = ', "it is cut off in line 1"),
        (b'{"cells": [],,}', "its JSON breaks off in line 1"),
        (b'{"cells": []} {"cells": []}', "its JSON breaks off in line 1"),
        (b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> b\n", "it holds the marks of an unresolved git merge"),
        (b"[" * 100_000, "its brackets are nested deeper"),
        (b'{"cells": ' + b"9" * 5000 + b"}", "it is not JSON as notebooks use it"),
        (b"[1]", "it is JSON, but not a notebook"),
        (b'{"nbformat": 4}', "it is JSON, but not a notebook"),
    ],
)
def test_what_is_no_notebook_is_refused_with_a_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableNotebookError) as caught:
        read_notebook(written(tmp_path, content))
    assert str(caught.value).startswith(reason)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path, notebook(CELL))
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "n.ipynb")
    with pytest.raises(UnreadableNotebookError, match="can't be opened"):
        read_notebook(tmp_path / "link.ipynb")


def test_a_folder_is_no_notebook(tmp_path: Path) -> None:
    with pytest.raises(UnreadableNotebookError):
        read_notebook(tmp_path)


def test_the_size_limit_counts_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, notebook(CELL))
    read_notebook(path, max_size=path.stat().st_size)
    with pytest.raises(UnreadableNotebookError, match="clear its outputs"):
        read_notebook(path, max_size=path.stat().st_size - 1)


def test_outputs_are_not_kept(tmp_path: Path) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 1000}
    read, _ = read_notebook(written(tmp_path, notebook({**CELL, "outputs": [output]})))
    assert read.cells[0].outputs == []
    assert "outputs" not in _parse(json.dumps(notebook({**CELL, "outputs": [output]})))["cells"][0]  # nor in memory


@pytest.mark.parametrize(
    "raw",
    [
        notebook(nbformat="four"),
        notebook(metadata=[]),
        notebook(metadata={"kernelspec": {"name": ["python3"]}}),
        {"cells": {"a": 1}, "nbformat": 4},
        {"worksheets": 7, "nbformat": 3},
        {"worksheets": [7, {"cells": [{"cell_type": "heading", "level": "two", "source": "x"}]}], "nbformat": 2},
        notebook(None, 7, "x", [], {}),
        notebook({"cell_type": ["code"], "source": {"a": 1}, "metadata": None, "id": 7}),
        notebook({"cell_type": "code", "source": ["a", None, "b"], "metadata": {"nbgrader": 3}, "id": "a b"}),
        notebook({"cell_type": "markdown", "source": "\ud800", "metadata": {}, "attachments": {"a": {"b": [1]}}}),
        notebook({**CELL, "id": "same"}, {**CELL, "id": "same"}),
    ],
    ids=range(11),
)
def test_whatever_the_cells_are_the_result_is_a_valid_notebook(tmp_path: Path, raw: Any) -> None:
    read, _ = read_notebook(written(tmp_path, json.dumps(raw).encode()))
    nbformat.validate(read)
    nbformat.writes(read).encode("utf-8")


def test_odd_cells_are_mended_one_by_one(tmp_path: Path) -> None:
    odd = {"cell_type": "code", "source": ["a\n", None, "b"], "metadata": {}}
    read, notes = read_notebook(written(tmp_path, notebook("x", odd, CELL)))
    assert [cell.source for cell in read.cells] == ["a\nb", "x = 'é'"]
    assert notes == [
        "Cell 1 of the file is not a cell; it was left out.",
        "Cell 2 held lines that are not text; they were left out.",
    ]


def test_sheets_headings_and_types_of_old_formats_are_read(tmp_path: Path) -> None:
    old = {"metadata": {}}
    first = [
        {**old, "cell_type": "heading", "level": 9, "source": "deep"},
        {**old, "cell_type": "heading", "level": 0, "source": "high"},
        {**old, "cell_type": "code", "input": ["a = 1\n", "b = 2"], "outputs": []},
        {**old, "cell_type": "text", "text": "words"},
    ]
    second = [
        {**old, "cell_type": "html", "source": "<b>"},
        {**old, "cell_type": "sql", "input": "x", "id": "one"},
        {**old, "cell_type": "sql", "source": "y", "execution_count": None, "id": "one"},
        {**old, "cell_type": "sql", "source": "z", "id": "two"},
    ]
    raw = {"worksheets": [{"cells": first}, {"cells": second}], "nbformat": 3, "metadata": {}}
    read, notes = read_notebook(written(tmp_path, raw))
    assert [(cell.cell_type, cell.source) for cell in read.cells] == [
        ("markdown", "###### deep"), ("markdown", "# high"), ("code", "a = 1\nb = 2"), ("markdown", "words"),
        ("markdown", "<b>"), ("code", "x"), ("code", "y"), ("raw", "z"),
    ]  # fmt: skip
    assert [cell.id for cell in read.cells][5:] == ["one", "submitted-6", "two"]
    assert notes[0] == "The notebook is in the old format 3; it was converted to format 4." and len(notes) == 4
    again, _ = read_notebook(written(tmp_path, json.loads(nbformat.writes(read))))
    assert [cell.id for cell in again.cells] == [cell.id for cell in read.cells]


@pytest.mark.parametrize(("version", "note"), [(4, None), (3, "the old format 3"), (5, "“5”"), ("4", "“4”")])
def test_another_version_is_told(tmp_path: Path, version: Any, note: str | None) -> None:
    _, notes = read_notebook(written(tmp_path, notebook(CELL, nbformat=version)))
    assert (note is None and not notes) or note in notes[0]


def test_attachments_are_kept(tmp_path: Path) -> None:
    image = {"a.png": {"image/png": ["aGk", "="]}, "b.png": {"image/png": 7}, "c.png": {}}
    image["d.png"] = {"image/png": "aGk=", "image/jpeg": ["aGk=", 7]}
    cell = {"cell_type": "markdown", "source": "![](attachment:a.png)", "metadata": {}, "attachments": image}
    read, _ = read_notebook(written(tmp_path, notebook(cell)))
    assert read.cells[0].attachments == {"a.png": {"image/png": "aGk="}}


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    path = written(tmp_path, notebook(CELL, CELL))
    assert read_notebook(path) == read_notebook(path)
