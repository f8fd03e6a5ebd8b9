"""How what is released differs from what would be released today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from nbformat.notebooknode import NotebookNode

from autograder.course.autograde_command import JudgedAutograde
from autograder.course.intake.file_copies import is_no_work
from autograder.course.notebooks.cell_roles import Role, grade_id, marks, role, tags
from autograder.course.release.generate_command import NotMadeError, made_today
from autograder.grading.doctor_finding import Finding, Sign
from autograder.grading.sums import sum_of_file

_NAMED = 10  # cells of a kind
_WIDTH = 40  # characters of a cell that has no name
_NBGRADERS = ("checksum", "schema_version", "cell_type")  # marks that follow from the others


def outdated(converter: JudgedAutograde, name: str, release: dict[str, NotebookNode]) -> Iterator[Finding]:
    """Yield how the released notebooks and files differ from what would be released today."""
    step = f"run `nbgrader generate_assignment {name} --force`, and hand the new release out"
    try:
        today = made_today(converter, name)
    except NotMadeError as error:
        yield Finding(name, Sign.NOTE, f"whether the release is up to date can't be said: {error}", step)
        return
    for title, notebook in release.items():
        if title in today.notebooks:
            for sign, sentence in _differences(notebook, today.notebooks[title]):
                yield Finding(name, sign, f"{title}: {sentence}", step)
        else:
            yield Finding(name, Sign.FAULT, f"{title} is released, but isn't in source/ any more", step)
    for title in today.notebooks:
        if title not in release:
            yield Finding(name, Sign.FAULT, f"{title} is in source/, but isn't released", step)
    if other := _other_files(converter, name, today.files):
        sentence = f"the release has other files than source/ has today: {', '.join(other[:_NAMED])}"
        yield Finding(name, Sign.FAULT, sentence, step)


def _differences(old: NotebookNode, new: NotebookNode) -> Iterator[tuple[Sign, str]]:
    """Yield what is to be said of cells that aren't the same: test cells, others that matter, prose."""
    tests: list[str] = []
    work: list[str] = []
    prose: list[str] = []
    for cell, name in _changed(old.cells, new.cells):
        (tests if role(cell) is Role.TEST else work if marks(cell) or cell.cell_type == "code" else prose).append(name)
    if tests:
        yield Sign.FAULT, f"the released test cells are old ones: {_listed(tests)}"
    if work:
        yield Sign.FAULT, f"cells were released of which source/ has another one today: {_listed(work)}"
    if prose:
        yield Sign.NOTE, f"the text of source/ has changed since it was released: {_listed(prose)}"


def _changed(old: list[NotebookNode], new: list[NotebookNode]) -> Iterator[tuple[NotebookNode, str]]:
    """Yield cells that are in one notebook only, in the order of the notebooks, each with what to call it."""
    matcher = SequenceMatcher(None, [_content(cell) for cell in old], [_content(cell) for cell in new], autojunk=False)
    gone: list[NotebookNode] = []
    come: list[NotebookNode] = []
    for what, i, j, k, n in matcher.get_opcodes():
        if what != "equal":
            gone += old[i:j]
            come += new[k:n]
    by_id = {grade_id(cell): cell for cell in come if grade_id(cell)}
    known = set()
    for cell in (*gone, *come):
        name = _name(cell)
        if name not in known:
            known.add(name)
            yield cell, name + _points(cell, by_id.get(grade_id(cell)))


def _points(old: NotebookNode, new: NotebookNode | None) -> str:
    if new is None or marks(old).get("points") == marks(new).get("points"):
        return ""
    before, now = (
        f"{points:g}" if (points := marks(cell).get("points")) is not None else "none" for cell in (old, new)
    )
    return f" ({before} points, in source/ {now})"


def _content(cell: NotebookNode) -> str:
    kept = {name: mark for name, mark in marks(cell).items() if name not in _NBGRADERS}
    if isinstance(points := kept.get("points"), int):
        kept["points"] = float(points)
    return json.dumps([cell.cell_type, cell.source, sorted(tags(cell)), kept], sort_keys=True)


def _name(cell: NotebookNode) -> str:
    line = next((line.strip() for line in cell.source.splitlines() if line.strip()), "an empty cell")
    return grade_id(cell) or f"“{line if len(line) <= _WIDTH else line[: _WIDTH - 1] + '…'}”"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _other_files(converter: JudgedAutograde, name: str, today: dict[str, str]) -> list[str]:
    """Return the names of files beside the notebooks that are missing in the release or others there."""
    course = converter.coursedir
    folder = Path(course.format_path(course.release_directory, ".", name))
    wanted = [file for file in today if not is_no_work(Path(file))]
    return sorted(file for file in wanted if not (folder / file).is_file() or sum_of_file(folder / file) != today[file])
