"""nbgrader's own sanitising, without its noise."""

from __future__ import annotations

import functools
import json
from typing import Any

from jsonschema.validators import validator_for
from nbformat.notebooknode import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import CheckCellMetadata, OverwriteCells


class QuietOverwriteCells(OverwriteCells):  # type: ignore[misc]
    """OverwriteCells that doesn't warn of changed checksums.

    By the time it runs, the locked cells are the release's. A checksum that differs from the gradebook's then says that
    the source has hidden tests, which the release has not: no news, and not about the student.
    """

    def report_change(self, name: str, attr: str, old: Any, new: Any) -> None:
        """Log a change that sanitising undoes."""
        if attr == "checksum":
            self.log.debug("The checksum of the cell %s differs from the gradebook's", name)
        else:
            super().report_change(name, attr, old, new)


class CheckCellMetadataOnce(CheckCellMetadata):  # type: ignore[misc]
    """CheckCellMetadata that doesn't check the schema, and the same metadata, anew for each student."""

    def preprocess(self, notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Raise nbgrader's errors for metadata of another version or form."""
        _Validator().validate_nb(notebook)
        return notebook, resources


class _Validator(MetadataValidator):  # type: ignore[misc]
    def validate_cell(self, cell: NotebookNode) -> None:
        marks = cell.metadata.get("nbgrader")
        if marks is not None and marks.get("schema_version") == self.schema_version:
            _check(json.dumps(self.schema), json.dumps(marks))
        else:
            super().validate_cell(cell)


@functools.lru_cache(1024)
def _check(schema: str, marks: str) -> None:
    """Raise ValidationError where a cell's metadata is not of the form; most cells have the same in all notebooks."""
    _form(schema).validate(json.loads(marks))


@functools.cache
def _form(schema: str) -> Any:
    found = json.loads(schema)
    return validator_for(found)(found)
