"""Why a file of an assignment can't be imported, in one sentence with file and line."""

from __future__ import annotations

import traceback
from pathlib import Path


def why_not_imported(error: Exception, path: Path) -> str:
    """Return the sentence. The line is that in the assignment's own folder, whatever failed further down."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).parent == path.parent:
        return f"{at(Path(error.filename), error.lineno)}: {error.msg}. Mend that, then try again"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if path.parent in Path(frame.filename).parents]
    place = at(Path(own[-1].filename), own[-1].lineno) if own else str(path)
    said = " ".join(str(error).split())
    return f"{place}: {type(error).__name__}: {said}. Mend that, then try again"


def at(path: Path, line: int | None) -> str:
    """Return a file and a line of it, as people write it."""
    return f"{path}, line {line}" if line else str(path)
