"""Reading a submitted notebook and making it whole, in a process with limits: whatever it does there is its own fault.

A notebook of a few megabytes can be made to take gigabytes, minutes or the whole stack of whoever parses, compares or
copies it. What comes back is as large as an honest one, flat, and valid.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode

from autograder.course.intake.cell_restoring import restore
from autograder.course.intake.handed_in_outputs import Keeper, Kept, take_out
from autograder.course.intake.notebook_decoding import MEBIBYTE, UnreadableNotebookError, read_notebook
from autograder.course.intake.reported_changes import ReleaseNote
from autograder.course.notebooks.typed_nbformat import node
from autograder.grading.limited_process import LIMITED, TooDearError
from autograder.report.text import one_line

SECONDS, MEMORY = 60.0, 4 << 30  # of processor time; bytes
LONGEST = 32 * MEBIBYTE  # of a notebook without what is too large of its outputs


def read_limited(path: Path, release: NotebookNode, max_size: int) -> tuple[NotebookNode, list[str], dict[int, Kept]]:
    """Return a submitted notebook in the release's structure, notes on what was mended and changed, and its outputs.

    Raises UnreadableNotebookError, whatever is the matter with it.
    """
    asked = str(path), release, max_size
    try:
        answer, _ = LIMITED.call(read_plainly, *asked, seconds=SECONDS, memory=MEMORY, longest=LONGEST)
    except TooDearError as error:
        raise UnreadableNotebookError(f"it can't be taken in ({one_line(error)})") from error
    if answer["problem"]:
        raise UnreadableNotebookError(answer["problem"])
    outputs = {}
    for index, kept, too_large in answer["outputs"]:
        outputs[index] = Kept(kept)
        outputs[index].too_large = too_large
    notes = [ReleaseNote(note) if is_release else note for note, is_release in answer["notes"]]
    return node(answer["notebook"]), notes, outputs


def read_plainly(path: str, release: dict[str, Any], max_size: int) -> dict[str, Any]:
    """Return the same as plain data, or the ``problem`` with the notebook."""
    try:
        submission, notes = read_notebook(Path(path), max_size, Keeper())
    except UnreadableNotebookError as error:
        return {"problem": str(error)}
    notebook, changes = restore(submission, node(release))
    outputs = [[index, kept, kept.too_large] for index, kept in take_out(notebook).items()]
    told = [[str(note), isinstance(note, ReleaseNote)] for note in [*notes, *changes]]
    return {"problem": "", "notebook": notebook, "notes": told, "outputs": outputs}
