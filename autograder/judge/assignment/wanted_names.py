"""Which names the files of an assignment must hold, and which of those they use mean nothing."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.judge.assignment.import_errors import at
from autograder.judge.diagnosis.registry import Misconception, RightAnswer
from autograder.judge.training.recipe import Recipe


def _each(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, tuple | list) and all(isinstance(one, kind) for one in value)


def _by_name(kind: type) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, Mapping)
        and all(isinstance(name, str) and isinstance(one, kind) for name, one in value.items())
    )


def _names_by_name(value: Any) -> bool:
    return _by_name(tuple | list)(value) and all(isinstance(one, str) for names in value.values() for one in names)  # type: ignore[arg-type]


def _is_class(value: Any) -> bool:
    return isinstance(value, tuple | list) and all(
        isinstance(one, tuple) and len(one) == 3 and isinstance(one[0], str) and isinstance(one[2], str)
        for one in value
    )


# By file: (name in it, whether it has to be there, what it must be, whether it is)
_Wanted = tuple[str, bool, str, Callable[[Any], bool]]
WANTED: dict[str, tuple[_Wanted, ...]] = {
    "reference": (),
    "right_answers": (
        ("RIGHT", True, "a tuple of RightAnswer", _each(RightAnswer)),
        ("OPTIONAL", False, "a tuple of RightAnswer", _each(RightAnswer)),
        ("TEXTS", False, "texts by the cell's name", _names_by_name),
        ("KNOWS_NOTHING", False, "cells by question", _names_by_name),
    ),
    "misconceptions": (
        ("WRONG", True, "a tuple of Misconception", _each(Misconception)),
        ("RIGHT", False, "a tuple of RightAnswer", _each(RightAnswer)),
        ("OPTIONAL", False, "a tuple of RightAnswer", _each(RightAnswer)),
    ),
    "tolerances": (("of_call", False, "a function", callable),),
    "strategies": (("inputs", False, "a function", callable),),
    "recipes": (("RECIPES", True, "a dict of Recipe by question", _by_name(Recipe)),),
    "data_sets": (("DATASETS", True, "file names by data set", _names_by_name),),
    "probes": (),
    "drivers": (),
    "forbidden": (("CATEGORIES", True, "names by category", _names_by_name),),
    "simulated_class": (("CLASS", True, "a tuple of (student, answers, damage)", _is_class),),
}


def wrong_names(path: Path, module: ModuleType) -> Iterator[str]:
    """Yield which names are missing or of the wrong type, and which are used and mean nothing."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    for name, needed, what, is_right in WANTED.get(path.stem, ()):
        if not hasattr(module, name):
            if needed:
                yield f"{at(path, 1)}: there is no {name}, which has to be {what}"
        elif not is_right(getattr(module, name)):
            yield f"{at(path, _line_of(tree, name))}: {name} has to be {what}"
    for name in _undefined(symtable.symtable(source, str(path), "exec"), module):
        yield f"{at(path, _use_of(tree, name))}: there is no {name}"
    yield from (f"{at(path, line)}: {said}" for line, said in _missing_in_neighbours(tree, path, module))


def _line_of(tree: ast.Module, name: str) -> int:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(one, ast.Name) and one.id == name for one in targets) or getattr(node, "name", "") == name:
            return node.lineno
    return 1


def _use_of(tree: ast.Module, name: str) -> int:
    return min((node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name), default=1)


def _undefined(table: symtable.SymbolTable, module: ModuleType) -> Iterator[str]:
    """Yield the names that functions use and nobody has defined."""
    if table.get_type() == "function":
        for symbol in table.get_symbols():
            name = symbol.get_name()
            used = symbol.is_global() and symbol.is_referenced() and not symbol.is_declared_global()
            if used and not hasattr(module, name) and not hasattr(builtins, name):
                yield name
    for inner in table.get_children():
        yield from _undefined(inner, module)


def _missing_in_neighbours(tree: ast.Module, path: Path, module: ModuleType) -> Iterator[tuple[int, str]]:
    """Yield where a file asks another file of the folder for a name that isn't there."""
    own = {name: one for name, one in vars(module).items() if isinstance(one, ModuleType) and _is_in(path.parent, one)}
    stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    stored |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            name = node.value.id
            if name in own and name not in stored and not hasattr(own[name], node.attr):
                yield node.lineno, f"there is no {node.attr} in {Path(str(own[name].__file__)).name}"


def _is_in(folder: Path, module: ModuleType) -> bool:
    return Path(getattr(module, "__file__", None) or "").parent == folder
