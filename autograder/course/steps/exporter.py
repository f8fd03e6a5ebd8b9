"""nbconvert's exporter without copying a notebook three times and checking it after each of nbgrader's steps.

That takes longer than the steps themselves.
"""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat import v4
from nbformat.notebooknode import NotebookNode

from autograder.course.notebooks.typed_nbformat import final_text, plain_text

_OURS = ("autograder", "nbgrader", "nbconvert")  # packages whose steps leave a notebook a valid one


class CourseExporter(NotebookExporter):
    """Runs a notebook through the steps and returns its text, as NotebookExporter does.

    The notebook is checked when it has been through, and after each step that a course has added. What nbgrader's first
    pass makes is read by its second one only: that goes without a check and without line breaks, which take time.
    """

    def from_file(self, file_stream: Any, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Return the text of what the steps make of a notebook that this project or nbgrader has written."""
        return self.from_notebook_node(v4.reads(file_stream.read()), resources)

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> tuple[Any, Any]:
        """Return the text of what the steps make of ``nb``, which is changed, and the resources.

        Raises nbformat.ValidationError when that is no valid notebook.
        """
        base: Any = super()
        resources = base._init_resources(resources)
        step = None
        for step in self._preprocessors:
            nb, resources = step(nb, resources)
            if not _is_ours(step):
                base._validate_preprocessor(nb, step)
        resources["output_suffix"] = ".nbconvert"
        if getattr(self.parent, "_sanitizing", False):
            return plain_text(nb), resources
        base._validate_preprocessor(nb, step)
        return f"{final_text(nb)}\n", resources


def _is_ours(step: Any) -> bool:
    return type(step).__module__.partition(".")[0] in _OURS
