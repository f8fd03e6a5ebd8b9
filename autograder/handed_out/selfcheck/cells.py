"""Reading a notebook"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from autograder.handed_out.selfcheck.notebook import NOTEBOOK


class UnreadableError(Exception):
    """The notebook can't be read; the message says why and what to do."""


def find_notebook(named: str | None) -> Path:
    """Return the notebook that was named, or the one beside this file."""
    if named:
        path = Path(named)
        if not path.is_file():
            raise UnreadableError(f"There is no file {named}.")
        return path
    folder = Path(__file__).resolve().parent
    notebooks = sorted(folder.glob("*.ipynb"))
    usual = folder / NOTEBOOK
    if usual in notebooks or len(notebooks) == 1:
        return usual if usual in notebooks else notebooks[0]
    if not notebooks:
        raise UnreadableError(f"There is no notebook in {folder}. Say which one: python selfcheck.py NOTEBOOK")
    names = ", ".join(path.name for path in notebooks)
    raise UnreadableError(f"There are several notebooks ({names}). Say which: python selfcheck.py {notebooks[0].name}")


def read_cells(path: Path) -> list[dict[str, Any]]:
    """Return the notebook's cells."""
    advice = "Open it in Jupyter, save it, and try again."
    try:
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
        if notebook.get("nbformat") != 4:
            raise UnreadableError(f"{path.name} has the notebook format {notebook.get('nbformat')}, not 4. {advice}")
        cells = notebook["cells"]
        return [{**cell, "source": "".join(cell["source"]), "metadata": cell.get("metadata", {})} for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(f"{path.name} is not a notebook that can be read ({error}). {advice}") from error


def tested_question(cell: dict[str, Any]) -> str | None:
    """Return the question a test cell is for, None for other cells."""
    tag = cell["metadata"].get("nbgrader", {})
    name = str(tag.get("grade_id", ""))
    is_test = tag.get("grade") and not tag.get("solution") and name.startswith("test_")
    return name[len("test_") :] if is_test else None


PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")
SHELL_LINE = re.compile(r"^(\s*)(%|!|\?).*$|^(\s*)[\w.]+\?{1,2}\s*$")
SHELL_VALUE = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")


def plain_python(source: str) -> str:
    """Return a cell's Python without what only Jupyter understands; line numbers stay."""
    if source.lstrip().startswith("%%"):
        magic, _, body = source.lstrip().partition("\n")
        source = f"\n{body}" if magic.split()[0] in PYTHON_MAGICS else ""
    try:
        ast.parse(source)
        return source  # "%" at the start of a line may well be Python
    except SyntaxError:
        lines = [SHELL_VALUE.sub(r"\1None", line) for line in source.split("\n")]
        return "\n".join(SHELL_LINE.sub(lambda found: f"{found[1] or found[3] or ''}pass", line) for line in lines)
