"""What was handed out beside the notebook counts as it was handed out: what a student has instead, and notes on it."""

from __future__ import annotations

import importlib.machinery
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from autograder.course.intake.reported_changes import ANEW, ReleaseNote
from autograder.handed_out.selfcheck.sums import as_handed_out, sum_of
from autograder.report.text import listed, quoted

_SUFFIXES = tuple(importlib.machinery.all_suffixes())
_COPY = re.compile(r"^copy[ _-]of[ _-]|[ _-]?\(\d+\)|[ _-]copy\d*|[ _-]kopie\d*", re.IGNORECASE)
_LARGEST = 1 << 20  # bytes of a file that is looked at to see whether it is a copy
_MOST, _ALL = 200, 4 << 20  # such files, and bytes of all together
_ALIKE = 0.6  # of the lines that were handed out: what has them is a copy


def without_handed_out(
    folder: Path,
    files: list[Path],
    places: Mapping[Path, Path],
    given: Mapping[str, Path],
    earlier: Mapping[str, frozenset[str]],
) -> tuple[list[Path], list[str]]:
    """Return a student's own files, without those that were handed out or would take their place, and notes.

    ``files`` are relative to ``folder``; ``places`` says of some where they will lie beside the notebook. ``given``:
    what was handed out, by name; ``earlier``: sums of what these files were before.
    """
    if not given:
        return files, []
    goals = {path: places.get(path, path).as_posix() for path in files}
    sorts: dict[str, list[str]] = {"edited": [], "anew": [], "shadows": []}
    own: list[Path] = []
    packages = {Path(goal).parent for goal in goals.values() if _is_module(Path(goal), "__init__")}
    for path, goal in goals.items():
        if goal in given:
            if sort := _difference(folder / path, given[goal], earlier.get(goal, frozenset())):
                sorts[sort].append(goal)
        elif shadowing := _takes_a_place(Path(goal), given, packages):
            sorts["shadows"].append(shadowing)
        else:
            own.append(path)
    copies = dict(_copies(folder, own, given))
    there = set(goals.values()) & set(given)
    told = {*there, *copies.values(), *sorts["shadows"]}
    missing = [name for name in given if name not in told] if there else []
    return own, list(_notes(sorts, copies, missing))


def _difference(theirs: Path, mine: Path, earlier: frozenset[str]) -> str:
    """Return how a student's version of a file differs: "" where it doesn't, "anew" where that isn't their doing."""
    try:
        if theirs.stat().st_size > 2 * mine.stat().st_size + _LARGEST:
            return "edited"
        content = theirs.read_bytes()
    except OSError:
        return "edited"
    if as_handed_out(content) == as_handed_out(mine.read_bytes()):
        return ""
    return "anew" if sum_of(content) in earlier else "edited"


def _takes_a_place(goal: Path, given: Mapping[str, Path], packages: set[Path]) -> str:
    """Return what of a student's would lie in the place of a given file, or be imported in its place; "" if nothing.

    ``packages`` are the student's folders that Python takes for packages.
    """
    for name in map(Path, given):
        if name in goal.parents:
            return str(name)
        if goal in name.parents:
            return str(goal)
        if name.suffix == ".py" and (found := _is_imported_before(goal, name, given, packages)):
            return found
    return ""


def _is_imported_before(goal: Path, name: Path, given: Mapping[str, Path], packages: set[Path]) -> str:
    own = name.with_suffix("")
    for module in (own, *list(name.parents)[:-1]):  # and the folders it lies in
        if f"{module}/__init__.py" in given:
            continue
        if module == own and module in packages and module in goal.parents:
            return str(module)  # a package goes before a file of that name
        if _is_module(goal, module.name) and goal.parent == module.parent:
            return str(goal)
        if _is_module(goal, "__init__") and goal.parent == module:
            return str(goal)
    return ""


def _is_module(path: Path, name: str) -> bool:
    return any(path.name == name + suffix for suffix in _SUFFIXES)


def _copies(folder: Path, own: list[Path], given: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """Yield the student's files that are copies of handed-out ones, under another name."""
    texts = {name: _lines(path, _LARGEST)[0] for name, path in given.items() if path.suffix == ".py"}
    room = _ALL
    python = (path for path in own if path.suffix.lower() == ".py")
    for path in islice(python, _MOST) if texts else ():
        theirs, size = _lines(folder / path, min(_LARGEST, room))
        room -= size
        for name, mine in texts.items():
            if _plain_name(path) == _plain_name(Path(name)) or _is_alike(theirs, mine):
                yield str(path), name
                break


def _plain_name(path: Path) -> str:
    return _COPY.sub("", path.stem).lower()


def _lines(path: Path, largest: int) -> tuple[set[str], int]:
    """Return the lines of a file that is no larger, and how many bytes were read."""
    try:
        content = path.read_bytes() if path.stat().st_size <= largest else b""
    except OSError:
        return set(), 0
    text = content.decode("utf-8", "replace")
    return {line for line in map(str.strip, text.splitlines()) if line}, len(content)


def _is_alike(theirs: set[str], mine: set[str]) -> bool:
    return bool(mine) and len(theirs & mine) >= _ALIKE * len(mine)


def _notes(sorts: Mapping[str, list[str]], copies: Mapping[str, str], missing: list[str]) -> Iterator[str]:
    """Yield one sentence for each thing to be said, for all files of which it is to be said."""
    if edited := sorts["edited"]:
        as_it_was = "as it was" if len(edited) == 1 else "as they were"  # edited, or from a release nobody has noted
        yield f"{_files(edited)} not {as_it_was} handed out; what was handed out counts."
    for name in sorts["anew"]:
        yield ReleaseNote(f"The file {name} was {ANEW}")
    if shadows := list(dict.fromkeys(sorts["shadows"])):
        yield f"Left out, since it would stand in the place of files that were handed out: {listed(shadows)}."
    for copy, name in copies.items():
        yield f"The file {quoted(copy)} is a copy of {name}; what was handed out as {name} counts."
    if missing:
        put_in = "it was put in as it was" if len(missing) == 1 else "they were put in as they were"
        yield f"{_files(missing)} missing; {put_in} handed out."


def _files(names: list[str]) -> str:
    return f"The file {names[0]} is" if len(names) == 1 else f"The files {listed(names)} are"
