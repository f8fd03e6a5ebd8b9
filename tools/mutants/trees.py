"""Copies of the working tree, and tests run in them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from tools.mutants.faults import Fault

# By area: the folders and files with its tests.
AREAS = {
    "autograder/judge": ("tests/judge", "tests/assignments"),
    "autograder/course": ("tests/course",),
    "autograder/grading": ("tests/grading",),
    "autograder/authoring": ("tests/authoring",),
    "autograder/student": ("tests/student", "tests/kernels"),
    "autograder/kernels": ("tests/kernels", "tests/student"),
    "autograder/wire": ("tests/wire", "tests/judge"),
}
_LEFT_OUT = ("tests/course/test_kills.py",)  # `make faults` runs it
_RED = (
    1,
    2,
    3,
    4,
)  # pytest's exit statuses: a test failed; nothing could be collected; pytest itself, or its plugin, fails


class Seen(StrEnum):
    """What tests make of a fault."""

    KILLED = "killed"
    TIME_OUT = "killed (no end)"
    LEFT = "left"


class RedWithoutFaultError(Exception):
    """Tests that fail without any fault; the message shows pytest's end."""


class Tree:
    """A copy of the working tree in which files may be changed."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.root = folder
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=source, capture_output=True, text=True, check=True).stdout.split("\0")
        for name in filter(None, names):
            if (source / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source / name, folder / name)

    @contextmanager
    def having(self, fault: Fault) -> Iterator[None]:
        """Put a fault in for a while."""
        file = self.root / fault.path
        right = file.read_text(encoding="utf-8")
        file.write_text(fault.text, encoding="utf-8")
        try:
            yield
        finally:
            file.write_text(right, encoding="utf-8")

    def test(self, tests: Sequence[str], limit: float) -> tuple[Seen, str]:
        """Run tests until one fails, for ``limit`` seconds at most; return what they say and the end of the output."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        command += [f"--ignore={path}" for path in _LEFT_OUT]
        # No bytecode: a file that is changed twice within a second would be taken for the same.
        environment = {**os.environ, "PYTHONPATH": self._path(), "PYTHONDONTWRITEBYTECODE": "1"}
        process = subprocess.Popen(
            command, cwd=self.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        with process:
            try:
                output, _ = process.communicate(timeout=limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return Seen.TIME_OUT, ""
        if process.returncode not in (0, *_RED):
            raise RedWithoutFaultError(f"pytest ended with status {process.returncode}:\n{output[-2000:]}")
        return (Seen.KILLED if process.returncode else Seen.LEFT), output[-2000:]

    def _path(self) -> str:
        return os.pathsep.join([str(self.root), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))])


def area_of(path: str) -> str:
    """Return the area a file belongs to."""
    return next(area for area in AREAS if path == area or path.startswith(f"{area}/"))


def nearest(root: Path, path: str) -> list[str]:
    """Return the test files of a file's area in which the module's name stands, those named after it first."""
    name = Path(path).stem
    files = [file for place in AREAS[area_of(path)] for file in _test_files(root / place)]
    having = [file for file in files if re.search(rf"\b{name}\b", file.read_text(encoding="utf-8"))]
    having.sort(key=lambda file: file.stem != f"test_{name}")
    return [str(file.relative_to(root)) for file in having if str(file.relative_to(root)) not in _LEFT_OUT]


def _test_files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("test_*.py"))
