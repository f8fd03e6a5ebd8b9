"""Late penalties, with the student's name in what is logged.

A note in the graded copy says what each follows from: a due date may be moved afterwards.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
from collections.abc import MutableMapping
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from autograder.course.intake.cell_restoring import METADATA_KEY
from autograder.report.text import one_line


class NamedLatePenalties(AssignLatePenalties):  # type: ignore[misc]
    """AssignLatePenalties whose lines in the log say whose penalty it is, and for which notebook."""

    log: Any

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Write the penalty to the gradebook."""
        names = resources["nbgrader"]
        plain: logging.Logger = self.log
        self.log = _Named(plain, {"start": f"{one_line(names['student'])}: {names['notebook']}.ipynb: "})
        try:
            return super().preprocess(notebook, resources)  # type: ignore[no-any-return]
        finally:
            self.log = plain


class _Named(logging.LoggerAdapter[logging.Logger]):
    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return f"{(self.extra or {})['start']}{msg}", kwargs


class NotedLatePenalties(NamedLatePenalties):
    """AssignLatePenalties that notes in ``metadata["autograder"]["late"]`` what it has done, and by which rule."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Write the penalty to the gradebook, and into the notebook how late the work was."""
        notebook, resources = super().preprocess(notebook, resources)
        with self.gradebook as gradebook:
            seconds = gradebook.find_submission(self.assignment_id, self.student_id).total_seconds_late
            found = gradebook.find_submission_notebook(self.notebook_id, self.assignment_id, self.student_id)
            penalty = found.late_submission_penalty
        notes = {"seconds": float(seconds), "penalty": penalty, "rule": rule(self.config)}
        notebook.metadata.setdefault(METADATA_KEY, NotebookNode())["late"] = NotebookNode(notes)
        return notebook, resources


def rule(config: Config) -> str:
    """Return a sum of what penalties are made by: the plug-in, its code and its settings."""
    plugin = AssignLatePenalties(config=config).plugin_class
    try:
        code = inspect.getsource(plugin)
    except (OSError, TypeError):  # made on the fly, or compiled
        code = ""
    settings = {kind.__name__: dict(config.get(kind.__name__, {})) for kind in plugin.__mro__}
    whole = [f"{plugin.__module__}.{plugin.__qualname__}", code, settings]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()
