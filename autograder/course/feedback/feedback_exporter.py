"""nbconvert's HTML exporter without reading a page again that it has just written.

HTMLExporter parses each page, and writes it anew, to describe images that have no description and to mark cells of
JupyterLab's template, which nbgrader's pages don't use. That takes three quarters of a page's time.
"""

from __future__ import annotations

import re
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbformat.notebooknode import NotebookNode

UNDESCRIBED = "No description has been provided for this image"  # as HTMLExporter says it
_IMAGE = re.compile(r"<img\b(?![^>]*\balt=)([^>]*?)(\s*/?)>")


class FeedbackExporter(HTMLExporter):
    """Makes the page that HTMLExporter makes; what its parser would add is added to the text."""

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Return the page of a notebook, and the resources. Raises what the steps raise."""
        base: Any = self  # nbconvert has no types
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        resources = base._init_resources(resources)
        widgets = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=resources)
        highlight = base.filters.get("highlight_code", Highlight2HTML(pygments_lexer=lexer, parent=self))
        base.register_filter("highlight_code", highlight)
        base.register_filter("filter_data_type", widgets)
        without_parser: Any = super(HTMLExporter, self)
        page, resources = without_parser.from_notebook_node(nb, resources, **kw)
        return _IMAGE.sub(rf'<img\1 alt="{UNDESCRIBED}"\2>', page), resources
