"""The modules that a `selfcheck.py` is made of: what each imports, defines and holds, and if an author's is fit."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from autograder.handed_out import selfcheck
from autograder.judge.defined_names import names_of

ENGINE = selfcheck.__name__
_OLDEST = (3, 9)  # the Python that students may have
_FUTURE = "__future__"
_GENERATED = "HANDED_OUT"


class ChecksError(Exception):
    """No self-check can be made of a checks.py; the message says where and why."""


class Module:
    """One source file."""

    def __init__(self, path: Path) -> None:
        """Raises SyntaxError, OSError, UnicodeDecodeError."""
        self.path = path
        self.source = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.source, str(path), feature_version=_OLDEST)
        self.docstring = ast.get_docstring(self.tree, clean=False) or ""

    @property
    def imports(self) -> list[ast.Import | ast.ImportFrom]:
        """The imports at its head."""
        return [node for node in self.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]

    @cached_property
    def names(self) -> set[str]:
        """What it defines, imports left out."""
        imported = {name for node in ast.walk(self.tree) if isinstance(node, ast.alias) for name in names_of(node)}
        return {name for statement in self.tree.body for name in names_of(statement)} - imported

    @property
    def body(self) -> str:
        """What stands in it, without docstring and imports."""
        lines = self.source.splitlines()
        gone: list[ast.stmt] = list(self.imports)
        if self.docstring:
            gone.append(self.tree.body[0])
        for node in gone:
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = ""
        return "\n".join(lines).strip("\n")

    def assignments(self) -> Iterator[tuple[str, str]]:
        """Yield the names that are set, and the line that does it."""
        for node in self.tree.body:
            targets: list[ast.expr] = [node.target] if isinstance(node, ast.AnnAssign) else []
            targets = node.targets if isinstance(node, ast.Assign) else targets
            if targets and isinstance(targets[0], ast.Name):
                yield targets[0].id, self.source.splitlines()[node.lineno - 1]

    def first_question(self) -> tuple[str, str] | None:
        """Return the name of the first question and of its function, None where they aren't written out."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Question":
                texts = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
                return (str(texts[0]), str(texts[1])) if len(texts) == 2 else None
        return None


def import_lines(modules: Iterable[Module], of_torch: bool) -> str:
    """Return what modules import, once each and sorted: of torch, or all else; not what the first tries to import."""
    start, *_ = found = list(modules)
    tried = {ast.dump(node) for node in ast.walk(start.tree) if isinstance(node, ast.Import | ast.ImportFrom)}
    tried -= {ast.dump(node) for node in start.imports}
    plain: set[str] = set()
    named: dict[str, set[str]] = {}
    for node in (node for module in found for node in module.imports):
        if (
            ast.dump(node) in tried
            or _is_of(node, _FUTURE)
            or _is_of(node, ENGINE)
            or _is_of(node, "torch") != of_torch
        ):
            continue
        if isinstance(node, ast.Import):
            plain |= {ast.unparse(ast.Import([alias])) for alias in node.names}
        else:
            named.setdefault(node.module or "", set()).update(map(ast.unparse, node.names))
    lines = [f"from {module} import {', '.join(sorted(names, key=_order))}" for module, names in sorted(named.items())]
    return "\n".join([*sorted(plain), *lines])


def _order(name: str) -> tuple[bool, bool, str]:
    """Constants, then classes, then functions."""
    return not name.isupper(), name[:1].islower(), name


def _is_of(node: ast.Import | ast.ImportFrom, package: str) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return any(name == package or name.startswith(f"{package}.") for name in names)


def author_module(path: Path, engine: Mapping[str, Module]) -> Module:
    """Return an author's checks.py, or raise ChecksError: it becomes part of a file with the engine's own names."""
    try:
        module = Module(path)
    except SyntaxError as error:
        raise ChecksError(f"{path}, line {error.lineno}: {error.msg}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ChecksError(f"{path} can't be read: {error}") from error
    for line, problem in sorted([*_bad_imports(module, engine), *_taken_names(module, engine)]):
        raise ChecksError(f"{path}, line {line}: {problem}")
    if "QUESTIONS" not in module.names:
        raise ChecksError(f"{path} has no QUESTIONS: set it to by_name(Question(...), ...)")
    return module


def _bad_imports(module: Module, engine: Mapping[str, Module]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if _is_of(node, ENGINE):
            yield from ((node.lineno, problem) for problem in _bad_engine_import(node, node in module.imports, engine))
            continue
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        for name in names:
            root = name.partition(".")[0]
            relative = isinstance(node, ast.ImportFrom) and node.level
            if relative or root not in (*sys.stdlib_module_names, "torch"):
                what = ast.unparse(node)
                yield node.lineno, f"students need torch alone for the self-check, so it can't have `{what}`"


def _bad_engine_import(node: ast.Import | ast.ImportFrom, at_head: bool, engine: Mapping[str, Module]) -> Iterator[str]:
    """Yield what is wrong with an import of the engine's; it is left out, since all will stand in one file."""
    module = engine.get((node.module or "").rpartition(".")[2]) if isinstance(node, ast.ImportFrom) else None
    if module is None or not at_head:
        yield f"write this import at the head, as `from {ENGINE}.{selfcheck.ORDER[1]} import ...`"
        return
    for alias in node.names:
        if alias.name not in module.names:
            yield f"there is no {alias.name} in {module.path.name} of the self-check"
        elif alias.asname:
            yield f"{alias.name} must keep its name: all stands in one file then"


def _taken_names(module: Module, engine: Mapping[str, Module]) -> Iterator[tuple[int, str]]:
    """Yield the names that something else has in the finished file."""
    free = engine[selfcheck.CHECKS_AFTER].names - {_GENERATED}
    taken = {name for one in engine.values() for name in one.names} - free
    others = [node for one in engine.values() for node in one.imports if not _is_of(node, ENGINE)]
    imported = {name for node in others for alias in node.names for name in names_of(alias)}
    for node in module.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                set() if _is_of(node, ENGINE) else {name for alias in node.names for name in names_of(alias)} & taken
            )
        else:
            names = set(names_of(node)) & (taken | imported)
        for name in sorted(names):
            yield node.lineno, f"the self-check itself has something called {name}: choose another name"
