"""Copying a student's files: regular files of sane size only, never through a link, never into the submission."""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.report.text import listed, one_line

_MOST_FILES = 10_000
_MOST_ENTRIES, DEEPEST = 20_000, 30  # what lies beyond, or deeper, is not looked at
# What systems, editors and nbgrader's exchange leave in folders: nobody has written it, nobody is judged by it.
_NO_WORK = (
    "submission_secret.txt",
    ".DS_Store", "._*", "__MACOSX", ".AppleDouble", ".Spotlight-V100", ".Trashes", ".fseventsd",
    "Thumbs.db", "ehthumbs.db", "desktop.ini", "$RECYCLE.BIN",
    ".directory", ".Trash-*", ".nfs*", ".fuse_hidden*",
    ".~lock.*#", "~$*", ".#*", "*~", ".*.sw[a-p]", ".ipynb_checkpoints", "__pycache__",
)  # fmt: skip

_READ = 1 << 30  # bytes


@dataclass(frozen=True)
class FileLimits:
    """What of a submission is copied. Sizes in bytes."""

    ignore: tuple[str, ...] = (".ipynb_checkpoints", "__pycache__", "*.pyc")  # globs of names
    file_size: int = 100_000_000
    total_size: int = 100_000_000


def regular_files(folder: Path, ignore: tuple[str, ...] = ()) -> tuple[list[Path], list[str]]:
    """Return the regular files under ``folder``, sorted, relative to it, and the names of all that is no such file.

    Links are not followed: one may lead to the gradebook, to another submission or in a circle. What is no work of
    anybody's is left out.
    """
    ignore = (*ignore, *_NO_WORK)
    files: list[Path] = []
    odd: list[str] = []
    waiting = [Path()]
    while waiting and len(files) + len(odd) < _MOST_ENTRIES:
        here = waiting.pop()
        try:
            names = sorted(name for name in os.listdir(folder / here) if not _is_ignored(name, ignore))  # noqa: PTH208
        except OSError:
            if here == Path():
                raise
            odd.append(str(here))
            continue
        kinds = {here / name: _kind(folder / here / name) for name in names}
        folders = [path for path, kind in kinds.items() if stat.S_ISDIR(kind) and len(path.parts) <= DEEPEST]
        files += [path for path, kind in kinds.items() if stat.S_ISREG(kind)]
        odd += [str(path) for path, kind in kinds.items() if path not in folders and not stat.S_ISREG(kind)]
        waiting += reversed(folders)
    return files, sorted(odd)


def _kind(path: Path) -> int:
    """Return what a path leads to, as in ``st_mode``; 0 where that can't be known: it may be too long."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def is_no_work(path: Path) -> bool:
    """Whether a file is, or lies in, what a system, an editor or nbgrader's exchange leaves in a folder."""
    return any(_is_ignored(part, _NO_WORK) for part in path.parts)


def digest(folder: Path, files: list[Path]) -> str:
    """Return a sum of the names and contents of ``files`` in ``folder``, as far as they can be read.

    Of what is beyond 1 GiB in all, the sizes alone are part of it: to read a sparse file may take for ever.
    """
    whole, room = hashlib.sha256(), _READ
    for path in files[:_MOST_FILES]:
        whole.update(os.fsencode(path) + b"\0")
        with contextlib.suppress(OSError):
            size = (folder / path).lstat().st_size
            whole.update(_content(folder / path) if size <= room else str(size).encode())
            room -= min(size, room)
    return whole.hexdigest()


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def copy_files(
    source: Path, target: Path, files: list[Path], limits: FileLimits, places: Mapping[Path, Path] | None = None
) -> list[str]:
    """Copy ``files`` (relative to ``source``) to ``target``; return notes on those that were not copied.

    ``places`` says of some of them where in ``target`` they belong.
    """
    places = places or {}
    too_big: list[str] = []
    unreadable: list[str] = []
    total = 0
    for path in files[:_MOST_FILES]:
        try:
            size = (source / path).lstat().st_size
            if size > limits.file_size or total + size > limits.total_size:
                too_big.append(str(path))
                continue
            total += size
            goal = target / places.get(path, path)
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / path, goal, follow_symlinks=False)
        except OSError as error:
            unreadable.append(f"{path} ({error.strerror})")
    notes = []
    if too_big:
        notes.append(f"Too large, left out: {listed(too_big)}.")
    if unreadable:
        notes.append(f"Could not be read, left out: {listed(unreadable)}.")
    if len(files) > _MOST_FILES:
        notes.append(f"More than {_MOST_FILES:,} files; the rest was left out, from {one_line(files[_MOST_FILES])} on.")
    return notes


def _is_ignored(name: str, ignore: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in ignore)
