"""Markdown and code of a student's as HTML for a page, as nbconvert makes it; called in a process with limits."""

from __future__ import annotations

import re

from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.report.safe_html import page_html

# After a heading, and without the end that HTML asks for: all that follows would be a link.
_LINK_TO_ITSELF = re.compile(r'<a class="anchor-link" href="[^"]*" ?/>')


def markdown_html(source: str, attachments: dict[str, dict[str, str]], as_given: bool = False) -> str:
    """Return markdown as harmless HTML; ``attachments`` are the cell's pictures, by name.

    ``as_given``: it is the instructor's, and keeps its looks.
    """
    renderer = IPythonRenderer(escape=False, attachments=attachments, anchor_link_text="")
    return page_html(_LINK_TO_ITSELF.sub("", MarkdownWithMath(renderer=renderer).render(source)), as_given)


def code_html(source: str, language: str) -> str:
    """Return code with the words of the language in colour; pygments escapes it."""
    return str(Highlight2HTML(pygments_lexer=language)(source))
