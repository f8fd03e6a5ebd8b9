"""What of a student's notebook is shown in feedback and formgrader, where it must not act.

What students made is read in a process with limits, and each notebook has an allowance: what exceeds it is shown as
plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbformat.notebooknode import NotebookNode

from autograder.course.notebooks.allowance import Allowance
from autograder.course.notebooks.cell_roles import AS_GIVEN
from autograder.course.notebooks.rendering import code_html, markdown_html
from autograder.course.notebooks.typed_nbformat import output as made_output
from autograder.report.safe_html import frame_html
from autograder.report.safe_svg import harmless_svg
from autograder.report.text import escaped, listed
from autograder.writable_text import writable

_PICTURES = ("image/png", "image/jpeg")
_AS_IT_IS = ("text/plain", "text/latex", "text/markdown", *_PICTURES)
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_CLEANED: dict[str, Callable[[str], str]] = {"text/html": frame_html, "image/svg+xml": harmless_svg}
_SIZES = ("width", "height")
_LONGEST_CODE = 100_000  # characters of a cell that are coloured: nbconvert goes through each coloured word again
KEY = "autograder"  # in a page's resources: its allowance; in a cell's metadata: what we know about it
OURS = {KEY: {"ours": True}}  # metadata of a markdown cell of ours: students' cells have the release's, or none
_HERE = "autograder.course.notebooks.safe_display"
SAFE_FILTERS = {  # for c.HTMLExporter.filters
    "markdown2html": f"{_HERE}.harmless_markdown",
    "highlight_code": f"{_HERE}.coloured_code",
    "clean_html": f"{_HERE}.plain_block",  # of raw cells: nbconvert's own leaves class and id
    "strip_files_prefix": f"{_HERE}.as_it_is",  # it would change HTML that is harmless already
}


def harmless(output: NotebookNode, allowance: Allowance) -> NotebookNode:
    """Return a cell's output anew, flat, without what would act in a browser; what is shown stays."""
    if output.output_type == "stream":
        name = "stderr" if output.name == "stderr" else "stdout"
        return made_output("stream", name=name, text=_text(output.text))
    if output.output_type == "error":
        trace = [_text(line) for line in output.traceback]
        return made_output("error", ename=_text(output.ename), evalue=_text(output.evalue), traceback=trace)
    data, dropped = {}, []
    for kind, content in output.data.items():
        shown = _shown(kind, content, allowance)
        if shown is None:
            dropped.append(kind)
        else:
            data[kind] = shown
    data = data or {"text/plain": f"(not shown here: {listed(sorted(dropped))})"}
    # Sizes end up in a tag, unquoted; other metadata names files and frames.
    facts = {"data": data, "metadata": {kind: size for kind, size in _sizes(output.metadata).items() if size}}
    count = {"execution_count": output.execution_count} if output.output_type == "execute_result" else {}
    return made_output(output.output_type, **facts, **count)


def _shown(kind: str, content: object, allowance: Allowance) -> str | None:
    if kind in _CLEANED:
        return allowance.made(_CLEANED[kind], _text(content))
    text = _text(content) if kind in _AS_IT_IS else None
    if text is not None and kind in _PICTURES and not _BASE64.fullmatch(text := "".join(text.split())):
        return None
    return text


def _text(content: object) -> str:
    parts = content if isinstance(content, list) else [content]
    return writable("".join(part for part in parts if isinstance(part, str)))


def _sizes(metadata: NotebookNode) -> dict[str, dict[str, float]]:
    """Return the sizes of pictures that ``metadata`` gives."""
    return {
        kind: {name: facts[name] for name in _SIZES if isinstance(facts.get(name), int | float)}
        for kind, facts in metadata.items()
        if kind.startswith("image/") and isinstance(facts, dict)
    }


def allowance_of(resources: Any) -> Allowance:
    """Return the allowance of the page that has these ``resources``."""
    found: Allowance = resources.setdefault(KEY, Allowance())
    return found


@pass_context
def harmless_markdown(context: Context, source: str) -> str:
    """Render markdown as nbconvert does, and make the HTML harmless that was in it or came of it.

    What the grader has written itself stays as it is; a cell as the instructor wrote it keeps its looks.
    """
    cell: Any = context.get("cell", {})
    known = cell.get("metadata", {}).get(KEY)
    if known == OURS[KEY]:
        return source
    allowance = allowance_of(context["resources"])
    shown = allowance.made(markdown_html, source, cell.get("attachments", {}), known == AS_GIVEN)
    return shown if shown is not None else plain_block(allowance.text(source))


@pass_context
def coloured_code(context: Context, source: str, language: str | None = None, metadata: object = None) -> str:
    """Highlight a cell's code as nbconvert does, by the notebook's language and no magic of the cell's."""
    facts: Any = context["nb"].metadata.get("language_info", {})
    allowance = allowance_of(context["resources"])
    language = language or facts.get("pygments_lexer", facts.get("name", "ipython3"))
    shown = allowance.made(code_html, source, language) if len(source) <= _LONGEST_CODE else None
    return shown if shown is not None else plain_block(allowance.text(source))


def plain_block(text: object) -> str:
    """Return text as HTML that shows it as it is."""
    return f"<pre>{escaped(str(text), len(str(text)))}</pre>"


def as_it_is(text: str) -> str:
    """Return ``text``."""
    return text
