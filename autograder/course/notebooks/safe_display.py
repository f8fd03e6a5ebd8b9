"""What of a student's notebook is shown in feedback and formgrader, where it must not act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat.notebooknode import NotebookNode

from autograder.report.safe_html import harmless_html, harmless_svg
from autograder.report.text import escaped

_AS_IT_IS = ("text/plain", "text/latex", "text/markdown", "image/png", "image/jpeg")
_CLEANED: dict[str, Callable[[str], str | None]] = {"text/html": harmless_html, "image/svg+xml": harmless_svg}
_SIZES = ("width", "height")
MARKDOWN_FILTER = {
    "markdown2html": "autograder.course.notebooks.safe_display.harmless_markdown"
}  # for c.HTMLExporter.filters


def harmless(output: NotebookNode) -> NotebookNode:
    """Return a cell's output without what would act in a browser; what is shown stays."""
    if "data" not in output:
        return output
    data, dropped = {}, []
    for kind, content in output.data.items():
        shown = content if kind in _AS_IT_IS else _cleaned(kind, content)
        if shown is None:
            dropped.append(kind)
        else:
            data[kind] = shown
    output.data = NotebookNode(data or {"text/plain": f"(not shown here: {', '.join(sorted(dropped))})"})
    # Sizes end up in a tag, unquoted; other metadata names files and frames.
    output.metadata = NotebookNode({kind: NotebookNode(size) for kind, size in _sizes(output.metadata).items() if size})
    return output


def _cleaned(kind: str, content: object) -> str | None:
    return _CLEANED[kind](str(content)) if kind in _CLEANED else None


def _sizes(metadata: NotebookNode) -> dict[str, dict[str, float]]:
    """Return the sizes of pictures that ``metadata`` gives."""
    return {
        kind: {name: facts[name] for name in _SIZES if isinstance(facts.get(name), int | float)}
        for kind, facts in metadata.items()
        if kind.startswith("image/") and isinstance(facts, dict)
    }


@pass_context
def harmless_markdown(context: Context, source: str) -> str:
    """Render markdown as nbconvert does, and make the HTML harmless that was in it or came of it."""
    cell: Any = context.get("cell", {})
    renderer = IPythonRenderer(escape=False, attachments=cell.get("attachments", {}), anchor_link_text="")
    shown = harmless_html(MarkdownWithMath(renderer=renderer).render(source))
    return shown if shown is not None else f"<pre>{escaped(source)}</pre>"
