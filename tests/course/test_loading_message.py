"""From the first seconds on there is a word on the terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from autograder.course.loading_message import LINE, STOPPED


@pytest.mark.parametrize(("command", "said"), [("autograde", True), ("export", False)])
def test_loading_is_announced_before_anything_heavy_is_loaded(command: str, said: bool) -> None:
    code = (
        f"import sys; sys.argv[1:] = [{command!r}]; import autograder.course; "
        "print('nbgrader' in sys.modules, 'torch' in sys.modules)"
    )
    ours, theirs = pty.openpty()
    done = subprocess.run([sys.executable, "-c", code], stderr=theirs, stdout=subprocess.PIPE, text=True, check=True)
    os.write(theirs, b"end")
    assert done.stdout.split() == ["False", "False"]
    assert (LINE in os.read(ours, 1000).decode()) == said
    for end in (ours, theirs):
        os.close(end)


def test_an_interrupt_while_loading_is_a_sentence() -> None:
    code = (
        "import sys; sys.argv[1:] = ['autograde']; sys.stderr.isatty = lambda: True; import autograder.course; "
        "raise KeyboardInterrupt"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr.splitlines() == [LINE, STOPPED]
