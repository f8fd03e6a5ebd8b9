"""A function that is given something of a student's: what it may take, and what becomes of one that takes more."""

from __future__ import annotations

import colorsys
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grading.limited_process import LimitedProcess, TooDearError


@pytest.fixture
def limited() -> Iterator[LimitedProcess]:
    process = LimitedProcess()
    yield process
    process.end()


def test_it_returns_what_the_function_returns(limited: LimitedProcess) -> None:
    assert limited.call(os.path.join, "a", "é\ud800") == ("a/é\ud800", pytest.approx(0, abs=0.5))
    assert limited.call(os.getpid)[0] == limited.call(os.getpid)[0] != os.getpid()


def test_it_does_not_take_longer_than_it_may(limited: LimitedProcess) -> None:
    began = time.process_time()
    with pytest.raises(TooDearError, match=r"more than 0\.3 s"):
        limited.call(_counted, 10**12, seconds=0.3)
    assert time.process_time() - began < 0.3
    assert limited.call(_counted, 10)[0] == 10  # another process is there at once


def test_it_does_not_take_more_memory_than_it_may(limited: LimitedProcess) -> None:
    with pytest.raises(TooDearError, match="MemoryError"):
        limited.call(_zeros, 300 << 20, memory=100 << 20)
    assert limited.call(_zeros, 30 << 20, memory=100 << 20)[0] == 30 << 20


@pytest.mark.parametrize(
    ("name", "said"), [("_raise", "KeyError: 'why'"), ("_end", "it ended the process"), ("_much", "larger than 64 MiB")]
)
def test_whatever_it_does_is_told_in_words(limited: LimitedProcess, name: str, said: str) -> None:
    with pytest.raises(TooDearError, match=said):
        limited.call(globals()[name])
    assert limited.call(_counted, 3)[0] == 3


def test_a_process_that_has_grown_is_not_used_again(limited: LimitedProcess) -> None:
    before = limited.call(os.getpid)[0]
    assert limited.call(_kept, 400 << 20)[0] == 400 << 20
    assert limited.call(os.getpid)[0] != before


def test_it_imports_nothing_from_the_working_directory(
    limited: LimitedProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("colorsys.py").write_text("import os; os._exit(3)")
    assert limited.call(colorsys.rgb_to_hls, 0, 0, 0)[0] == [0.0, 0.0, 0.0]


def _counted(number: int) -> int:
    count = 0
    while count < number:
        count += 1
    return count


def _zeros(size: int) -> int:
    return len(bytes(size))


_KEPT = []


def _kept(size: int) -> int:
    _KEPT.append(b"1" * size)
    return size


def _raise() -> None:
    raise KeyError("why")


def _end() -> None:
    os._exit(0)


def _much() -> str:
    return "x" * (65 << 20)


@pytest.mark.parametrize("module", ["course.notebooks.rendering", "course.intake.limited_reading"])
def test_what_it_works_with_is_light_enough_for_it_to_stay(module: str) -> None:
    code = f"import sys, autograder.{module}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
