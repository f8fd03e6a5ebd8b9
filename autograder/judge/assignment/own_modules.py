"""Imports the files of an assignment's folder, which is a package under a name that no other folder has.

Its files may import each other in three ways, whatever process they are in: ``from . import reference``,
``import reference`` and ``from autograder.assignments.NAME import reference``. All three mean the file in the same
folder, also where another assignment, or the one of the same name that comes with autograder, has a file so called.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.abc
import importlib.util
import re
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

INSTALLED = "autograder.assignments"  # the package of those that come with autograder
_PREFIX = "assignment_of_a_course_"
_packages: dict[str, _Package] = {}  # by name in ``sys.modules``
_lock = threading.Lock()


class _Package:
    """A folder under the name that it is imported by."""

    def __init__(self, name: str, assignment: str, folder: Path):
        self.name, self.own = name, f"{INSTALLED}.{assignment}"
        self.stems = {path.stem for path in folder.glob("*.py")} - {"__init__"}
        self.stems |= {path.parent.name for path in folder.glob("*/*.py")}


def load(folder: Path, assignment: str, digest: str, stem: str, installed: bool) -> ModuleType:
    """Import a file of an assignment's folder. Raises what the file raises.

    ``digest`` tells the folder as it is now from what it was; ``installed``: it comes with autograder and is known by
    its name as anything else that is installed.
    """
    name = f"{INSTALLED}.{assignment}" if installed else _name_of(folder, assignment, digest)
    with _lock:
        if _FINDER not in sys.meta_path:
            sys.meta_path.insert(0, _FINDER)
        if name not in _packages:  # its folder is read once
            _packages[name] = _Package(name, assignment, folder)
        _packages[name].stems |= {stem}
    if not installed and name not in sys.modules:
        _make(name, folder)
    return importlib.import_module(f"{name}.{stem}")


def _name_of(folder: Path, assignment: str, digest: str) -> str:
    """Return a name that no other folder has, nor this one with other files in it."""
    place = hashlib.sha256(f"{folder}\0{digest}".encode()).hexdigest()
    return f"{_PREFIX}{re.sub(r'[^0-9A-Za-z_]', '_', assignment)}_{place[:16]}"


def _make(name: str, folder: Path) -> None:
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules.setdefault(name, importlib.util.module_from_spec(spec))


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the files of the packages above; of anything else it knows nothing."""

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        """Return where a module is, None where that is no concern of ours."""
        package = _package_of(name)
        if path is None or package is None:
            return None

        def loader(fullname: str, file: str) -> _Loader:
            return _Loader(fullname, file, package)

        found = (FileFinder(entry, (loader, SOURCE_SUFFIXES)).find_spec(name) for entry in path)  # type: ignore[arg-type]
        return next((spec for spec in found if spec is not None and spec.loader is not None), None)


def _package_of(module: str) -> _Package | None:
    """Return the package that a module is in, and isn't itself."""
    parts = module.split(".")
    places = (parts[:number] for number in range(1, len(parts)))
    return next((known for place in places if (known := _packages.get(".".join(place)))), None)


_FINDER = _Finder()


class _Loader(SourceFileLoader):
    """Makes imports of neighbours imports of the package's own."""

    def __init__(self, name: str, path: str, package: _Package):
        super().__init__(name, path)
        self._package = package

    def get_code(self, fullname: str) -> CodeType | None:
        """Return the compiled file: kept in a file only where it comes with autograder, which nobody edits."""
        installed = self._package.name == self._package.own
        if installed and not _imports(self.get_data(self.path), self._package):
            return super().get_code(fullname)
        return self._compiled(self.get_data(self.path), self.path)

    def _compiled(self, data: bytes, path: str) -> CodeType:
        tree: Any = compile(data, path, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        if _imports(data, self._package):
            tree = ast.fix_missing_locations(_OwnImports(self._package).visit(tree))
        code: CodeType = compile(tree, path, "exec", dont_inherit=True)
        return code


def _imports(source: bytes, package: _Package) -> bool:
    """Return whether there may be an import to be put right: most files have none."""
    names = "|".join(map(re.escape, [*sorted(package.stems), INSTALLED]))
    return bool(re.search(rb"\b(?:import|from)\b[^\n]*\b(?:%s)\b" % names.encode(), source))


class _OwnImports(ast.NodeTransformer):
    def __init__(self, package: _Package):
        self._package = package

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        """``import reference``, also with ``as``."""
        return [self._import(alias, node) for alias in node.names]

    def _import(self, alias: ast.alias, node: ast.Import) -> ast.stmt:
        own, package = self._package.own, self._package.name
        stem = alias.name.removeprefix(f"{own}.")
        if stem in self._package.stems and (stem == alias.name or alias.asname):
            return ast.copy_location(ast.ImportFrom(package, [ast.alias(stem, alias.asname)], 0), node)
        return ast.copy_location(ast.Import([alias]), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | list[ast.stmt]:
        """``from reference import …``, ``from autograder.assignments.NAME import …`` and the like."""
        own, package, module = self._package.own, self._package.name, node.module or ""
        if node.level:
            return node
        if module.partition(".")[0] in self._package.stems:
            node.module = f"{package}.{module}"
        elif module == own or module.startswith(f"{own}."):
            node.module = package + module.removeprefix(own)
        elif module == INSTALLED:
            return [self._whole(alias, node) for alias in node.names]
        return node

    def _whole(self, alias: ast.alias, node: ast.ImportFrom) -> ast.stmt:
        if f"{INSTALLED}.{alias.name}" == self._package.own:
            return ast.copy_location(ast.Import([ast.alias(self._package.name, alias.asname or alias.name)]), node)
        return ast.copy_location(ast.ImportFrom(INSTALLED, [alias], 0), node)
