"""nbgrader's late penalties, with the student's name in what they log."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import AssignLatePenalties

from autograder.course.wording import one_line


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
