"""Which paths of this machine the sandbox needs, and where they appear in it.

Only what Python and its libraries are made of is listed. The course, home folders, the grader's environment and the
rest of this package are not hidden: they are never there.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.student import root_filesystem

_PREFIX_PARTS = ("bin", "lib", "lib64", "include", "pyvenv.cfg")  # never all of a prefix: it may be a course folder
_INSTALLED = (
    *("autograder-", "autograder.", "_editable_impl_autograder."),
    *("__editable__.autograder-", "__editable___autograder_"),
)
_READABLE = ("__init__.py", "writable_text.py", "wire", "student")


@dataclass(frozen=True)
class Layout:
    """Paths that appear in the sandbox, all read-only."""

    libraries: tuple[str, ...]  # real paths, at the same place as outside
    links: tuple[tuple[str, str], ...]  # (where, what it points to), so that names through links work inside too
    masked: tuple[str, ...]  # emptied: this package as installed in a site-packages
    package: tuple[tuple[str, str], ...]  # (outside, inside)
    data: tuple[str, ...]  # the folders of data sets, which appear in /data under their names
    python_path: tuple[str, ...]  # site-packages that the interpreter does not find by itself
    devices: tuple[str, ...] = ()  # nodes of a GPU

    def to_plain(self) -> dict[str, Any]:
        """Return the layout as plain data for JSON."""
        return asdict(self)


def layout(data_sets: Iterable[str] = (), readable: Iterable[str] = (), gpu: str = "") -> Layout:
    """Return what the sandbox needs on this machine.

    `data_sets` are folders in torchvision's layout, used where they exist; `readable` are further paths an instructor
    wants to be readable, `gpu` is the number of a GPU that may be used.
    """
    sites = _site_folders()
    parts = [f"{prefix}/{part}" for prefix in _prefixes() for part in _PREFIX_PARTS]
    wanted = [*parts, sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *sites, *readable]
    wanted = [os.path.normpath(path) for path in wanted if Path(path).exists()]
    libraries = _outermost(map(os.path.realpath, wanted))
    links = {path: os.path.realpath(path) for path in [*wanted, *_interpreter_links()]}
    package = Path(__file__).resolve().parent.parent
    return Layout(
        libraries=tuple(libraries),
        links=tuple((path, real) for path, real in links.items() if path != real and not _inside(path, libraries)),
        masked=tuple(_own_installation(sites)),
        package=tuple((str(package / name), f"{root_filesystem.PACKAGE}/autograder/{name}") for name in _READABLE),
        data=tuple(path for path in data_sets if Path(path).is_dir()),
        devices=tuple(path for path in _gpu_nodes(gpu) if Path(path).exists()),
        python_path=tuple(path for path in sites if not _inside(path, ["/usr", *_prefixes()])),
    )


def _gpu_nodes(gpu: str) -> list[str]:
    return [f"/dev/nvidia{name}" for name in ("ctl", "-uvm", "-uvm-tools", gpu)] if gpu else []


def _prefixes() -> list[str]:
    found = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    return [prefix for prefix in dict.fromkeys(found) if prefix not in ("/", "/usr")]


def _site_folders() -> list[str]:
    known = [*site.getsitepackages(), site.getusersitepackages()]
    return [path for path in dict.fromkeys(known) if Path(path).is_dir() and path in sys.path]


def _own_installation(sites: Iterable[str]) -> list[str]:
    """Everything an installation of this package left in a site-packages: code, metadata, paths of the source."""
    found = []
    for folder in dict.fromkeys(Path(path).resolve() for path in sites):
        for entry in sorted(folder.iterdir()):
            if entry.name == "autograder" or entry.name.startswith(_INSTALLED):
                found.append(str(entry))
    return found


def _interpreter_links() -> list[str]:
    """Every name on the way from `sys.executable` to the program itself."""
    hop, names = Path(sys.executable), [sys.executable]
    while hop.is_symlink():
        hop = Path(os.path.normpath(hop.parent / hop.readlink()))
        names.append(str(hop))
    return names


def _inside(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _outermost(paths: Iterable[str]) -> list[str]:
    """The paths without duplicates and without those that lie inside another one."""
    kept: list[str] = []
    for path in sorted(set(paths), key=len):
        if not _inside(path, kept):
            kept.append(path)
    return kept
