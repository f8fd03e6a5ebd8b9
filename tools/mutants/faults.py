"""Which faults there are, and a seeded sample of them."""

from __future__ import annotations

import difflib
import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cosmic_ray import mutating, plugins
from cosmic_ray.ast import ast_nodes, get_ast

from tools.mutants.dropped import DropStatement

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
_IN_ANNOTATIONS = "core/ReplaceBinaryOperator_BitOr_"  # `int | None`: nobody evaluates it


@dataclass(frozen=True)
class Fault:
    """One fault in one file."""

    path: str  # from the root of the tree
    line: int
    before: str  # the lines that change, without indentation
    after: str
    text: str  # of the whole file, with the fault

    def __str__(self) -> str:
        return f"{self.path}:{self.line}\n    - {self.before}\n    + {self.after}"


def sample(root: Path, areas: Sequence[str], count: int, seed: int) -> list[Fault]:
    """Return ``count`` faults in files of ``areas``; the same for the same seed and code.

    Places in the code are drawn, and at each one of the faults that fit there. Those on the list of equivalent ones are
    passed over.
    """
    generator = random.Random(seed)
    places = [(path, place) for area in areas for path in _files(root, area) for place in _places(root / path)]
    generator.shuffle(places)
    known = equivalent()
    found: list[Fault] = []
    for path, (_, kinds) in places:
        if len(found) == count:
            break
        fault = _fault(root, path, *generator.choice(kinds))
        if fault is not None and (fault.path, fault.before, fault.after) not in known:
            found.append(fault)
    return found


def equivalent() -> set[tuple[str, str, str]]:
    """Return the faults that change nothing anybody can notice: file, lines before, lines after."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("fault", [])
    return {(entry["path"], entry["before"], entry["after"]) for entry in entries if entry["reason"]}


def _files(root: Path, area: str) -> list[str]:
    place = root / area
    paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
    return [str(path.relative_to(root)) for path in paths if path.name != "__init__.py"]


@cache
def _operators() -> dict[str, Any]:
    classes = {name: plugins.get_operator(name) for name in plugins.operator_names()}
    made = {name: made() for name, made in classes.items() if not made.arguments()}
    chosen = {name: operator for name, operator in made.items() if not name.startswith(_IN_ANNOTATIONS)}
    return {**chosen, "dropped statement": DropStatement()}


def _places(path: Path) -> Iterator[tuple[tuple[int, int], list[tuple[str, int]]]]:
    """Yield the places of a file where there are faults: the position, and each fault's operator and number."""
    nodes = list(ast_nodes(get_ast(path.read_text(encoding="utf-8"))))
    places: dict[tuple[int, int], list[tuple[str, int]]] = {}
    for name, operator in _operators().items():
        starts = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for number, start in enumerate(starts):
            places.setdefault(start, []).append((name, number))
    yield from sorted(places.items())


def _fault(root: Path, path: str, operator: str, number: int) -> Fault | None:
    """Return a fault; None where the file can't be compiled with it, or is the same."""
    before = (root / path).read_text(encoding="utf-8")
    after = mutating.mutate_code(before, _operators()[operator], number)
    try:
        if after is None or compile(before, path, "exec") == compile(after, path, "exec"):
            return None
    except SyntaxError:
        return None
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]
    first = int(lines[0].split()[1].lstrip("-").split(",")[0])
    sides = [" ⏎ ".join(line[1:].strip() for line in lines[1:] if line[0] == sign) for sign in "-+"]
    return Fault(path, first, *sides, after)
